#include "l7/balance/rotation.hpp"

#include "l7/balance/share_map.hpp"

namespace poise::l7::balance {

std::optional<std::uint32_t> RoundRobin::pick(const Query& query, const Loads& loads) {
  const auto may_take = [&](std::uint32_t server) { return server != query.avoided && loads.has_room(server); };
  if (const auto found = turns_.next(may_take)) return found;
  return turns_.next([&](std::uint32_t server) { return loads.has_room(server); });
}

void StaticRoundRobin::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
  map_ = share_map(candidates);
  if (next_ >= map_.size()) next_ = 0;
}

std::optional<std::uint32_t> StaticRoundRobin::pick(const Query& query, const Loads& loads) {
  std::optional<std::uint32_t> second_best;
  for (std::size_t looked = 0; looked < map_.size(); ++looked) {
    const std::uint32_t server = candidates_[map_[next_]].server;
    next_ = next_ + 1 == map_.size() ? 0 : next_ + 1;
    if (!loads.has_room(server)) continue;
    if (server != query.avoided) return server;
    second_best = server;
  }
  return second_best;
}

}  // namespace poise::l7::balance
