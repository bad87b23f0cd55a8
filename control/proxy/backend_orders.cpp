#include <algorithm>

#include "control/proxy/backend_health.hpp"

// What operators want of servers at run time.
namespace poise::control::proxy {

std::string BackendHealth::set_admin(Instant now, const Key& key, Admin admin, std::optional<Duration> deadline) {
  Row& row = rows_.at(key);
  if (admin == Admin::ready && row.settings.state != config::ServerState::up)
    return "the configuration takes it out: see state of backends." + key.first + ".servers." + key.second;
  std::erase(draining_, &row);
  row.drain.reset();
  if (admin == Admin::drain) {
    row.drain = Drain{.since = now};
    if (deadline) row.drain->deadline = now + *deadline;
    for (const auto& local : row.state->local) row.drain->sessions_before += local.stats.sessions.now();
    draining_.push_back(&row);
  }
  follow(now, row, row.health.set_admin(now, admin), nullptr);
  show(row);
  arm(row);
  next_look_ = observed_.empty() && draining_.empty() ? never : now;
  return "";
}

std::string BackendHealth::force(Instant now, const Key& key, ServerHealth::Forced health) {
  Row& row = rows_.at(key);
  if (row.tracks) return "it tracks " + row.tracks->first + "/" + row.tracks->second + ": ask for that one";
  follow(now, row, row.health.force(now, health), nullptr);
  show(row);
  arm(row);
  return "";
}

std::string BackendHealth::force_agent(Instant now, const Key& key, bool is_up) {
  Row& row = rows_.at(key);
  if (!row.health.agent()) return "it has no agent";
  row.health.agent()->set(is_up);
  follow(now, row, row.health.refresh(now), nullptr);
  show(row);
  arm(row);
  return "";
}

void BackendHealth::set_weight(Instant now, const Key& key, std::optional<std::uint32_t> weight) {
  Row& row = rows_.at(key);
  const bool had_any = usable_of(key.first).is_any();
  row.weight_set = weight;
  show(row);
  judge_backend(now, row, had_any);
}

std::string BackendHealth::switch_check(Instant now, const Key& key, bool is_on) {
  Row& row = rows_.at(key);
  if (!row.check) return "it has no check";
  row.is_check_off = !is_on;
  row.health.continue_with(settings_of(row), now);
  follow(now, row, row.health.refresh(now), nullptr);
  show(row);
  arm(row);
  return "";
}

std::string BackendHealth::switch_agent(Instant now, const Key& key, bool is_on) {
  Row& row = rows_.at(key);
  if (!row.agent) return "it has no agent";
  row.is_agent_off = !is_on;
  row.health.continue_with(settings_of(row), now);
  follow(now, row, row.health.refresh(now), nullptr);
  show(row);
  arm(row);
  return "";
}

}  // namespace poise::control::proxy
