#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "l7/balance/balancer.hpp"

namespace poise::l7::balance {

inline constexpr std::size_t share_map_max = 65536;

// A list in which every candidate, by its place among them, stands as often as its weight says, evenly spread. Weights
// are reduced to the smallest that are as they are to each other, and rounded where that still is too many.
std::vector<std::uint32_t> share_map(std::span<const Candidate> candidates);

}  // namespace poise::l7::balance
