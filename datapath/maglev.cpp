#include "datapath/maglev.hpp"

#include <algorithm>
#include <numeric>

#include "config/types/result.hpp"
#include "config/types/siphash.hpp"

namespace poise::datapath {
namespace {

// Not secret: both nodes of a pair must build the same table. What cannot be aimed at is the slot of a flow (see
// SchedulerStates).
constexpr SipHash offset_hash({1}), skip_hash({2});

}  // namespace

std::vector<std::uint16_t> fill_maglev_table(std::span<const MaglevTurns> servers, std::size_t slots) {
  std::vector<std::uint16_t> table(slots, maglev_nobody);
  std::uint32_t weight_max = 0;
  for (const MaglevTurns& server : servers) weight_max = std::max<std::uint32_t>(weight_max, server.weight);
  if (weight_max == 0) return table;
  struct Turn {
    std::uint32_t next, skip, weight, credit;
    std::uint16_t server;
  };
  std::vector<Turn> turns;
  for (std::size_t i = 0; i < servers.size(); ++i)
    if (servers[i].weight != 0)
      turns.push_back({servers[i].offset, servers[i].skip, servers[i].weight, 0, std::uint16_t(i)});
  for (std::size_t filled = 0;;)
    for (Turn& turn : turns) {
      turn.credit += turn.weight;
      if (turn.credit < weight_max) continue;
      turn.credit -= weight_max;
      while (table[turn.next] != maglev_nobody) turn.next = std::uint32_t((turn.next + turn.skip) % slots);
      table[turn.next] = turn.server;
      if (++filled == slots) return table;
    }
}

std::vector<std::uint16_t> maglev_table(std::span<const MaglevServer> servers, std::size_t slots) {
  ensure(servers.size() < maglev_nobody && slots > 2);
  std::vector<std::uint16_t> by_name(servers.size());
  std::iota(by_name.begin(), by_name.end(), std::uint16_t{0});
  std::sort(by_name.begin(), by_name.end(),
            [&](std::uint16_t a, std::uint16_t b) { return servers[a].name < servers[b].name; });
  std::vector<MaglevTurns> turns;
  for (const std::uint16_t server : by_name)
    turns.push_back({std::uint32_t(offset_hash(servers[server].name) % slots),
                     std::uint32_t(skip_hash(servers[server].name) % (slots - 1) + 1), servers[server].weight});
  std::vector<std::uint16_t> table = fill_maglev_table(turns, slots);
  for (std::uint16_t& server : table)
    if (server != maglev_nobody) server = by_name[server];
  return table;
}

}  // namespace poise::datapath
