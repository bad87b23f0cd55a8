#include "l7/balance/share_map.hpp"

#include <numeric>

#include "l7/balance/turns.hpp"

namespace poise::l7::balance {

std::vector<std::uint32_t> share_map(std::span<const Candidate> candidates) {
  std::uint64_t divisor = 0, total = 0;
  for (const Candidate& candidate : candidates) {
    divisor = std::gcd(divisor, std::uint64_t(candidate.weight));
    total += candidate.weight;
  }
  std::vector<Candidate> reduced(candidates.begin(), candidates.end());
  if (divisor != 0 && total / divisor > share_map_max) divisor = total / share_map_max + 1;
  std::size_t size = 0;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    reduced[i].weight = std::uint32_t(std::max(reduced[i].weight / divisor, std::uint64_t(1)));
    reduced[i].server = std::uint32_t(i);
    size += reduced[i].weight;
  }
  Turns turns;
  turns.set(reduced);
  std::vector<std::uint32_t> map;
  map.reserve(size);
  while (map.size() < size) map.push_back(*turns.next([](std::uint32_t) { return true; }));
  return map;
}

}  // namespace poise::l7::balance
