#include "control/health/health.hpp"

#include <algorithm>

#include "config/checks.hpp"

namespace poise::control::health {
namespace {

constexpr Duration share_step = std::chrono::milliseconds(100);

}  // namespace

const Health::Pool* Health::find_pool(const std::string& name) const {
  const auto found = std::ranges::lower_bound(pools_, name, {}, &Pool::name);
  return found == pools_.end() || found->name != name ? nullptr : &*found;
}

std::size_t Health::targets_not_run() const {
  return std::size_t(std::ranges::count_if(targets_, [](const auto& each) { return !each.second.is_run; }));
}

void Health::on_deadline(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const TargetId id = due_.begin()->second;
    Watched& watched = targets_.at(id);
    watched.checker.on_started();
    watched.began = now;
    arm(id);
    hooks_.begin(id, watched.plan);
  }
  if (now < next_share_) return;
  next_share_ = never;
  for (Pool& pool : pools_) show(now, pool);
}

Instant Health::deadline() const { return std::min(due_.empty() ? never : due_.begin()->first, next_share_); }

void Health::arm(TargetId id) {
  const Watched& watched = targets_.at(id);
  const Instant at = watched.is_run ? watched.checker.deadline() : never;
  if (const auto before = due_at_.find(id); before != due_at_.end()) {
    due_.erase({before->second, id});
    due_at_.erase(before);
  }
  if (at == never) return;
  due_.insert({at, id});
  due_at_.emplace(id, at);
}

void Health::on_verdict(Instant now, TargetId id, const Verdict& verdict) {
  if (targets_.contains(id) && targets_.at(id).checker.is_running()) finish(now, id, verdict);
}

void Health::on_no_verdict(Instant now, TargetId id) {
  const auto found = targets_.find(id);
  if (found == targets_.end()) return;
  found->second.checker.on_no_verdict(now);
  arm(id);
}

void Health::finish(Instant now, TargetId id, const Verdict& verdict) {
  Watched& watched = targets_.at(id);
  const bool other_weight = watched.last.weight != verdict.weight;
  ++(verdict.passed ? watched.passed : watched.failed);
  watched.last = verdict;
  watched.took = now - watched.began;
  const bool turned = watched.checker.on_verdict(now, verdict);
  if (turned) watched.changed_at = now;
  arm(id);
  if (!turned && !other_weight) return;
  const std::vector<std::size_t> affected = watched.pools;
  for (const std::size_t pool : affected) judge(now, pools_[pool], verdict.reason);
}

// The verdicts of its checks become the state of each server, and those the state of the pool.
void Health::judge(Instant now, Pool& pool, const std::string& reason) {
  std::vector<Member> members;
  std::vector<Change> changes;
  for (auto& [name, server] : pool.servers) {
    const bool is_well = std::ranges::all_of(server.checks, [&](const auto& check) { return passes(check.second); });
    if (is_well != server.passes) {
      server.passes = is_well;
      server.changed_at = now;
      server.rises_from = is_well && server.settings.slow_start_ms > 0 ? std::optional(now) : std::nullopt;
      changes.push_back({pool.name, name, is_well, reason});
    }
    members.push_back({name, server.settings.weight, server.settings.state == config::ServerState::up, is_well,
                       server.settings.inhibit_on_failure.value_or(pool.settings.inhibit_on_failure)});
  }
  const bool had_quorum = pool.state.has_quorum;
  pool.state = judge_pool(pool.settings, members, had_quorum);
  if (pool.is_judged && pool.state.has_quorum != had_quorum)
    changes.push_back({pool.name, "", pool.state.has_quorum, "weight " + std::to_string(pool.state.weight)});
  pool.is_judged = true;
  show(now, pool);
  for (const Change& change : changes) hooks_.changed(change);
}

// The workers are told what is new to them.
void Health::show(Instant now, Pool& pool) {
  std::size_t position = 0;
  for (auto& [name, server] : pool.servers) {
    if (server.rises_from) next_share_ = std::min(next_share_, now + share_step);
    const ServerHealth health = health_of(now, server, pool.state.use[position++]);
    if (health == server.shown) continue;
    server.shown = health;
    hooks_.apply(pool.name, name, health);
  }
}

ServerHealth Health::health_of(Instant now, Server& server, ServerUse use) const {
  ServerHealth health{.use = use};
  for (const auto& [name, id] : server.checks) {
    const Watched& watched = targets_.at(id);
    if (watched.last.weight && watched.plan->target.check.exec.weight_from_exit_code)
      health.weight = watched.last.weight;
  }
  if (!server.rises_from) return health;
  const Duration whole = std::chrono::milliseconds(server.settings.slow_start_ms);
  const Duration since = now - *server.rises_from;
  if (since >= whole) {
    server.rises_from.reset();
    return health;
  }
  health.share = std::uint16_t(std::max<std::int64_t>(1, since * ServerHealth::share_whole / whole));
  return health;
}

}  // namespace poise::control::health
