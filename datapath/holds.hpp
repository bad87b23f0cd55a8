#pragma once
#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"
#include "config/types/time.hpp"

namespace poise::datapath {

// Hold - until when this node may answer for the addresses of one virtual router (ARP, ND), and until when it takes
// their traffic. Control extends both while it runs and is entitled to the addresses; a worker looks at the clock. When
// control hangs, the addresses fall silent by themselves: the datapath is the fence.
struct alignas(64) Hold {
  std::atomic<std::int64_t> answers_until{std::numeric_limits<std::int64_t>::min()};  // Instant, in nanoseconds
  std::atomic<std::int64_t> accepts_until{std::numeric_limits<std::int64_t>::min()};

  void set(Instant answer, Instant accept) {
    answers_until.store(answer.time_since_epoch().count(), std::memory_order_relaxed);
    accepts_until.store(accept.time_since_epoch().count(), std::memory_order_relaxed);
  }
  bool answers(Instant now) const {
    return now.time_since_epoch().count() < answers_until.load(std::memory_order_relaxed);
  }
  bool accepts(Instant now) const {
    return now.time_since_epoch().count() < accepts_until.load(std::memory_order_relaxed);
  }
};

// Holds - one row per HoldIndex, at a fixed place for the life of the daemon. Control writes, workers read.
class Holds {
 public:
  static constexpr HoldIndex none{0xffff};
  Holds() : rows_(limits::virtual_routers) {}
  Hold& operator[](HoldIndex index) { return rows_[index.value]; }
  const Hold& operator[](HoldIndex index) const { return rows_[index.value]; }
  // Addresses without a hold are always ours.
  bool answers(HoldIndex index, Instant now) const { return index == none || rows_[index.value].answers(now); }
  bool accepts(HoldIndex index, Instant now) const { return index == none || rows_[index.value].accepts(now); }

 private:
  std::vector<Hold> rows_;
};

}  // namespace poise::datapath
