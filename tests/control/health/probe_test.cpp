#include "control/health/probe.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

TEST(Probe, has_failed_when_its_time_is_over_and_not_before) {
  ProbeBench bench({.interval_ms = 5000, .timeout_ms = 300});
  EXPECT_EQ(bench.connects, 1);
  EXPECT_EQ(bench.probe->deadline(), bench.now + 300ms);
  bench.pass(299ms);
  EXPECT_EQ(bench.verdict(), "");
  bench.pass(1ms);
  EXPECT_EQ(bench.verdict(), "failed: no answer in 300 ms");
  EXPECT_EQ(bench.closes, 1);
  EXPECT_EQ(bench.probe->deadline(), never);
}

TEST(Probe, without_a_timeout_the_interval_is_its_time) {
  ProbeBench bench({.interval_ms = 700});
  bench.pass(700ms);
  EXPECT_EQ(bench.verdict(), "failed: no answer in 700 ms");
}

TEST(Probe, keeps_its_first_verdict) {
  ProbeBench bench(config::Check{});
  bench.failed("refused");
  bench.connected();
  bench.pass(10s);
  EXPECT_EQ(bench.verdict(), "failed: refused");
}

}  // namespace
}  // namespace poise::control::health
