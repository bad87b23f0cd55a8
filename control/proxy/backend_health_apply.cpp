#include <algorithm>

#include "control/proxy/backend_health.hpp"

// What a configuration makes of the servers of backends: who is checked, and how.
namespace poise::control::proxy {
namespace {

using l7::health::Check;
using std::chrono::milliseconds;

Check::Settings settings_of(const config::BackendCheck& check) {
  return {.inter = milliseconds(check.inter_ms),
          .fast_inter = milliseconds(check.fast_inter_ms.value_or(check.inter_ms)),
          .down_inter = milliseconds(check.down_inter_ms.value_or(check.inter_ms)),
          .rise = check.rise,
          .fall = check.fall};
}

Check::Settings settings_of(const config::AgentCheck& agent) {
  const Duration inter = milliseconds(agent.inter_ms);
  return {.inter = inter, .fast_inter = inter, .down_inter = inter, .rise = 1, .fall = 1};
}

// Whether what is looked at is the same, however often.
bool looks_like(config::BackendCheck a, const config::BackendCheck& b) {
  a.inter_ms = b.inter_ms;
  a.fast_inter_ms = b.fast_inter_ms;
  a.down_inter_ms = b.down_inter_ms;
  a.rise = b.rise;
  a.fall = b.fall;
  a.log = b.log;
  return a == b;
}

}  // namespace

struct BackendHealth::Spread {
  Instant now;
  std::size_t count = 0, next = 0;  // of servers that are new
  Instant first(Duration inter) {
    return now + inter * std::int64_t(next++) / std::int64_t(std::max<std::size_t>(count, 1));
  }
};

BackendHealth::ServerHealth::Settings BackendHealth::settings_of(const Row& row) const {
  ServerHealth::Settings settings;
  if (row.check && !row.is_check_off) settings.check = proxy::settings_of(*row.check);
  if (row.agent && !row.is_agent_off) settings.agent = proxy::settings_of(*row.agent);
  settings.start = Check::Start(*row.reaction.init_state);
  settings.slow_start = milliseconds(*row.reaction.slow_start_ms);
  settings.is_disabled = row.settings.state == config::ServerState::down;
  settings.is_tracking = row.tracks.has_value();
  return settings;
}

// New plans have new ids: what still comes of the old ones is nobody's.
void BackendHealth::put_plans(Instant now, Row& row, const config::Backend& backend,
                              const config::BackendServer& server) {
  const auto replace = [&](bool is_agent, std::shared_ptr<const CheckPlan> next) {
    CheckId& id = is_agent ? row.agent_id : row.check_id;
    std::shared_ptr<const CheckPlan>& plan = is_agent ? row.agent_plan : row.check_plan;
    std::optional<Check>& check = is_agent ? row.health.agent() : row.health.check();
    if (check && check->is_running()) {
      check->on_no_result(now);
      check->hurry(now);
    }
    if (id != 0) {
      hooks_.cancel(id, row.transport);
      by_id_.erase(id);
    }
    id = next == nullptr ? 0 : next_id_++;
    plan = std::move(next);
    if (id != 0) by_id_[id] = &row;
  };
  const auto check = config::check_of(backend, server);
  const bool is_same_place = row.transport == backend.transport && row.settings.source == server.source &&
                             row.settings.send_proxy == server.send_proxy;
  const bool is_same_check = is_same_place && row.connect_ms == backend.timeouts.connect_ms &&
                             check.has_value() == row.check.has_value() && (!check || looks_like(*row.check, *check));
  if (!is_same_check) replace(false, check ? plan_check(*check, backend, server) : nullptr);
  const auto agent = config::agent_of(backend, server);
  if (!is_same_place || agent != row.agent) replace(true, agent ? plan_agent(*agent, server) : nullptr);
  row.check = check;
  row.agent = agent;
  row.connect_ms = backend.timeouts.connect_ms;
  row.transport = backend.transport;
  row.settings = server;
  row.reaction = config::reaction_of(backend, server);
  row.tracks = server.track ? config::parse_track(*server.track) : std::nullopt;
}

BackendHealth::Row& BackendHealth::put_row(Instant now, const Key& key, const config::Backend& backend,
                                           Spread& spread) {
  const config::BackendServer& server = backend.servers.at(key.second);
  const auto known = rows_.find(key);
  const bool is_new = known == rows_.end();
  const auto check = config::check_of(backend, server);
  const Instant first = is_new && check ? spread.first(milliseconds(check->inter_ms)) : now;
  Row& row = is_new ? rows_.try_emplace(key, ServerHealth::Settings{}, first).first->second : known->second;
  row.key = key;
  row.state = states_.server(key.first, key.second);
  row.backend_state = states_.backend(key.first);
  put_plans(now, row, backend, server);
  if (is_new) {
    row.health = ServerHealth(settings_of(row), first);
    row.state->health.changes.at_ms.set(std::uint64_t(now.time_since_epoch() / milliseconds(1)));
    row.error_limits = row.state->error_limits.load(std::memory_order_relaxed);
  } else {
    row.health.continue_with(settings_of(row), now);
  }
  return row;
}

void BackendHealth::remove_rows(const config::Config& config) {
  for (auto each = rows_.begin(); each != rows_.end();) {
    Row& row = each->second;
    const auto backend = config.backends.find(row.key.first);
    if (backend != config.backends.end() && backend->second.servers.contains(row.key.second)) {
      ++each;
      continue;
    }
    for (const CheckId id : {row.check_id, row.agent_id}) {
      if (id == 0) continue;
      hooks_.cancel(id, row.transport);
      by_id_.erase(id);
    }
    due_.erase({row.due, &row});
    each = rows_.erase(each);
  }
}

void BackendHealth::apply(Instant now, const config::Config& config) {
  remove_rows(config);
  Spread spread{.now = now};
  for (const auto& [backend_name, backend] : config.backends)
    for (const auto& [name, server] : backend.servers)
      spread.count += !rows_.contains({backend_name, name}) && config::check_of(backend, server);
  observed_.clear();
  draining_.clear();
  trackers_.clear();
  for (const auto& [backend_name, backend] : config.backends)
    for (const auto& [name, server] : backend.servers) {
      Row& row = put_row(now, {backend_name, name}, backend, spread);
      if (row.reaction.observe != config::CheckObserve::none) observed_.push_back(&row);
      if (row.drain) draining_.push_back(&row);
      if (row.tracks) trackers_[*row.tracks].push_back(&row);
    }
  // Those that track come behind those that are tracked, whatever their names.
  for (auto& [key, row] : rows_) {
    follow(now, row, row.health.refresh(now), nullptr);
    show(row);
    arm(row);
  }
  for (auto& [key, trackers] : trackers_) {
    const Row& tracked = rows_.at(key);
    for (Row* row : trackers) follow(now, *row, row->health.on_tracked(now, tracked.health.state()), nullptr);
  }
  for (const auto& [name, backend] : config.backends) {
    l7::health::Changes& changes = states_.backend(name)->changes;
    if (changes.at_ms.read() == 0) changes.at_ms.set(std::uint64_t(now.time_since_epoch() / milliseconds(1)));
  }
  next_look_ = observed_.empty() && draining_.empty() ? never : now;
}

}  // namespace poise::control::proxy
