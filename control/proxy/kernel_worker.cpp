#include "control/proxy/kernel_worker.hpp"

#include <pthread.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <future>

namespace poise::control::proxy {
namespace {

namespace asio = boost::asio;
constexpr int accepts_at_once = 64;
constexpr auto accept_retry = std::chrono::milliseconds(100);  // when there are no descriptors left

}  // namespace

struct KernelWorker::Listener {
  explicit Listener(asio::io_context& loop) : acceptor(loop), retry(loop) {}
  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer retry;
};

KernelWorker::KernelWorker(Settings settings)
    : settings_(std::move(settings)),
      transport_(loop_, settings_.proxy.connections_max, [this] { wake(); }),
      proxy_(transport_, settings_.proxy, settings_.clock()) {
  proxy_.set_stats_page(settings_.stats_page);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "poise-proxy");
}

KernelWorker::~KernelWorker() {
  asio::post(loop_, [this] { loop_.stop(); });
  thread_.join();
}

void KernelWorker::run() { loop_.run(); }

void KernelWorker::wake() {
  asio::post(loop_, [this] { turn(); });
}

void KernelWorker::turn() {
  proxy_.advance(settings_.clock());
  transport_.turn();
  arm();
}

void KernelWorker::arm() {
  const Instant due = proxy_.deadline();
  if (due == never || due >= armed_) return;
  armed_ = due;
  timer_.expires_after(std::max(due - settings_.clock(), Duration::zero()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = never;
    turn();
  });
}

void KernelWorker::set_tables(std::shared_ptr<const l7::Tables> tables) {
  asio::post(loop_, [this, tables = std::move(tables)]() mutable {
    proxy_.set_clock(settings_.clock());
    proxy_.set_tables(std::move(tables));
    turn();
  });
}

void KernelWorker::listen(std::uint64_t id, int socket) {
  asio::post(loop_, [this, id, socket] {
    auto listener = std::make_shared<Listener>(loop_);
    boost::system::error_code error;
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    listener->acceptor.assign(name.ss_family == AF_INET ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), socket, error);
    if (error) return;
    listener->acceptor.non_blocking(true);  // native_non_blocking would make asio wait by itself
    listeners_[id] = listener;
    accept(listener);
  });
}

void KernelWorker::stop_listening(std::uint64_t id) {
  asio::post(loop_, [this, id] {
    const auto found = listeners_.find(id);
    if (found == listeners_.end()) return;
    boost::system::error_code ignored;
    found->second->acceptor.close(ignored);
    found->second->retry.cancel();
    listeners_.erase(found);
  });
}

void KernelWorker::accept(const std::shared_ptr<Listener>& listener) {
  listener->acceptor.async_wait(
      asio::ip::tcp::acceptor::wait_read, [this, listener](const boost::system::error_code& error) {
        if (error || !listener->acceptor.is_open()) return;
        boost::system::error_code failure;
        for (int i = 0; i < accepts_at_once && !failure; ++i) {
          asio::ip::tcp::socket socket(loop_);
          listener->acceptor.accept(socket, failure);
          if (!failure) transport_.adopt(std::move(socket), proxy_);
        }
        const bool is_short =
            failure == asio::error::no_descriptors || failure == boost::system::errc::too_many_files_open_in_system;
        if (!is_short) return accept(listener);
        listener->retry.expires_after(accept_retry);
        listener->retry.async_wait([this, listener](const boost::system::error_code& cancelled) {
          if (!cancelled) accept(listener);
        });
      });
}

l7::Proxy::Usage KernelWorker::usage() {
  std::promise<l7::Proxy::Usage> promise;
  asio::post(loop_, [&] { promise.set_value(proxy_.usage()); });
  return promise.get_future().get();
}

}  // namespace poise::control::proxy
