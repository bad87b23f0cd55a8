#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "control/api/server.hpp"
#include "control/core.hpp"

namespace poise::control {

// Daemon - the event loop around Core: timer, signals, API, systemd. Returns the process's exit code.
class Daemon {
 public:
  struct Settings {
    std::string config_file, state_directory;
    std::string socket;  // of the API: api.socket, or what the command line says instead
    std::function<Instant()> clock;
  };
  Daemon(Core& core, Settings settings);
  Result<void> listen();
  int run();

 private:
  void on_timer();
  Duration tick_beside_work();
  Duration until_next_tick() const;
  bool may_stop(Instant now);
  void arm();
  void on_signal(int number);
  void arm_signals();
  void reload();
  void read_configuration();
  void begin_stop();
  void tell_systemd(Instant now);

  Core& core_;
  Settings settings_;
  boost::asio::io_context loop_{1};
  boost::asio::steady_timer timer_{loop_};
  boost::asio::signal_set signals_;
  api::Server server_;
  Background background_{[this] { return tick_beside_work(); }};
  int idle_ticks_ = 0, exit_code_ = 0;
  bool stopping_ = false, stop_at_once_ = false;
  Instant stop_deadline_ = never, told_by_ = never, stalled_until_ = never, next_watchdog_{};
};

inline constexpr int exit_ok = 0, exit_usage = 2, exit_stalled = 70, exit_start = 71, exit_permission = 77,
                     exit_config = 78;

}  // namespace poise::control
