#pragma once
#include <algorithm>
#include <cstdint>

#include "config/types/time.hpp"

namespace poise::l7::tcp {

// RoundTrip - the retransmission timeout of one connection (RFC 6298), from round trips that were measured: of
// segments sent once only (Karn), or by timestamps. Small, because every connection has one: microseconds. Sans-io.
class RoundTrip {
 public:
  static constexpr std::uint32_t initial_us = 1'000'000, least_timeout_us = 200'000, most_timeout_us = 60'000'000;
  static constexpr std::uint32_t granularity_us = 1'000, unknown = ~0u;

  void sample(Duration round_trip) {
    const auto us =
        std::uint32_t(std::clamp<std::int64_t>(round_trip / std::chrono::microseconds(1), 1, most_timeout_us));
    if (smoothed_us_ == 0) {
      smoothed_us_ = us;
      variation_us_ = us / 2;
    } else {
      const std::uint32_t error = smoothed_us_ > us ? smoothed_us_ - us : us - smoothed_us_;
      variation_us_ = std::uint32_t(std::int64_t(variation_us_) + (std::int64_t(error) - variation_us_) / 4);
      smoothed_us_ = std::uint32_t(
          std::max<std::int64_t>(std::int64_t(smoothed_us_) + (std::int64_t(us) - std::int64_t(smoothed_us_)) / 8, 1));
    }
    least_us_ = std::min(least_us_, us);
    shift_ = 0;
  }
  // The timer has expired: twice as long, until something is measured again (5.5).
  void back_off() {
    if (timeout_us() < most_timeout_us) ++shift_;
  }
  // Something new was acknowledged, though nothing could be measured: as before the timer expired.
  void on_progress() { shift_ = 0; }
  // The timer of a SYN had expired, and the handshake is complete (5.7).
  void on_late_handshake() {
    is_late_ = true;
    shift_ = 0;
  }
  std::uint32_t timeout_us() const {
    const std::uint32_t measured = smoothed_us_ + std::max(granularity_us, 4 * variation_us_);
    const std::uint32_t base = smoothed_us_ != 0 ? measured : is_late_ ? 3 * initial_us : initial_us;
    const std::uint64_t once = std::clamp(base, least_timeout_us, most_timeout_us);
    return std::uint32_t(std::min<std::uint64_t>(once << shift_, most_timeout_us));
  }
  Duration timeout() const { return std::chrono::microseconds(timeout_us()); }

  bool has_sample() const { return smoothed_us_ != 0; }
  std::uint32_t smoothed_us() const { return smoothed_us_; }
  std::uint32_t least_us() const { return least_us_; }                           // of all samples, or `unknown`
  Duration smoothed() const { return std::chrono::microseconds(smoothed_us_); }  // zero: nothing was measured yet
  Duration variation() const { return std::chrono::microseconds(variation_us_); }
  Duration least() const { return std::chrono::microseconds(least_us_); }
  unsigned backed_off() const { return shift_; }

 private:
  std::uint32_t smoothed_us_ = 0, variation_us_ = 0, least_us_ = unknown;
  std::uint8_t shift_ = 0;
  bool is_late_ = false;
};
static_assert(sizeof(RoundTrip) == 16);

}  // namespace poise::l7::tcp
