#pragma once
#include <chrono>
#include <cstdint>

namespace poise {

// Duration and Instant - time as every machine gets it: a parameter, never read from a clock inside.
// Instant counts nanoseconds since an arbitrary start (monotonic); only the shell (control/clock.cpp, the worker loop)
// makes one.
using Duration = std::chrono::nanoseconds;
struct Monotonic {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};
using Instant = Monotonic::time_point;

inline constexpr Instant never = Instant::max();

}  // namespace poise
