#include <algorithm>
#include <utility>

#include "config/checks.hpp"
#include "control/health/health.hpp"

// How Health takes a configuration.
namespace poise::control::health {
namespace {

// First probes do not all begin at once.
constexpr Duration spread = std::chrono::milliseconds(1);

}  // namespace

struct Health::Applying {
  Instant now;
  const config::Config& config;
  std::map<std::string_view, std::uint16_t> ports;  // of services
  std::vector<Pool> before;
  std::set<TargetId> claimed;
  std::uint64_t fresh = 0;  // targets that are new

  Pool* pool_before(const std::string& name) {
    const auto found = std::ranges::lower_bound(before, name, {}, &Pool::name);
    return found == before.end() || found->name != name ? nullptr : &*found;
  }
};

void Health::apply(Instant now, const config::Config& config) {
  node_name_ = config.node.name;
  Applying applying{now, config, config::service_ports(config), std::exchange(pools_, {}), {}, 0};
  for (auto& [id, watched] : targets_) watched.pools.clear();
  for (const auto& [name, pool] : config.pools) apply_pool(applying, name, pool);
  for (auto target = targets_.begin(); target != targets_.end();) {
    if (applying.claimed.contains(target->first)) {
      ++target;
      continue;
    }
    if (target->second.checker.is_running()) hooks_.cancel(target->first);
    if (const auto due = due_at_.find(target->first); due != due_at_.end()) {
      due_.erase({due->second, target->first});
      due_at_.erase(due);
    }
    const Target& gone = target->second.plan->target;
    const auto [first, last] = by_end_.equal_range({gone.address, gone.port});
    by_end_.erase(std::find_if(first, last, [&](const auto& each) { return each.second == target->first; }));
    target = targets_.erase(target);
  }
  for (Pool& pool : pools_) judge(now, pool, "the configuration has changed");
}

void Health::apply_pool(Applying& applying, const std::string& name, const config::Pool& settings) {
  Pool* before = applying.pool_before(name);
  Pool& pool = pools_.emplace_back();
  pool.name = name;
  pool.settings.sorry_server = settings.sorry_server;
  pool.settings.quorum = settings.quorum;
  pool.settings.quorum_hysteresis = settings.quorum_hysteresis;
  pool.settings.inhibit_on_failure = settings.inhibit_on_failure;
  if (before != nullptr) {
    pool.state = before->state;
    pool.is_judged = before->is_judged;
  }
  const auto port = applying.ports.find(name);
  const auto service_port = port == applying.ports.end() ? std::nullopt : std::optional(port->second);
  for (const auto& [server_name, from] : settings.servers) {
    Server server{.settings = from, .changed_at = applying.now};
    bool was_up = false, is_known = false;
    if (before != nullptr) {
      const auto known = before->servers.find(server_name);
      is_known = known != before->servers.end() && known->second.settings.address == from.address &&
                 known->second.settings.port == from.port;
      if (is_known) server = known->second;
      was_up = is_known && server.passes;
    }
    server.settings = from;
    server.checks.clear();
    for (const auto& [check_name, check] : config::checks_of(settings, from)) {
      Target target{check, check.address.value_or(from.address), 0, ""};
      if (check.kind != config::CheckKind::icmp)
        target.port = config::probe_port(check, from, service_port).value_or(0);
      if (check.kind == config::CheckKind::exec)
        target.user = check.exec.user.value_or(applying.config.vrrp.script_user);
      target.check.address.reset();
      target.check.port.reset();
      const TargetId id = claim(applying, target, was_up);
      targets_.at(id).pools.insert(pools_.size() - 1);
      server.checks.emplace(check_name, id);
    }
    if (!is_known)
      server.passes = std::ranges::all_of(server.checks, [&](const auto& each) {
        return !targets_.at(each.second).is_run || targets_.at(each.second).checker.is_up();
      });
    hooks_.apply(name, server_name, server.shown);  // the row may have been another server's
    pool.servers.emplace(server_name, std::move(server));
  }
}

// The target that is looked at like this: as it is, or with other times, or a new one.
TargetId Health::claim(Applying& applying, const Target& target, bool server_was_up) {
  const auto [first, last] = by_end_.equal_range({target.address, target.port});
  for (auto each = first; each != last; ++each)
    if (targets_.at(each->second).plan->target == target) {
      applying.claimed.insert(each->second);
      targets_.at(each->second).is_run = hooks_.can_probe(target.check.kind);
      arm(each->second);
      return each->second;
    }
  const Duration interval = std::chrono::milliseconds(target.check.interval_ms);
  const Instant start = applying.now + spread * std::int64_t(applying.fresh++) % interval;
  const bool is_up = server_was_up || target.check.initial_state == config::CheckState::up;
  Watched watched{std::make_shared<const Plan>(target, node_name_), Checker(target.check, start, is_up)};
  for (auto each = first; each != last; ++each) {
    const Watched& other = targets_.at(each->second);
    if (!other.plan->target.looks_like(target)) continue;
    watched = other;
    watched.pools.clear();
    watched.plan = std::make_shared<const Plan>(target, node_name_);
    watched.checker = Checker(target.check, start, other.checker.is_up());
    break;
  }
  watched.is_run = hooks_.can_probe(target.check.kind);
  const TargetId id = next_id_++;
  targets_.emplace(id, std::move(watched));
  by_end_.emplace(std::pair{target.address, target.port}, id);
  applying.claimed.insert(id);
  arm(id);
  return id;
}

}  // namespace poise::control::health
