#include "control/health/pool_health.hpp"

#include <algorithm>

namespace poise::control::health {

PoolState judge_pool(const config::Pool& pool, const std::vector<Member>& members, bool had_quorum) {
  PoolState state;
  bool has_sorry_server = false;
  for (const Member& member : members) {
    const bool is_sorry_server = pool.sorry_server == member.name;
    has_sorry_server |= is_sorry_server && member.passes;
    if (!is_sorry_server && member.passes && member.takes_flows) state.weight += member.weight;
  }
  const std::uint64_t hysteresis = pool.quorum_hysteresis;
  const std::uint64_t least =
      had_quorum ? pool.quorum - std::min<std::uint64_t>(hysteresis, pool.quorum) : pool.quorum + hysteresis;
  state.has_quorum = state.weight >= std::max<std::uint64_t>(least, 1);
  for (const Member& member : members) {
    const bool gives_way = !state.has_quorum && has_sorry_server && pool.sorry_server != member.name;
    if (!member.passes)
      state.use.push_back(member.is_inhibited ? ServerUse::inhibited : ServerUse::failed);
    else
      state.use.push_back(gives_way ? ServerUse::inhibited : ServerUse::healthy);
  }
  return state;
}

}  // namespace poise::control::health
