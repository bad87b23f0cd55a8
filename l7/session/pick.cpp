#include "l7/session/pick.hpp"

#include <algorithm>

#include "config/types/siphash.hpp"
#include "l7/session/key.hpp"

namespace poise::l7 {
namespace {

std::uint32_t configured_weight(const Server& server) {
  const std::uint32_t set = server.state->weight_set.load(std::memory_order_relaxed);
  return set == ~0u ? server.weight : set;
}

// In 16ths of the configured unit, so that a slow start has steps.
std::uint32_t effective_weight(const Server& server) {
  const std::uint32_t share = server.state->weight_share.load(std::memory_order_relaxed);
  return std::max(configured_weight(server) * share / 16, 1u);
}

void rebuild(const Backend& backend, BackendState::Local& local) {
  const bool has_active = std::any_of(backend.servers.begin(), backend.servers.end(),
                                      [](const Server& server) { return !server.is_backup && is_usable(server); });
  std::vector<balance::Candidate> candidates;
  for (const Server& server : backend.servers) {
    if (server.is_backup == has_active || !is_usable(server)) continue;
    const auto index = std::uint32_t(&server - backend.servers.data());
    candidates.push_back({index, server.id, effective_weight(server), server.name_hash});
    if (!has_active && !backend.uses_all_backups) break;
  }
  local.is_on_backups = !has_active;
  local.has_any = !candidates.empty();
  local.balancer->set_servers(candidates);
}

BackendState::Local& refreshed(ProxyCore& core, const Backend& backend) {
  BackendState::Local& local = core.local(*backend.state);
  const std::uint32_t generation = backend.state->generation.load(std::memory_order_acquire);
  if (local.balanced == &backend && local.generation == generation) return local;
  if (local.balancer == nullptr || !(local.settings == backend.balance)) {
    local.balancer = balance::make_balancer(backend.balance);
    local.settings = backend.balance;
  }
  local.balanced = &backend;
  local.generation = generation;
  rebuild(backend, local);
  return local;
}

class BackendLoads final : public balance::Loads {
 public:
  BackendLoads(ProxyCore& core, const Backend& backend) : core_(core), backend_(backend) {}
  std::uint32_t current(std::uint32_t index) const override {
    const Stats& stats = core_.stats(*backend_.servers[index].state);
    return std::uint32_t(stats.sessions.now() + stats.queued.now());
  }
  bool has_room(std::uint32_t index) const override {
    const Server& server = backend_.servers[index];
    const std::uint32_t limit = limit_of(core_, backend_, server);
    return limit == 0 || server.state->taken.load(std::memory_order_relaxed) < limit;
  }

 private:
  ProxyCore& core_;
  const Backend& backend_;
};

}  // namespace

bool is_usable(const Server& server) {
  const ServerState& state = *server.state;
  return !server.is_disabled && !server.is_drained && state.is_up.load(std::memory_order_relaxed) &&
         !state.is_drained.load(std::memory_order_relaxed) && configured_weight(server) > 0;
}

bool has_another_server(const Backend& backend, const Server& server) {
  return std::any_of(backend.servers.begin(), backend.servers.end(),
                     [&](const Server& other) { return &other != &server && !other.is_backup && is_usable(other); });
}

Picked pick_server(ProxyCore& core, Session& session) {
  const Backend& backend = *session.backend;
  BackendState::Local& local = refreshed(core, backend);
  if (!local.has_any) return {};
  balance::Query query;
  query.random = core.next_random();
  if (backend.balance.algorithm == balance::Algorithm::hash) query.hash = balance_hash(core, session);
  if (session.avoided != nullptr && session.use->tables.get() == core.current->tables.get())
    query.avoided = std::uint32_t(session.avoided - backend.servers.data());
  const auto index = local.balancer->pick(query, BackendLoads(core, backend));
  if (!index) return {Picked::State::all_full, nullptr};
  core.stats(*backend.state).add(Stat::balanced);
  core.stats(*backend.servers[*index].state).add(Stat::balanced);
  return {Picked::State::server, &backend.servers[*index]};
}

}  // namespace poise::l7
