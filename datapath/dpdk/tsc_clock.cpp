#include "datapath/dpdk/tsc_clock.hpp"

#include <x86intrin.h>

#include <chrono>
#include <optional>

namespace poise::datapath::dpdk {
namespace {

__extension__ using Wide = unsigned __int128;

struct Sample {
  std::uint64_t cycles = 0;
  std::int64_t ns = 0;
};

// The two clocks at one moment: of a few tries the one with the least time between its two readings.
Sample sample() {
  Sample best;
  std::uint64_t narrowest = ~0ull;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t before = __rdtsc();
    const std::int64_t ns = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::uint64_t width = __rdtsc() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best = {before + width / 2, ns};
  }
  return best;
}

std::optional<Sample> begun;
Sample origin;
std::uint64_t scale = 0;  // nanoseconds per cycle times 2^32: a multiplication and a shift, no division

}  // namespace

void calibrate_clock() {
  const Sample now = sample();
  if (!begun) {
    begun = now;
    return;
  }
  scale = std::uint64_t(double(now.ns - begun->ns) / double(now.cycles - begun->cycles) * 4294967296.0);
  origin = now;
}

Instant tsc_now() {
  const std::uint64_t cycles = __rdtsc() - origin.cycles;
  return Instant(Duration(origin.ns + std::int64_t(Wide(cycles) * scale >> 32)));
}

}  // namespace poise::datapath::dpdk
