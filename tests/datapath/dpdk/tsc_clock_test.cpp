#include "datapath/dpdk/tsc_clock.hpp"

#include <chrono>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

using TscClock = DpdkTest;

TEST_F(TscClock, agrees_with_the_monotonic_clock) {
  std::int64_t least = INT64_MAX;  // of several tries: another process may run between the two readings
  for (int i = 0; i < 100; ++i) {
    const std::int64_t monotonic = std::chrono::steady_clock::now().time_since_epoch().count();
    least = std::min(least, std::abs(tsc_now().time_since_epoch().count() - monotonic));
  }
  EXPECT_LT(least, 1'000'000);
}

TEST_F(TscClock, never_goes_back) {
  Instant last = tsc_now();
  for (int i = 0; i < 100'000; ++i) {
    const Instant now = tsc_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace poise::datapath::dpdk
