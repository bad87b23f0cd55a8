#include "l7/balance/hashing.hpp"

#include <algorithm>

#include "datapath/maglev.hpp"
#include "l7/balance/mix.hpp"
#include "l7/balance/share_map.hpp"

namespace poise::l7::balance {
namespace {

constexpr std::uint64_t points_per_weight = 4, points_max = 1u << 18;

}  // namespace

void HashMap::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
  map_ = share_map(candidates);
}

std::optional<std::uint32_t> HashMap::pick(const Query& query, const Loads&) {
  if (map_.empty()) return std::nullopt;
  const std::size_t first = query.hash.value_or(turn_) % map_.size();
  for (std::size_t looked = 0; looked < map_.size(); ++looked) {
    const std::uint32_t server = candidates_[map_[(first + looked) % map_.size()]].server;
    if (server == query.avoided) continue;
    if (!query.hash) turn_ = first + looked + 1;
    return server;
  }
  return candidates_[map_[first]].server;
}

void HashSlots::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
  weights_ = 0;
  for (const Candidate& candidate : candidates_) weights_ += candidate.weight;
  turns_.set(candidates);
  build();
}

bool HashSlots::is_below_bound(const Candidate& candidate, std::uint64_t total, const Loads& loads) const {
  const std::uint64_t with_this_one = total + 1;
  const std::uint64_t parts = with_this_one * candidate.weight * balance_factor_, whole = weights_ * 100;
  return loads.current(candidate.server) < (parts + whole - 1) / whole;
}

std::optional<std::uint32_t> HashSlots::pick(const Query& query, const Loads& loads) {
  if (candidates_.empty()) return std::nullopt;
  if (!query.hash) return pick_next(query);
  const std::size_t first = slot_of(mix(*query.hash));
  std::uint64_t total = 0;
  if (balance_factor_ != 0)
    for (const Candidate& candidate : candidates_) total += loads.current(candidate.server);
  std::optional<std::uint32_t> second_best;
  for (std::size_t looked = 0; looked < slots(); ++looked) {
    const Candidate& candidate = candidates_[place_at((first + looked) % slots())];
    if (candidate.server == query.avoided) continue;
    if (!second_best) second_best = candidate.server;
    if (balance_factor_ == 0 || is_below_bound(candidate, total, loads)) return candidate.server;
  }
  return second_best ? *second_best : candidates_[place_at(first)].server;
}

// The turns are even, and need no bound.
std::optional<std::uint32_t> HashSlots::pick_next(const Query& query) {
  if (const auto found = turns_.next([&](std::uint32_t server) { return server != query.avoided; })) return found;
  return turns_.next([](std::uint32_t) { return true; });
}

// How many points a weight is worth does not depend on the other servers, or keys of all would move; but for as many
// that the ring would not fit.
void HashRing::build() {
  std::uint64_t wanted = 0, divisor = 1;
  for (const Candidate& candidate : candidates_) wanted += candidate.weight * points_per_weight;
  while (wanted / divisor > points_max) divisor *= 2;
  points_.clear();
  for (std::uint32_t place = 0; place < candidates_.size(); ++place) {
    const Candidate& candidate = candidates_[place];
    const std::uint64_t points = std::max(candidate.weight * points_per_weight / divisor, std::uint64_t(1));
    const std::uint64_t seed = mix(candidate.name_hash);
    for (std::uint64_t point = 0; point < points; ++point) points_.push_back({mix(seed + point), place});
  }
  std::sort(points_.begin(), points_.end(), [&](const Point& a, const Point& b) {
    return a.at != b.at ? a.at < b.at : candidates_[a.place].name_hash < candidates_[b.place].name_hash;
  });
}

std::size_t HashRing::slot_of(std::uint64_t hash) const {
  const auto found = std::lower_bound(points_.begin(), points_.end(), hash,
                                      [](const Point& point, std::uint64_t at) { return point.at < at; });
  return found == points_.end() ? 0 : std::size_t(found - points_.begin());
}

void MaglevHash::build() {
  std::vector<std::uint32_t> order(candidates_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return candidates_[a].name_hash < candidates_[b].name_hash; });
  std::vector<datapath::MaglevTurns> turns;
  constexpr std::uint64_t size = limits::maglev_slots;
  for (const std::uint32_t place : order) {
    const std::uint64_t hash = mix(candidates_[place].name_hash);
    turns.push_back({std::uint32_t(hash % size), std::uint32_t(mix(hash) % (size - 1) + 1),
                     std::uint16_t(std::min<std::uint32_t>(candidates_[place].weight, 0xffff))});
  }
  table_ = turns.empty() ? std::vector<std::uint16_t>() : datapath::fill_maglev_table(turns, size);
  for (std::uint16_t& place : table_) place = std::uint16_t(order[place]);
}

}  // namespace poise::l7::balance
