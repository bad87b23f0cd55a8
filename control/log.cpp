#include "control/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace poise::control::log {
namespace {

constexpr std::size_t queue_lines = 8192;

struct State {
  config::Logging settings;
  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
  std::shared_ptr<spdlog::logger> logger;
  std::uint64_t lost_before = 0;  // by pools that are gone
};

spdlog::level::level_enum level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return spdlog::level::debug;
    case config::LogLevel::info:
      return spdlog::level::info;
    case config::LogLevel::warning:
      return spdlog::level::warn;
    case config::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::sink_ptr make_sink(config::LogTarget target) {
  switch (target) {
    case config::LogTarget::console:
      break;
    case config::LogTarget::journald:
      return std::make_shared<spdlog::sinks::systemd_sink_mt>();
    case config::LogTarget::syslog:
      return std::make_shared<spdlog::sinks::syslog_sink_mt>("poised", 0, 3 << 3, true);  // LOG_DAEMON
  }
  return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
}

void build(State& state) {
  const auto sink = make_sink(state.settings.target);
  const bool console = state.settings.target == config::LogTarget::console;
  const bool json = state.settings.format == config::LogFormat::json;
  sink->set_pattern(!console ? "%v" : json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  state.logger =
      std::make_shared<spdlog::async_logger>("poised", sink, state.pool, spdlog::async_overflow_policy::overrun_oldest);
  state.logger->set_level(level_of(state.settings.level));
  state.logger->flush_on(spdlog::level::info);
}

State& state() {
  static State* the = [] {
    auto* fresh = new State;  // lives as long as the process: lines may come while it ends
    build(*fresh);
    return fresh;
  }();
  return *the;
}

std::string line_of(spdlog::level::level_enum level, std::string_view event, std::string_view sentence, Fields fields) {
  if (state().settings.format == config::LogFormat::json) {
    nlohmann::json line{
        {"event", event}, {"message", sentence}, {"level", std::string(spdlog::level::to_string_view(level).data())}};
    line["time_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(spdlog::log_clock::now().time_since_epoch()).count();
    for (const auto& [name, value] : fields) line[std::string(name)] = value;
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string line = std::string(event) + ": " + std::string(sentence);
  for (const auto& [name, value] : fields) line += " " + std::string(name) + "=" + value;
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';  // one event, one line, whatever an operator typed
  return line;
}

void write(spdlog::level::level_enum level, std::string_view event, std::string_view sentence, Fields fields) {
  if (state().logger->should_log(level)) state().logger->log(level, "{}", line_of(level, event, sentence, fields));
}

}  // namespace

void configure(const config::Logging& settings) {
  if (state().settings == settings) return;
  state().settings = settings;
  build(state());
}

void debug(std::string_view event, std::string_view sentence, Fields fields) {
  write(spdlog::level::debug, event, sentence, fields);
}
void info(std::string_view event, std::string_view sentence, Fields fields) {
  write(spdlog::level::info, event, sentence, fields);
}
void warning(std::string_view event, std::string_view sentence, Fields fields) {
  write(spdlog::level::warn, event, sentence, fields);
}
void error(std::string_view event, std::string_view sentence, Fields fields) {
  write(spdlog::level::err, event, sentence, fields);
}

std::uint64_t lost() { return state().lost_before + state().pool->overrun_counter(); }

void flush() {
  // The thread of a pool ends when its queue is empty; lines that come meanwhile go to the next one.
  auto old = std::exchange(state().pool, std::make_shared<spdlog::details::thread_pool>(queue_lines, 1));
  state().lost_before += old->overrun_counter();
  build(state());
  std::promise<void> written;
  const std::future<void> done = written.get_future();
  std::thread([old = std::move(old), written = std::move(written)]() mutable {
    old.reset();
    written.set_value();
  }).detach();
  done.wait_for(std::chrono::seconds(1));
}

}  // namespace poise::control::log
