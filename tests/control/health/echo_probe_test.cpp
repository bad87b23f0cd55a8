#include "control/health/echo_probe.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

TEST(EchoProbe, passes_when_its_data_comes_back) {
  ProbeBench bench({.kind = config::CheckKind::icmp});
  const std::string data = bench.take_sent();
  EXPECT_EQ(data.size(), 32u);
  bench.bytes(data);
  EXPECT_EQ(bench.verdict(), "passed");
}

TEST(EchoProbe, fails_by_other_data_by_an_error_and_by_silence) {
  const config::Check ping{.kind = config::CheckKind::icmp};
  ProbeBench other(ping), unreachable(ping), silent(ping);
  other.bytes("something else");
  EXPECT_EQ(other.verdict(), "failed: the echo has other data than the request");
  unreachable.failed("the server cannot be reached");
  EXPECT_EQ(unreachable.verdict(), "failed: the server cannot be reached");
  silent.pass(1s);
  EXPECT_EQ(silent.verdict(), "failed: no answer in 1000 ms");
}

}  // namespace
}  // namespace poise::control::health
