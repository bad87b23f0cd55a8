#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "control/proxy/kernel_transport.hpp"
#include "l7/session/proxy.hpp"

namespace poise::control::proxy {

// KernelWorker - a thread with a Proxy over the kernel's sockets, apart from control's so that protocols keep their
// times whatever clients do. What control asks for is done on the thread, in order.
class KernelWorker {
 public:
  struct Settings {
    l7::Proxy::Settings proxy;
    std::function<Instant()> clock;
    l7::Proxy::Page stats_page;
  };
  explicit KernelWorker(Settings settings);
  ~KernelWorker();  // connections are reset
  KernelWorker(const KernelWorker&) = delete;
  KernelWorker& operator=(const KernelWorker&) = delete;

  void set_tables(std::shared_ptr<const l7::Tables> tables);
  // Accepts what connects to the listening socket, which the worker owns from here on, until stop_listening(id).
  void listen(std::uint64_t id, int socket);
  void stop_listening(std::uint64_t id);
  l7::Proxy::Usage usage();  // waits for the thread

 private:
  struct Listener;
  void run();
  void accept(const std::shared_ptr<Listener>& listener);
  void wake();
  void turn();
  void arm();

  const Settings settings_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  boost::asio::steady_timer timer_{loop_};
  Instant armed_ = never;
  KernelTransport transport_;
  l7::Proxy proxy_;
  std::map<std::uint64_t, std::shared_ptr<Listener>> listeners_;
  std::thread thread_;
};

}  // namespace poise::control::proxy
