#include "l7/balance/load.hpp"

#include <algorithm>

#include "l7/balance/mix.hpp"

namespace poise::l7::balance {
namespace {

// Whether a server of weight `a_weight` with `a` sessions has less to do than one of `b_weight` with `b`.
// As HAProxy counts: with the session that is to come, but for a server that has nothing to do.
bool is_less(std::uint64_t a, std::uint64_t a_weight, std::uint64_t b, std::uint64_t b_weight) {
  const auto with_one_more = [](std::uint64_t load) { return load == 0 ? 0 : load + 1; };
  return with_one_more(a) * b_weight < with_one_more(b) * a_weight;
}

}  // namespace

void LeastConnections::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
  if (next_ >= candidates_.size()) next_ = 0;
}

std::optional<std::uint32_t> LeastConnections::pick(const Query& query, const Loads& loads) {
  const Candidate *best = nullptr, *avoided = nullptr;
  std::uint32_t best_load = 0;
  std::size_t best_at = 0;
  for (std::size_t looked = 0; looked < candidates_.size(); ++looked) {
    const std::size_t at = (next_ + looked) % candidates_.size();
    const Candidate& candidate = candidates_[at];
    if (!loads.has_room(candidate.server)) continue;
    if (candidate.server == query.avoided) {
      avoided = &candidate;
      continue;
    }
    const std::uint32_t load = loads.current(candidate.server);
    if (best != nullptr && !is_less(load, candidate.weight, best_load, best->weight)) continue;
    best = &candidate;
    best_load = load;
    best_at = at;
  }
  if (best == nullptr) return avoided == nullptr ? std::nullopt : std::optional(avoided->server);
  next_ = (best_at + 1) % candidates_.size();
  return best->server;
}

void First::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
}

std::optional<std::uint32_t> First::pick(const Query& query, const Loads& loads) {
  std::optional<std::uint32_t> second_best;
  for (const Candidate& candidate : candidates_) {
    if (!loads.has_room(candidate.server)) continue;
    if (candidate.server != query.avoided) return candidate.server;
    second_best = candidate.server;
  }
  return second_best;
}

void RandomDraws::set_servers(std::span<const Candidate> candidates) {
  candidates_.assign(candidates.begin(), candidates.end());
  sums_.clear();
  for (const Candidate& candidate : candidates) sums_.push_back((sums_.empty() ? 0 : sums_.back()) + candidate.weight);
}

const Candidate& RandomDraws::drawn(std::uint64_t random) const {
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), random % sums_.back());
  return candidates_[std::size_t(at - sums_.begin())];
}

std::optional<std::uint32_t> RandomDraws::pick(const Query& query, const Loads& loads) {
  if (candidates_.empty()) return std::nullopt;
  const Candidate* best = nullptr;
  std::uint64_t random = query.random;
  for (unsigned draw = 0; draw < draws_; ++draw) {
    random = mix(random + draw);
    const Candidate& candidate = drawn(random);
    if (candidate.server == query.avoided || !loads.has_room(candidate.server)) continue;
    const bool is_better = best == nullptr || is_less(loads.current(candidate.server), candidate.weight,
                                                      loads.current(best->server), best->weight);
    if (is_better) best = &candidate;
  }
  if (best != nullptr) return best->server;
  std::optional<std::uint32_t> second_best;
  for (std::size_t looked = 0; looked < candidates_.size(); ++looked) {
    const std::uint32_t server = candidates_[(random + looked) % candidates_.size()].server;
    if (!loads.has_room(server)) continue;
    if (server != query.avoided) return server;
    second_best = server;
  }
  return second_best;
}

}  // namespace poise::l7::balance
