#include "control/proxy/kernel_worker.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <future>

#include "control/proxy/listening_socket.hpp"
#include "control/proxy/socket_addresses.hpp"
#include "l7/session/session.hpp"

namespace poise::control::proxy {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

const IpAddr loopback = *parse_ip("127.0.0.1");

Instant now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

// Origin - answers every connection by a function of its own, one after the other.
class Origin {
 public:
  using Serve = std::function<void(tcp::socket&)>;
  explicit Origin(Serve serve)
      : serve_(std::move(serve)), acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    thread_ = std::thread([this] {
      for (;;) {
        boost::system::error_code error;
        tcp::socket socket(loop_);
        acceptor_.accept(socket, error);
        if (error || is_over_) return;
        ++connections;
        serve_(socket);
      }
    });
  }
  ~Origin() {
    is_over_ = true;
    asio::io_context loop;
    tcp::socket last(loop);
    boost::system::error_code ignored;
    last.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port()), ignored);
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::atomic<int> connections{0};

 private:
  Serve serve_;
  asio::io_context loop_;
  tcp::acceptor acceptor_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

std::string read_head(tcp::socket& socket, std::string& rest) {
  boost::system::error_code error;
  const std::size_t size = asio::read_until(socket, asio::dynamic_buffer(rest), "\r\n\r\n", error);
  const std::string head = rest.substr(0, size);
  rest.erase(0, size);
  return head;
}

// Answers requests with so many bytes, as long as they come.
Origin::Serve serves(std::size_t bytes) {
  return [bytes](tcp::socket& socket) {
    boost::system::error_code error;
    std::string rest;
    while (!error && !read_head(socket, rest).empty()) {
      const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
      asio::write(socket, asio::buffer(head + std::string(bytes, 'x')), error);
    }
  };
}

// FirstLine - what the log is told of the first session that ends.
class FirstLine final : public l7::SessionLog {
 public:
  struct Told {
    std::uint16_t client_port = 0;
    char cause = 0, phase = 0;
  };
  void finished(const l7::Session& session, Instant) override {
    if (!std::exchange(is_told_, true))
      promise_.set_value({session.ends.source_port, char(session.cause), session.ended_in});
  }
  Told wait() { return promise_.get_future().get(); }
  void again() {
    promise_ = {};
    is_told_ = false;
  }

 private:
  std::promise<Told> promise_;
  bool is_told_ = false;
};

class KernelWorkerTest : public testing::Test {
 protected:
  // A frontend on a port of the kernel's choice before a server at this port.
  void begin(std::uint16_t server_port, l7::Mode mode = l7::Mode::http, const l7::Timeouts& of_client = {}) {
    const auto clock = [this] {
      ++clock_reads;
      return now();
    };
    worker.emplace(
        KernelWorker::Settings{.proxy = {.connections_max = 64, .log = &line}, .clock = clock, .stats_page = page});
    auto tables = std::make_shared<l7::Tables>();
    auto backend = std::make_unique<l7::Backend>();
    backend->mode = mode;
    backend->state = &backend_state;
    backend->retries = 0;
    backend->servers.push_back(
        {.name = "s", .id = 1, .address = loopback, .port = server_port, .state = &server_state});
    auto frontend = std::make_unique<l7::Frontend>();
    frontend->mode = mode;
    frontend->backend = backend.get();
    frontend->timeouts = of_client;
    frontend->stats_uri = "/stats";
    frontend->logs = true;
    frontend->state = &frontend_state;
    listener = *listening_socket(loopback, 0);
    port = tuple_of(listener).local_port;
    tables->bindings.push_back({loopback, port, false, &frontend_state});
    tables->frontends.push_back(std::move(frontend));
    tables->backends.push_back(std::move(backend));
    worker->set_tables(tables);
    worker->listen(1, listener);
  }
  tcp::socket connect() {
    tcp::socket socket(loop);
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return socket;
  }
  std::string read_to_end(tcp::socket& socket) {
    std::string text;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(text), error);
    return text;
  }
  static constexpr std::size_t page_bytes = 4 << 20;
  static std::string page(const l7::Tables&, const l7::Frontend&, std::string_view) {
    return std::string(page_bytes, 'p');
  }
  l7::FrontendState frontend_state{1};
  l7::BackendState backend_state{1};
  l7::ServerState server_state{1};
  FirstLine line;
  std::atomic<std::uint64_t> clock_reads{0};
  asio::io_context loop;
  std::optional<Origin> origin;  // ends after the worker, which holds its connections
  std::optional<KernelWorker> worker;
  std::uint16_t port = 0;
  int listener = -1;  // the worker's
};

// Only an administrator of the network may do that; for others the connection is reset.
TEST(KernelTransport, a_connection_that_vanishes_ends_without_a_word) {
  asio::io_context context;
  struct Nothing : l7::tcp::Application {
    void opened(l7::tcp::Handle opened) override { handle = opened; }
    void received(l7::tcp::Handle, std::size_t) override {}
    void room(l7::tcp::Handle, std::size_t) override {}
    void peer_finished(l7::tcp::Handle) override {}
    void closed(l7::tcp::Handle, l7::tcp::Closed) override {}
    l7::tcp::Handle handle;
  } application;
  EventLoop loop;
  KernelTransport transport(loop, 4);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  tcp::socket accepted = acceptor.accept();
  accepted.native_non_blocking(true);
  const l7::tcp::Tuple ends = tuple_of(accepted.native_handle());
  ASSERT_TRUE(transport.adopt(accepted.release(), ends, application));
  transport.turn();
  transport.vanish(application.handle);
  EXPECT_EQ(transport.size(), 0u);
  client.non_blocking(true);
  char byte;
  boost::system::error_code error;
  client.read_some(asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, ::geteuid() == 0 ? asio::error::would_block : asio::error::connection_reset);
}

TEST_F(KernelWorkerTest, many_requests_go_over_one_connection_each_side) {
  origin.emplace(serves(300));
  begin(origin->port());
  tcp::socket client = connect();
  std::string rest;
  for (int i = 0; i < 500; ++i) {  // more than a buffer's worth of heads and bodies
    asio::write(client, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    ASSERT_FALSE(read_head(client, rest).empty()) << i;
    if (rest.size() < 300) asio::read(client, asio::dynamic_buffer(rest), asio::transfer_exactly(300 - rest.size()));
    EXPECT_EQ(rest, std::string(300, 'x'));
    rest.clear();
  }
  EXPECT_EQ(origin->connections, 1);
  EXPECT_EQ(server_state.local[0].stats.read(l7::Stat::reuses), 499u);
  client.close();
}

TEST_F(KernelWorkerTest, large_bodies_move_both_ways_at_once) {
  constexpr std::size_t size = 8 << 20;
  origin.emplace([](tcp::socket& socket) {
    std::string body;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(body), error);
    asio::write(socket, asio::buffer(body), error);
  });
  begin(origin->port(), l7::Mode::tcp);
  tcp::socket client = connect();
  std::string sent(size, '\0');
  for (std::size_t i = 0; i < size; ++i) sent[i] = char(i * 7 + i / 251);
  auto reader = std::async(std::launch::async, [&] { return read_to_end(client); });
  asio::write(client, asio::buffer(sent));
  client.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(reader.get(), sent);
}

TEST_F(KernelWorkerTest, a_slow_reader_holds_the_server_back_and_gets_all) {
  constexpr std::size_t size = 32 << 20;
  origin.emplace(serves(size));
  begin(origin->port());
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
  std::string rest;
  EXPECT_FALSE(read_head(client, rest).empty());
  EXPECT_EQ(rest.size() + read_to_end(client).size(), size);
}

TEST_F(KernelWorkerTest, a_server_that_refuses_is_503_and_bad_requests_are_400) {
  const int nobody = *listening_socket(loopback, 0);
  const std::uint16_t closed_port = tuple_of(nobody).local_port;
  ::close(nobody);
  begin(closed_port);
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
  EXPECT_TRUE(read_to_end(client).starts_with("HTTP/1.1 503 "));
  tcp::socket other = connect();
  asio::write(other, asio::buffer(std::string("GET  / HTTP/1.0\r\n\r\n")));
  EXPECT_TRUE(read_to_end(other).starts_with("HTTP/1.1 400 "));
}

TEST_F(KernelWorkerTest, a_client_that_resets_is_the_one_that_is_blamed_and_named) {
  for (const std::string request : {"GET / HTTP/1.1\r\nHo", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    origin.emplace(serves(8 << 20));
    begin(origin->port());
    tcp::socket client = connect();
    const std::uint16_t client_port = client.local_endpoint().port();
    asio::write(client, asio::buffer(request));
    const bool is_whole = request.ends_with("\r\n\r\n");
    std::string rest;
    if (is_whole) {
      EXPECT_FALSE(read_head(client, rest).empty());
    }
    while (worker->usage().clients == 0) std::this_thread::yield();
    for (int turn = 0; turn < 3; ++turn) worker->usage();  // what has come is read
    client.set_option(asio::socket_base::linger(true, 0));
    client.close();
    const FirstLine::Told told = line.wait();
    EXPECT_EQ(std::string({told.cause, told.phase}), is_whole ? "CD" : "CR");
    EXPECT_EQ(told.client_port, client_port);
    worker.reset();
    line.again();
  }
}

// An end that comes together with the last bytes makes no event of its own.
TEST_F(KernelWorkerTest, a_client_that_ends_its_sending_at_once_is_served_and_let_go) {
  origin.emplace(serves(5));
  begin(origin->port());
  for (int times = 0; times < 20; ++times) {
    tcp::socket client = connect();
    asio::write(client, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    client.shutdown(tcp::socket::shutdown_send);
    EXPECT_TRUE(read_to_end(client).ends_with("\r\n\r\nxxxxx"));
  }
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (worker->usage().clients > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(worker->usage().clients, 0u);
}

TEST_F(KernelWorkerTest, a_page_of_megabytes_arrives_whole_also_at_a_client_that_is_slow_and_has_ended_its_sending) {
  begin(1);
  tcp::socket client = connect();
  client.set_option(asio::socket_base::receive_buffer_size(1 << 18));
  asio::write(client, asio::buffer(std::string("GET /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
  client.shutdown(tcp::socket::shutdown_send);
  std::string rest;
  EXPECT_FALSE(read_head(client, rest).empty());
  EXPECT_EQ(rest.size() + read_to_end(client).size(), page_bytes);
}

TEST_F(KernelWorkerTest, who_connects_to_a_socket_that_is_not_listened_on_for_a_while_waits_and_wakes_nobody) {
  begin(1);
  const int kept = ::dup(listener);
  worker->stop_listening(1);
  worker->usage();
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
  const std::uint64_t before = clock_reads;
  auto waits = std::async(std::launch::async, [&] { return read_to_end(client); });
  EXPECT_EQ(waits.wait_for(50ms), std::future_status::timeout);
  EXPECT_LT(clock_reads - before, 10u);
  worker->listen(2, kept);
  EXPECT_TRUE(waits.get().starts_with("HTTP/1.1 503 "));
}

TEST_F(KernelWorkerTest, timers_run_while_nothing_happens) {
  origin.emplace(serves(1));
  begin(origin->port(), l7::Mode::http, {.http_request = 50});
  tcp::socket client = connect();
  EXPECT_TRUE(read_to_end(client).starts_with("HTTP/1.1 408 "));
}

TEST_F(KernelWorkerTest, idle_connections_hold_no_session_and_leave_no_row_behind) {
  origin.emplace(serves(1));
  begin(origin->port());
  {
    std::vector<tcp::socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(connect());
    asio::write(clients[0], asio::buffer(std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    std::string rest;
    EXPECT_FALSE(read_head(clients[0], rest).empty());
    EXPECT_EQ(worker->usage().clients, 20u);
    EXPECT_EQ(worker->usage().sessions, 0u);
  }
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (worker->usage().clients > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(worker->usage().clients, 0u);
}

TEST(ListeningSocket, says_why_it_can_t_be) {
  const int first = *listening_socket(loopback, 0);
  const auto second = listening_socket(loopback, tuple_of(first).local_port);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().problem.find("Address already in use"), std::string::npos);
  ::close(first);
  EXPECT_FALSE(listening_socket(*parse_ip("192.0.2.1"), 0));
}

}  // namespace
}  // namespace poise::control::proxy
