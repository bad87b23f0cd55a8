#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
  void look();               // something that the tables point to has changed
  l7::Proxy::Usage usage();  // waits for the thread

 private:
  void run();
  std::int64_t patience_ms() const;
  void on_event(std::uint64_t token, std::uint32_t events);
  // `ends` are its own address and port; unspecified: each connection has its own.
  struct Listener {
    int socket;
    l7::tcp::Tuple ends;
  };
  void accept(const Listener& listener);
  void listen_again();

  const Settings settings_;
  EventLoop loop_;
  bool is_over_ = false;
  std::optional<Instant> listen_at_;  // there were no descriptors left: nobody is listened to until then
  KernelTransport transport_;
  l7::Proxy proxy_;
  std::map<std::uint64_t, Listener> listeners_;
  std::thread thread_;
};

}  // namespace poise::control::proxy
