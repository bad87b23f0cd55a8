#include "control/proxy/kernel_worker.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <future>

#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {
namespace {

constexpr int accepts_at_once = 64;
constexpr auto accept_retry = std::chrono::milliseconds(100);  // when there are no descriptors left
constexpr std::uint64_t listener_token = KernelTransport::token_end;

}  // namespace

KernelWorker::KernelWorker(Settings settings)
    : settings_(std::move(settings)),
      transport_(loop_, settings_.proxy.connections_max),
      proxy_(transport_, settings_.proxy, settings_.clock()) {
  proxy_.set_stats_page(settings_.stats_page);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "poise-proxy");
}

KernelWorker::~KernelWorker() {
  loop_.post([this] { is_over_ = true; });
  thread_.join();
  for (const auto& [id, listener] : listeners_) ::close(listener.socket);
}

void KernelWorker::run() {
  while (!is_over_) {
    const auto events = loop_.wait(patience_ms());
    proxy_.set_clock(settings_.clock());
    for (const epoll_event& event : events) on_event(event.data.u64, event.events);
    loop_.run_tasks();
    listen_again();
    proxy_.advance(settings_.clock());
    transport_.turn();
  }
}

// The clock is finer than what may be waited for: rather a millisecond late than many turns early.
std::int64_t KernelWorker::patience_ms() const {
  if (transport_.has_work()) return 0;
  Instant due = proxy_.deadline();
  if (listen_at_) due = std::min(due, *listen_at_);
  if (due == never) return -1;
  return std::max<std::int64_t>(
      0, (due - settings_.clock() + std::chrono::microseconds(999)) / std::chrono::milliseconds(1));
}

void KernelWorker::on_event(std::uint64_t token, std::uint32_t events) {
  if (token < KernelTransport::token_end) return transport_.on_event(token, events);
  const auto found = listeners_.find(token - listener_token);
  if (found != listeners_.end()) accept(found->second);
}

void KernelWorker::set_tables(std::shared_ptr<const l7::Tables> tables) {
  loop_.post([this, tables = std::move(tables)]() mutable { proxy_.set_tables(std::move(tables)); });
}

void KernelWorker::look() {
  loop_.post([] {});  // a turn follows
}

void KernelWorker::listen(std::uint64_t id, int socket) {
  loop_.post([this, id, socket] {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // which connections inherit
    listeners_[id] = {socket, tuple_of(socket)};
    if (!listen_at_) loop_.watch(socket, EPOLLIN, listener_token + id);
  });
}

void KernelWorker::stop_listening(std::uint64_t id) {
  loop_.post([this, id] {
    const auto found = listeners_.find(id);
    if (found == listeners_.end()) return;
    loop_.forget(found->second.socket);  // an inherited socket stays open
    ::close(found->second.socket);
    listeners_.erase(found);
  });
}

void KernelWorker::accept(const Listener& listener) {
  for (int i = 0; i < accepts_at_once; ++i) {
    boost::asio::ip::tcp::endpoint client;
    socklen_t size = socklen_t(client.capacity());
    const int accepted = ::accept4(listener.socket, client.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      client.resize(size);
      const bool has_own = listener.ends.local.is_unspecified();
      l7::tcp::Tuple ends = has_own ? tuple_of(accepted) : listener.ends;
      ends.remote = address_of(client.address());
      ends.remote_port = client.port();
      transport_.adopt(accepted, ends, proxy_);
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno != EMFILE && errno != ENFILE) return;
    listen_at_ = settings_.clock() + accept_retry;
    for (const auto& [id, each] : listeners_) loop_.change(each.socket, 0, listener_token + id);
    return;
  }
}

void KernelWorker::listen_again() {
  if (!listen_at_ || settings_.clock() < *listen_at_) return;
  listen_at_.reset();
  for (const auto& [id, listener] : listeners_)
    if (!loop_.watch(listener.socket, EPOLLIN, listener_token + id))
      loop_.change(listener.socket, EPOLLIN, listener_token + id);
}

l7::Proxy::Usage KernelWorker::usage() {
  std::promise<l7::Proxy::Usage> promise;
  loop_.post([&] { promise.set_value(proxy_.usage()); });
  return promise.get_future().get();
}

}  // namespace poise::control::proxy
