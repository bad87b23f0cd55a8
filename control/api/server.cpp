#include "control/api/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstring>
#include <list>

#include "control/api/router.hpp"
#include "control/log.hpp"

namespace poise::control::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Unix = asio::local::stream_protocol;
using Tls = asio::ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;
using namespace std::chrono_literals;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t header_bytes_most = 16 * 1024, read_bytes = 16 * 1024;
constexpr auto accept_pause = 100ms;  // after an accept that failed: out of file descriptors, as a rule
constexpr auto stream_look = 10ms;
constexpr auto stream_heartbeat = 15s;

const char* reason(int status) { return http::obsolete_reason(http::int_to_status(unsigned(status))).data(); }

std::string head_of(const Response& response, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + reason(response.status) + "\r\n";
  head += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  head += response.stream ? "Transfer-Encoding: chunked\r\n"
                          : "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return head;
}

std::string chunk_of(const std::string& piece) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  return size + piece + "\r\n";
}

Request request_of(const http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.body = message.body();
  request.content_type = std::string(message[http::field::content_type]);
  request.if_match = std::string(message[http::field::if_match]);
  return request;
}

// Deadline - closes a socket unless it is cleared in time. A timer's handler may be under way already when the timer is
// cancelled, or when the coroutine that owns both ends: it acts only for the setting that it was made for.
template <class Socket>
class Deadline {
 public:
  Deadline(asio::io_context& loop, Socket& socket) : timer_(loop), socket_(socket) {}
  void set(Duration most) {
    timer_.expires_after(most);
    timer_.async_wait([this, weak = std::weak_ptr<std::uint64_t>(setting_), made = ++*setting_](const auto&) {
      const auto setting = weak.lock();
      if (!setting || *setting != made) return;
      boost::system::error_code ignored;
      socket_.close(ignored);
    });
  }
  void clear() {
    ++*setting_;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  Socket& socket_;
  std::shared_ptr<std::uint64_t> setting_ = std::make_shared<std::uint64_t>(0);
};

tcp::socket& lowest(Tls& stream) { return stream.next_layer(); }
Unix::socket& lowest(Unix::socket& stream) { return stream; }

// What the transport says about the caller, before any token.
struct Caller {
  std::optional<config::Role> role;
  std::string author;
};

Caller caller_of(Unix::socket& socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return {};
  return {config::Role::admin, "uid " + std::to_string(peer.uid) + " (unix socket)"};  // the socket's mode let it in
}
Caller caller_of(Tls&) { return {}; }

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::io_context& io, Core& the_core, const Limits& the_limits)
      : loop(io),
        core(the_core),
        limits(the_limits),
        unix_acceptor(io),
        tcp_acceptor(io),
        tls(asio::ssl::context::tls_server) {}

  asio::io_context& loop;
  Core& core;
  const Limits limits;
  Unix::acceptor unix_acceptor;
  tcp::acceptor tcp_acceptor;
  asio::ssl::context tls;
  std::string socket_path;
  std::size_t unix_connections = 0, tls_connections = 0;  // apart: strangers on TCP can't lock the operator out
  bool closing = false;

  template <class Stream>
  asio::awaitable<void> serve(Stream& stream, Caller caller);
  template <class Stream>
  asio::awaitable<bool> read(Stream& stream, boost::beast::flat_buffer& buffer, Parser& parser);
  template <class Stream, class Buffers>
  asio::awaitable<bool> write(Stream& stream, const Buffers& buffers);
  asio::awaitable<bool> pause_accepting(boost::system::error_code failed);
  template <class Stream>
  asio::awaitable<bool> answer(Stream& stream, const Response& response, bool keep_alive);
  template <class Stream>
  asio::awaitable<bool> pump(Stream& stream, std::shared_ptr<ByteStream> body);
  Response respond(Parser& parser, const Caller& caller);
  asio::awaitable<void> accept_unix(std::shared_ptr<Impl> self);
  asio::awaitable<void> accept_tls(std::shared_ptr<Impl> self);
  asio::awaitable<void> run_unix(std::shared_ptr<Impl> self, Unix::socket socket);
  asio::awaitable<void> run_tls(std::shared_ptr<Impl> self, tcp::socket socket);
};

template <class Stream>
asio::awaitable<bool> Server::Impl::read(Stream& stream, boost::beast::flat_buffer& buffer, Parser& parser) {
  parser.body_limit(poise::limits::document_bytes);
  parser.header_limit(header_bytes_most);
  parser.eager(true);
  while (!parser.is_done()) {
    boost::system::error_code error;
    if (buffer.size() != 0) {
      buffer.consume(parser.put(buffer.data(), error));
      if (error == http::error::need_more) error = {};
      if (error) {
        Response response = error == http::error::body_limit
                                ? problem(413, "the body is too large", {{"", "more than 16 MiB", ""}})
                                : problem(400, "not an HTTP request", {{"", error.message(), ""}});
        if (error == http::error::header_limit)
          response = problem(431, "the header is too large", {{"", "more than 16 KiB", ""}});
        co_await answer(stream, response, false);
        co_return false;
      }
      if (parser.is_done()) break;
    }
    const auto space = buffer.prepare(read_bytes);
    const auto [failed, count] = co_await stream.async_read_some(space, token);
    if (failed) co_return false;
    buffer.commit(count);
  }
  co_return true;
}

Response Server::Impl::respond(Parser& parser, const Caller& caller) {
  const auto& message = parser.get();
  Request request = request_of(message);
  request.role = caller.role;
  request.author = caller.author;
  if (!request.role) {
    std::string name;
    request.role =
        role_of_token(core.transactions().running().api, std::string(message[http::field::authorization]), &name);
    request.author = "token " + name;
  }
  const std::string target(message.target());
  if (!parse_target(target, request)) return problem(400, "malformed target", {{target, "is no path", ""}});
  return dispatch(core, std::move(request));
}

// False when the peer is gone, or takes nothing for too long: a reader that stands still does not hold its place.
template <class Stream, class Buffers>
asio::awaitable<bool> Server::Impl::write(Stream& stream, const Buffers& buffers) {
  Deadline deadline(loop, lowest(stream));
  deadline.set(limits.write);
  const auto [failed, count] = co_await asio::async_write(stream, buffers, token);
  deadline.clear();
  co_return !failed;
}

template <class Stream>
asio::awaitable<bool> Server::Impl::answer(Stream& stream, const Response& response, bool keep_alive) {
  const std::string head = head_of(response, keep_alive);
  const std::array<asio::const_buffer, 2> pieces{asio::buffer(head), asio::buffer(response.body)};
  co_return co_await write(stream, pieces);
}

template <class Stream>
asio::awaitable<bool> Server::Impl::pump(Stream& stream, std::shared_ptr<ByteStream> body) {
  asio::steady_timer timer(loop);
  auto last = std::chrono::steady_clock::now();
  const bool events = body->refill == nullptr;  // event streams idle for long: a comment shows that the line is alive
  while (!closing) {
    if (body->refill) body->refill();
    std::string piece = body->take();
    const auto time = std::chrono::steady_clock::now();
    if (piece.empty() && events && time - last > stream_heartbeat) piece = ": \n\n";
    if (!piece.empty()) {
      last = time;
      const std::string chunk = chunk_of(piece);
      const asio::const_buffer bytes = asio::buffer(chunk);
      const bool sent = co_await write(stream, bytes);
      if (!sent) co_return false;
      continue;
    }
    if (body->done()) break;
    char gone;
    if (recv(lowest(stream).native_handle(), &gone, 1, MSG_PEEK | MSG_DONTWAIT) == 0) co_return false;
    timer.expires_after(stream_look);
    const auto [waited] = co_await timer.async_wait(token);
    if (waited) co_return false;
  }
  const std::string end = "0\r\n\r\n";
  const asio::const_buffer bytes = asio::buffer(end);
  co_return co_await write(stream, bytes);
}

template <class Stream>
asio::awaitable<void> Server::Impl::serve(Stream& stream, Caller caller) {
  boost::beast::flat_buffer buffer;
  Deadline idle(loop, lowest(stream));
  for (bool keep = true; keep && !closing;) {
    Parser parser;
    idle.set(limits.idle);
    const bool complete = co_await read(stream, buffer, parser);
    idle.clear();
    if (!complete) break;
    Response response = respond(parser, caller);
    keep = parser.keep_alive();
    keep = co_await answer(stream, response, keep) && keep;
    if (response.stream) {
      const bool sent = co_await pump(stream, std::move(response.stream));
      keep = keep && sent;
    }
  }
}

asio::awaitable<void> Server::Impl::run_unix(std::shared_ptr<Impl> self, Unix::socket socket) {
  ++unix_connections;
  const Caller caller = caller_of(socket);
  co_await serve(socket, caller);
  --self->unix_connections;
}

asio::awaitable<void> Server::Impl::run_tls(std::shared_ptr<Impl> self, tcp::socket socket) {
  ++tls_connections;
  Tls stream(std::move(socket), tls);
  Deadline patience(loop, lowest(stream));
  patience.set(limits.handshake);
  const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  patience.clear();
  if (!failed) {
    const Caller caller = caller_of(stream);
    co_await serve(stream, caller);
  }
  --self->tls_connections;
}

// An accept that fails ends nothing: the listener goes on when there are file descriptors again. False: it was closed.
asio::awaitable<bool> Server::Impl::pause_accepting(boost::system::error_code failed) {
  if (closing || failed == asio::error::operation_aborted) co_return false;
  log::warning("api", "a connection could not be accepted: " + failed.message());
  asio::steady_timer timer(loop, accept_pause);
  const auto [waited] = co_await timer.async_wait(token);
  co_return !waited;
}

asio::awaitable<void> Server::Impl::accept_unix(std::shared_ptr<Impl> self) {
  while (!closing) {
    auto [failed, socket] = co_await unix_acceptor.async_accept(token);
    if (failed) {
      const bool go_on = co_await pause_accepting(failed);
      if (!go_on) break;
    } else if (unix_connections < limits.connections) {
      asio::co_spawn(loop, run_unix(self, std::move(socket)), asio::detached);
    }
  }
}

asio::awaitable<void> Server::Impl::accept_tls(std::shared_ptr<Impl> self) {
  while (!closing) {
    auto [failed, socket] = co_await tcp_acceptor.async_accept(token);
    if (failed) {
      const bool go_on = co_await pause_accepting(failed);
      if (!go_on) break;
    } else if (tls_connections < limits.connections) {
      asio::co_spawn(loop, run_tls(self, std::move(socket)), asio::detached);
    }
  }
}

Server::Server(asio::io_context& loop, Core& core) : Server(loop, core, Limits{}) {}
Server::Server(asio::io_context& loop, Core& core, const Limits& limits)
    : impl_(std::make_shared<Impl>(loop, core, limits)) {}
Server::~Server() { close(); }

void Server::close() {
  boost::system::error_code ignored;
  impl_->closing = true;
  impl_->unix_acceptor.close(ignored);
  impl_->tcp_acceptor.close(ignored);
  if (!impl_->socket_path.empty()) unlink(impl_->socket_path.c_str());
  impl_->socket_path.clear();
}

Result<void> Server::listen_unix(const std::string& path) {
  boost::system::error_code error;
  struct stat status{};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode))
      return fail("api.socket", "\"" + path + "\" is there and is no socket", "remove it or name another path");
    Unix::socket probe(impl_->loop);
    probe.connect(Unix::endpoint(path), error);
    if (!error)
      return fail("api.socket", "another daemon answers on \"" + path + "\"", "stop it, or give this one its own path");
    unlink(path.c_str());
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return fail("api.socket", "\"" + path + "\" is too long for a unix socket", "use a shorter path");
  impl_->unix_acceptor.open(Unix(), error);
  const mode_t before = umask(0117);  // never wider than 0660, not even for a moment
  if (!error) impl_->unix_acceptor.bind(Unix::endpoint(path), error);
  umask(before);
  if (!error) impl_->unix_acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail("api.socket", "can't listen on \"" + path + "\": " + error.message(),
                "the folder must be there and writable to poised");
  impl_->socket_path = path;
  asio::co_spawn(impl_->loop, impl_->accept_unix(impl_), asio::detached);
  return {};
}

namespace {

// A context of its own, so that a certificate that cannot be read leaves the one in use alone.
Result<asio::ssl::context> make_tls_context(const config::ApiListen& listen) {
  boost::system::error_code error;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                  asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls.use_certificate_chain_file(listen.certificate, error);
  if (error)
    return fail("api.listen.certificate", "\"" + listen.certificate + "\": " + error.message(),
                "a PEM file, leaf certificate first");
  tls.use_private_key_file(listen.key, asio::ssl::context::pem, error);
  if (error)
    return fail("api.listen.key", "\"" + listen.key + "\": " + error.message(), "the PEM key of that certificate");
  return tls;
}

}  // namespace

Result<void> Server::reload_certificate(const config::ApiListen& listen) {
  Result<asio::ssl::context> tls = make_tls_context(listen);
  if (!tls) return tl::unexpected(tls.error());
  impl_->tls = std::move(*tls);
  return {};
}

Result<void> Server::listen_tls(const config::ApiListen& listen) {
  if (auto loaded = reload_certificate(listen); !loaded) return loaded;
  boost::system::error_code error;
  const tcp::endpoint end(asio::ip::make_address(to_string(listen.address)), listen.port);
  impl_->tcp_acceptor.open(end.protocol(), error);
  if (!error) impl_->tcp_acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl_->tcp_acceptor.bind(end, error);
  if (!error) impl_->tcp_acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail("api.listen", "can't listen there: " + error.message(), "check address and port");
  asio::co_spawn(impl_->loop, impl_->accept_tls(impl_), asio::detached);
  return {};
}

}  // namespace poise::control::api
