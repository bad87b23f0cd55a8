#include "control/daemon.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "control/log.hpp"
#include "control/startup.hpp"

namespace poise::control {
namespace {

using namespace std::chrono_literals;

constexpr auto busy_tick = 1ms, idle_tick = 5ms;
constexpr int ticks_before_idle = 200;
constexpr auto watchdog_period = 500ms, time_to_leave = 20ms;

}  // namespace

Daemon::Daemon(Core& core, Settings settings)
    : core_(core), settings_(std::move(settings)), signals_(loop_, SIGTERM, SIGINT, SIGHUP), server_(loop_, core) {
  core_.set_background(&background_);
}

Result<void> Daemon::listen() {
  const config::Api& api = core_.transactions().running().api;
  if (auto done = server_.listen_unix(settings_.socket); !done) return done;
  return api.listen ? server_.listen_tls(*api.listen) : Result<void>{};
}

int Daemon::run() {
  arm_signals();
  arm();
  sd_notify(0, "READY=1");
  log::info("start", "poised serves",
            {{"revision", std::to_string(core_.transactions().revision())}, {"socket", settings_.socket}});
  loop_.run();
  sd_notify(0, "STOPPING=1");
  return exit_code_;
}

void Daemon::arm() {
  const bool idle = idle_ticks_ >= ticks_before_idle && core_.deadline() == never;
  timer_.expires_after(idle ? idle_tick : until_next_tick());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

Duration Daemon::until_next_tick() const {
  if (core_.deadline() == never) return busy_tick;
  return std::clamp<Duration>(core_.deadline() - settings_.clock(), Duration::zero(), busy_tick);
}

Duration Daemon::tick_beside_work() {
  const Instant now = settings_.clock();
  core_.tick(now);
  tell_systemd(now);
  return until_next_tick();
}

void Daemon::on_timer() {
  const Instant now = settings_.clock();
  idle_ticks_ = core_.tick(now) != 0 ? 0 : idle_ticks_ + 1;
  tell_systemd(now);
  if (!core_.workers_alive() && exit_code_ != exit_stalled) {
    exit_code_ = exit_stalled;
    stalled_until_ = now + time_to_leave;  // who else can hold the addresses hears of it, if a worker still sends
    core_.leave_virtual_routers();
  }
  if (now >= stalled_until_) return loop_.stop();
  if (stopping_ && (may_stop(now) || stop_at_once_)) {
    log::info("stop", "stopping", {{"connections", std::to_string(core_.connections())}});
    server_.close();
    loop_.stop();
    return;
  }
  arm();
}

bool Daemon::may_stop(Instant now) {
  if (!core_.has_left_virtual_routers()) return false;
  // Whoever is to hear of the stop hears of it, as long as that makes sense.
  if (told_by_ == never)
    told_by_ = now + std::chrono::milliseconds(core_.transactions().running().vrrp.notify_timeout_ms);
  if (!core_.notifier().is_empty() && now < told_by_) return false;
  return now >= stop_deadline_ || core_.connections() == 0;
}

void Daemon::tell_systemd(Instant now) {
  if (now < next_watchdog_) return;
  next_watchdog_ = now + watchdog_period;
  // The watchdog is fed only while every worker makes progress: a hung datapath is a hung service.
  if (!core_.workers_alive()) return;
  if (background_.is_busy()) {  // on what the status is made of
    sd_notify(0, "WATCHDOG=1");
    return;
  }
  sd_notifyf(0, "WATCHDOG=1\nSTATUS=%srevision %llu, %zu workers, %llu connections", stopping_ ? "stopping, " : "",
             static_cast<unsigned long long>(core_.transactions().revision()), core_.machine().engine().workers(),
             static_cast<unsigned long long>(core_.connections()));
}

void Daemon::arm_signals() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    on_signal(number);
    arm_signals();
  });
}

void Daemon::on_signal(int number) {
  if (number == SIGHUP) return reload();
  if (stopping_) {
    log::warning("stop", "asked again: at once");
    stop_at_once_ = true;
    return;
  }
  begin_stop();
}

void Daemon::begin_stop() {
  const std::uint32_t drain_ms = core_.transactions().running().node.drain_on_stop_ms;
  stopping_ = true;
  stop_deadline_ = core_.now() + std::chrono::milliseconds(drain_ms);
  sd_notify(0, "STOPPING=1");
  log::info("stop", drain_ms == 0 ? "asked to stop" : "asked to stop: no new flows, old ones may end",
            {{"drain_ms", std::to_string(drain_ms)}});
  if (drain_ms != 0) core_.drain_all();
  core_.leave_virtual_routers();
}

void Daemon::reload() {
  if (const auto& listen = core_.transactions().running().api.listen)
    if (const auto loaded = server_.reload_certificate(*listen); !loaded)
      log::error("reload", to_string(loaded.error()) + ": the old certificate stays in use");
  if (settings_.config_file.empty()) return log::warning("reload", "there is no --config FILE to read again");
  core_.aside([this] { read_configuration(); });
}

void Daemon::read_configuration() {
  const Results<config::Config> wanted = read_file(settings_.config_file);
  if (!wanted) {
    for (const Error& error : wanted.error()) log::error("reload", to_string(error));
    return log::error("reload", "the file is not valid: what runs goes on unchanged");
  }
  Transactions::Request request;
  request.author = "SIGHUP";
  request.comment = "reloaded from " + settings_.config_file;
  const Transactions::Outcome outcome = core_.commit(config::to_json_brief(*wanted), request);
  if (!outcome) {
    for (const Error& error : outcome.error().errors) log::error("reload", to_string(error));
    return;
  }
  mark_imported(settings_.state_directory, settings_.config_file);
  if (outcome->changes.empty()) log::info("reload", "nothing has changed");
}

}  // namespace poise::control
