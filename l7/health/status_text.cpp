#include "l7/health/status_text.hpp"

namespace poise::l7::health {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

struct Place {  // within a state: "1/3"
  std::uint32_t done = 0, of = 0;
  bool is_whole = false;  // nothing speaks against the state
};

Place place_of(const CheckReport& check) {
  const std::uint32_t health = check.health.load(relaxed), rise = check.rise.load(relaxed),
                      fall = check.fall.load(relaxed);
  if (health >= rise) return {health - rise + 1, fall, health + 1 >= rise + fall};
  return {health, rise, health == 0};
}

std::string with_place(const char* word, const Place& place) {
  if (place.is_whole) return word;
  return std::string(word) + " " + std::to_string(place.done) + "/" + std::to_string(place.of);
}

bool is_agent_down(const ServerReport& report) {
  return report.agent.is_there.load(relaxed) && report.agent.health.load(relaxed) == 0;
}

std::string maintenance_of(const Server& server, const ServerReport& report) {
  if (server.is_disabled || !report.is_admin_tracked.load(relaxed) || server.tracked.empty()) return "MAINT";
  return "MAINT (via " + server.tracked + ")";
}

std::string status_of(const Server& server) {
  const ServerReport& report = server.state->health;
  const Admin admin = report.admin.load(relaxed);
  if (server.is_disabled || admin == Admin::maint) return maintenance_of(server, report);
  const bool is_checked = report.check.is_there.load(relaxed);
  const Place place = place_of(report.check);
  if (!server.state->is_up.load(relaxed)) {
    if (is_agent_down(report)) return "DOWN (agent)";
    return is_checked ? with_place("DOWN", place) : "DOWN";
  }
  const bool is_drained = server.is_drained || admin == Admin::drain;
  if (is_drained) {
    if (report.agent.is_there.load(relaxed)) return "DRAIN (agent)";
    return is_checked ? with_place("DRAIN", place) : "DRAIN";
  }
  if (report.operation.load(relaxed) == Operation::stopping) return is_checked ? with_place("NOLB", place) : "NOLB";
  if (is_checked) return with_place("UP", place);
  return server.state->is_checked.load(relaxed) ? "UP" : "no check";
}

std::string code_of(const CheckReport& check) {
  const char* code = info_of(check.status.load(relaxed)).code;
  return check.is_running.load(relaxed) ? std::string("* ") + code : code;
}

void put_check(report::StatsRow& row, const CheckReport& check) {
  if (!check.is_there.load(relaxed)) return;
  const Status status = check.status.load(relaxed);
  row.check_status = code_of(check);
  if (info_of(status).has_code) row.check_code = check.code.load(relaxed);
  if (info_of(status).outcome != Outcome::none) row.check_ms = check.took_ms.load(relaxed);
  row.check_output = check.output.read();
  row.check_description = info_of(status).description;
  row.check_rise = check.rise.load(relaxed);
  row.check_fall = check.fall.load(relaxed);
  row.check_health = check.health.load(relaxed);
}

void put_agent(report::StatsRow& row, const CheckReport& agent) {
  if (!agent.is_there.load(relaxed)) return;
  const Status status = agent.status.load(relaxed);
  row.agent_status = code_of(agent);
  if (info_of(status).has_code) row.agent_code = agent.code.load(relaxed);
  if (info_of(status).outcome != Outcome::none) row.agent_ms = agent.took_ms.load(relaxed);
  row.agent_output = agent.output.read();
  row.agent_description = info_of(status).description;
  row.agent_rise = agent.rise.load(relaxed);
  row.agent_fall = agent.fall.load(relaxed);
  row.agent_health = agent.health.load(relaxed);
}

}  // namespace

void put_changes(report::StatsRow& row, const Changes& changes, Instant now) {
  const std::uint64_t now_ms = std::uint64_t(now.time_since_epoch() / std::chrono::milliseconds(1));
  const std::uint64_t at_ms = changes.at_ms.read();
  const std::uint64_t since_ms = now_ms > at_ms ? now_ms - at_ms : 0;
  row.downs = changes.downs.read();
  row.last_change_s = since_ms / 1000;
  row.downtime_s = (changes.down_ms.read() + (changes.is_down.load(relaxed) ? since_ms : 0)) / 1000;
}

void put_health(report::StatsRow& row, const Server& server, Instant now) {
  const ServerReport& report = server.state->health;
  row.status = status_of(server);
  row.tracked = server.tracked;
  put_check(row, report.check);
  put_agent(row, report.agent);
  if (report.check.is_there.load(relaxed)) row.check_fails = report.failed_checks.read();
  if (report.changes.at_ms.read() != 0) put_changes(row, report.changes, now);
  if (const std::uint16_t throttle = report.throttle.load(relaxed); throttle != 0) row.throttle = throttle;
  if (server.observe != Observe::none) row.observed_failures = report.observed_failures.read();
}

}  // namespace poise::l7::health
