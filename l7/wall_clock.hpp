#pragma once
#include <atomic>
#include <cstdint>

#include "config/types/time.hpp"

namespace poise::l7 {

// WallClock - the time since 1970, for what is written down with a date. Control says what is to be added to an
// Instant; any thread reads.
class WallClock {
 public:
  void set(Duration offset) { offset_ns_.store(offset.count(), std::memory_order_relaxed); }
  Duration since_1970(Instant now) const {
    return now.time_since_epoch() + Duration(offset_ns_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::int64_t> offset_ns_{0};
};

}  // namespace poise::l7
