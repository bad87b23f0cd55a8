#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "control/proxy/check_runner.hpp"
#include "control/proxy/kernel_connections.hpp"

namespace poise::control::proxy {

// KernelChecks - a thread that carries out checks over the kernel's sockets, so that neither a burst of them nor a
// handshake of TLS delays control's protocols, nor the clients of a proxy. Thread of its functions: control's.
class KernelChecks {
 public:
  explicit KernelChecks(std::function<Instant()> clock);
  ~KernelChecks();
  KernelChecks(const KernelChecks&) = delete;
  KernelChecks& operator=(const KernelChecks&) = delete;

  void begin(CheckId id, std::shared_ptr<const CheckPlan> plan);
  void cancel(CheckId id);
  // What has come to an end since; results of cancelled checks may be among them.
  std::vector<CheckFound> take_results();

 private:
  void arm();
  void turn();

  const std::function<Instant()> clock_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  boost::asio::steady_timer timer_{loop_};
  Instant armed_ = never;
  KernelConnections connections_;
  CheckRunner runner_;
  std::mutex mutex_;
  std::vector<CheckFound> found_;  // under the mutex
  std::atomic<bool> has_found_{false};
  std::thread thread_;
};

}  // namespace poise::control::proxy
