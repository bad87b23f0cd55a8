#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "l7/balance/balancer.hpp"

namespace poise::l7::balance {

// Turns - weighted turns, spread as evenly as can be: whoever is due first is next, and due again after a time that is
// the shorter the larger its weight. Equal weights take turns in order. O(log n). Source: stride scheduling,
// Waldspurger and Weihl 1995.
class Turns {
 public:
  // Those that stay keep when they are due.
  void set(std::span<const Candidate> candidates);
  // The next that `may_take`; what is passed over has no claim to be made up for.
  template <class MayTake>
  std::optional<std::uint32_t> next(MayTake&& may_take);

 private:
  struct Turn {
    std::uint64_t due, stride;
    std::uint32_t order, id, server;
    bool operator<(const Turn& other) const {  // a heap has its largest in front
      return due != other.due ? due > other.due : order > other.order;
    }
  };
  static constexpr std::uint64_t stride_of_one = std::uint64_t(1) << 40;
  void rebase();
  std::vector<Turn> heap_, passed_over_;
  std::uint64_t now_ = 0;
};

}  // namespace poise::l7::balance

#include <algorithm>

namespace poise::l7::balance {

template <class MayTake>
std::optional<std::uint32_t> Turns::next(MayTake&& may_take) {
  std::optional<std::uint32_t> found;
  while (!heap_.empty() && !found) {
    std::pop_heap(heap_.begin(), heap_.end());
    Turn& turn = heap_.back();
    if (!may_take(turn.server)) {
      passed_over_.push_back(turn);
      heap_.pop_back();
      continue;
    }
    found = turn.server;
    now_ = std::max(now_, turn.due);
    turn.due = now_ + turn.stride;
    std::push_heap(heap_.begin(), heap_.end());
  }
  for (Turn& turn : passed_over_) {
    if (found) turn.due = std::max(turn.due, now_);
    heap_.push_back(turn);
    std::push_heap(heap_.begin(), heap_.end());
  }
  passed_over_.clear();
  if (now_ >= std::uint64_t(1) << 62) rebase();
  return found;
}

}  // namespace poise::l7::balance
