#pragma once
#include <algorithm>
#include <cstdint>

#include "config/types/time.hpp"

namespace poise::datapath {

// TokenBucket - lets `per_second` events through, in bursts of at most one second's worth. Time is a parameter.
class TokenBucket {
 public:
  bool take(Instant now, std::uint32_t per_second) {
    const auto elapsed = std::min<Duration>(now - last_, std::chrono::seconds(1));
    last_ = now;
    credit_ = std::min<std::uint64_t>(credit_ + std::uint64_t(elapsed.count()) * per_second, per_second * one);
    if (credit_ < one) return false;
    credit_ -= one;
    return true;
  }

 private:
  static constexpr std::uint64_t one = 1'000'000'000;  // a token in credit units: nanoseconds times tokens per second
  Instant last_ = Instant(Duration(-1'000'000'000));   // starts full
  std::uint64_t credit_ = 0;
};

}  // namespace poise::datapath
