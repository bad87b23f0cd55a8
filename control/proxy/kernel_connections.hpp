#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "control/health/connection.hpp"
#include "control/health/tls_session.hpp"

namespace poise::control::proxy {

// KernelConnections - connections of checks over the kernel's sockets: a Connector. Thread: the loop's.
class KernelConnections {
 public:
  // `before_event`: called before each event.
  KernelConnections(boost::asio::io_context& loop, std::function<void()> before_event)
      : loop_(loop), before_event_(std::move(before_event)) {}

  // Null: the kernel gives us no socket.
  std::unique_ptr<health::Connection> connect(const health::ConnectionTarget& target, health::ConnectionEvents events);

 private:
  class Session;
  class Handle;
  boost::asio::io_context& loop_;
  const std::function<void()> before_event_;
  health::TlsContexts tls_contexts_;
};

}  // namespace poise::control::proxy
