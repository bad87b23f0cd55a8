#include "l7/balance/turns.hpp"

namespace poise::l7::balance {

void Turns::set(std::span<const Candidate> candidates) {
  std::vector<Turn> before = std::move(heap_);
  std::sort(before.begin(), before.end(), [](const Turn& a, const Turn& b) { return a.id < b.id; });
  heap_.clear();
  heap_.reserve(candidates.size());
  passed_over_.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const std::uint64_t stride = stride_of_one / candidate.weight;
    // Servers of one weight begin evenly spread over the time that is between two of their turns, not all at once.
    const std::uint64_t part = stride / (candidates.size() + 1) * (heap_.size() + 1);
    Turn turn{now_ + part, stride, std::uint32_t(heap_.size()), candidate.id, candidate.server};
    const auto known = std::lower_bound(before.begin(), before.end(), candidate.id,
                                        [](const Turn& each, std::uint32_t id) { return each.id < id; });
    // A server whose weight grew is not to wait as long as it would have.
    if (known != before.end() && known->id == candidate.id) turn.due = std::min(known->due, now_ + stride);
    heap_.push_back(turn);
  }
  std::make_heap(heap_.begin(), heap_.end());
}

void Turns::rebase() {
  for (Turn& turn : heap_) turn.due -= std::min(turn.due, now_);
  now_ = 0;
  std::make_heap(heap_.begin(), heap_.end());
}

}  // namespace poise::l7::balance
