#pragma once
#include <algorithm>

#include "config/types/time.hpp"

namespace poise::l7::tcp {

// RoundTrip - the retransmission timeout of one connection (RFC 6298), from round trips that were measured: of
// segments sent once only (Karn), or by timestamps. Sans-io.
class RoundTrip {
 public:
  struct Limits {
    Duration initial = std::chrono::seconds(1), least = std::chrono::milliseconds(200), most = std::chrono::seconds(60);
    Duration granularity = std::chrono::milliseconds(1);
  };
  RoundTrip() : RoundTrip(Limits{}) {}
  explicit RoundTrip(const Limits& limits) : limits_(limits), base_(limits.initial) {}

  void sample(Duration round_trip) {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = std::max(round_trip, Duration(1));
      variation_ = round_trip / 2;
    } else {
      const Duration error = smoothed_ > round_trip ? smoothed_ - round_trip : round_trip - smoothed_;
      variation_ += (error - variation_) / 4;
      smoothed_ = std::max(smoothed_ + (round_trip - smoothed_) / 8, Duration(1));
    }
    least_ = std::min(least_, round_trip);
    base_ = smoothed_ + std::max(limits_.granularity, 4 * variation_);
    shift_ = 0;
  }
  // The timer has expired: twice as long, until something is measured again (5.5).
  void back_off() {
    if (timeout() < limits_.most) ++shift_;
  }
  // The timer of a SYN had expired, and the handshake is complete (5.7).
  void on_late_handshake() {
    if (smoothed_ == Duration::zero()) base_ = std::chrono::seconds(3);
    shift_ = 0;
  }
  Duration timeout() const {
    const Duration once = std::clamp(base_, limits_.least, limits_.most);
    return std::min(once * (std::int64_t{1} << shift_), limits_.most);
  }

  bool has_sample() const { return smoothed_ != Duration::zero(); }
  Duration smoothed() const { return smoothed_; }  // zero: nothing was measured yet
  Duration variation() const { return variation_; }
  Duration least() const { return least_; }  // of all samples; Duration::max() before the first
  unsigned backed_off() const { return shift_; }

 private:
  Limits limits_;
  Duration smoothed_{}, variation_{}, base_, least_ = Duration::max();
  unsigned shift_ = 0;
};

}  // namespace poise::l7::tcp
