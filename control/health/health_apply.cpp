#include <algorithm>
#include <utility>

#include "config/checks.hpp"
#include "control/health/health.hpp"

// How Health takes a configuration.
namespace poise::control::health {
namespace {

// First probes do not all begin at once.
constexpr Duration spread = std::chrono::milliseconds(1);

// The server of the pool as it was, when it is the same host and port.
const Health::Server* find_server(const Health::Pool& pool, const std::string& name, const config::Server& server) {
  const auto found = pool.servers.find(name);
  if (found == pool.servers.end()) return nullptr;
  const config::Server& before = found->second.settings;
  return before.address == server.address && before.port == server.port ? &found->second : nullptr;
}

}  // namespace

struct Health::Applying {
  Instant now;
  const config::Config& config;
  std::map<std::string_view, std::uint16_t> ports;  // of services
  std::vector<Pool> before;
  bool is_same_node = true;  // what all pools depend on has not changed
  std::uint64_t fresh = 0;   // targets that are new

  Pool* pool_before(const std::string& name) {
    const auto found = std::ranges::lower_bound(before, name, {}, &Pool::name);
    return found == before.end() || found->name != name ? nullptr : &*found;
  }
};

void Health::apply(Instant now, const config::Config& config) {
  ++configurations_;
  const bool is_same_node = node_name_ == config.node.name && script_user_ == config.vrrp.script_user;
  node_name_ = config.node.name;
  script_user_ = config.vrrp.script_user;
  Applying applying{now, config, config::service_ports(config), std::exchange(pools_, {}), is_same_node, 0};
  for (auto& [id, watched] : targets_) watched.pools.clear();
  for (const auto& [name, pool] : config.pools) apply_pool(applying, name, pool);
  for (auto target = targets_.begin(); target != targets_.end();) {
    if (target->second.wanted_by == configurations_) {
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
  for (Pool& pool : pools_)
    if (!pool.is_judged || pool.is_changed) judge(now, pool, "the configuration has changed");
}

void Health::apply_pool(Applying& applying, const std::string& name, const config::Pool& settings) {
  Pool* before = applying.pool_before(name);
  const auto port = applying.ports.find(name);
  const auto service_port = port == applying.ports.end() ? std::nullopt : std::optional(port->second);
  if (before != nullptr && take_over(applying, *before, settings, service_port)) return;
  Pool& pool = pools_.emplace_back();
  pool.name = name;
  pool.settings = settings;
  pool.service_port = service_port;
  pool.is_changed = true;
  if (before != nullptr) {
    pool.state = before->state;
    pool.is_judged = before->is_judged;
  }
  for (const auto& [server_name, from] : settings.servers) {
    const Server* known = before == nullptr ? nullptr : find_server(*before, server_name, from);
    Server server = known != nullptr ? *known : Server{.changed_at = applying.now};
    server.settings = from;
    server.checks = claim_checks(applying, pool, from, known != nullptr && known->passes);
    if (known == nullptr)
      server.passes = std::ranges::all_of(server.checks, [&](const auto& each) { return passes(each.second); });
    hooks_.apply(name, server_name, server.shown);  // the row may have been another server's
    pool.servers.emplace(server_name, std::move(server));
  }
}

bool Health::passes(TargetId id) const {
  const Watched& watched = targets_.at(id);
  return !watched.is_run || watched.checker.is_up();
}

std::map<std::string, TargetId> Health::claim_checks(Applying& applying, const Pool& pool, const config::Server& server,
                                                     bool was_up) {
  std::map<std::string, TargetId> checks;
  for (const auto& [name, check] : config::checks_of(pool.settings, server)) {
    Target target{check, check.address.value_or(server.address), 0, ""};
    if (check.kind != config::CheckKind::icmp)
      target.port = config::probe_port(check, server, pool.service_port).value_or(0);
    if (check.kind == config::CheckKind::exec) target.user = check.exec.user.value_or(script_user_);
    target.check.address.reset();
    target.check.port.reset();
    const TargetId id = claim(applying, target, was_up);
    want(id);
    checks.emplace(name, id);
  }
  return checks;
}

// A pool that is as it was, with all that is known of it.
bool Health::take_over(Applying& applying, Pool& before, const config::Pool& settings,
                       std::optional<std::uint16_t> service_port) {
  if (!applying.is_same_node || before.service_port != service_port || before.settings != settings) return false;
  Pool& pool = pools_.emplace_back(std::move(before));
  pool.is_changed = false;
  for (const auto& [name, server] : pool.servers)
    for (const auto& [check_name, id] : server.checks) {
      want(id);
      Watched& watched = targets_.at(id);
      const bool is_run = hooks_.can_probe(watched.plan->target.check.kind);
      if (std::exchange(watched.is_run, is_run) == is_run) continue;
      pool.is_changed = true;
      arm(id);
    }
  return true;
}

void Health::want(TargetId id) {
  Watched& watched = targets_.at(id);
  watched.wanted_by = configurations_;
  const std::size_t pool = pools_.size() - 1;
  if (watched.pools.empty() || watched.pools.back() != pool) watched.pools.push_back(pool);
}

// The target that is looked at like this: as it is, or with other times, or a new one.
TargetId Health::claim(Applying& applying, const Target& target, bool server_was_up) {
  const auto [first, last] = by_end_.equal_range({target.address, target.port});
  for (auto each = first; each != last; ++each)
    if (targets_.at(each->second).plan->target == target) {
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
  arm(id);
  return id;
}

}  // namespace poise::control::health
