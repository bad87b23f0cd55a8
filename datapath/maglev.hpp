#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/types/limits.hpp"

namespace poise::datapath {

// Maglev hashing: a table of slots in which every server has its share by weight, and in which few slots change hands
// when a server comes or goes. Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer",
// NSDI 2016, section 3.4. Pure; control builds the tables, workers read them.

inline constexpr std::uint16_t maglev_nobody = 0xffff;

struct MaglevServer {
  std::string_view name;  // decides which slots it prefers; unique
  std::uint16_t weight = 1;
};

// The position in `servers` for each slot. The same whatever the order of `servers`; weight 0 gets no slot; nobody's
// when all are 0.
std::vector<std::uint16_t> maglev_table(std::span<const MaglevServer> servers,
                                        std::size_t slots = limits::maglev_slots);

// The slots that one server prefers, best first: offset, offset + skip, offset + 2 skip ... modulo the (prime) number
// of slots.
struct MaglevTurns {
  std::uint32_t offset = 0, skip = 1;
  std::uint16_t weight = 1;
};
// Fills the table: servers take turns, each takes the best slot that is still free; a turn every (largest weight /
// weight) rounds.
std::vector<std::uint16_t> fill_maglev_table(std::span<const MaglevTurns> servers, std::size_t slots);

}  // namespace poise::datapath
