#include "control/health/checker.hpp"

#include <gtest/gtest.h>

namespace poise::control::health {
namespace {

using namespace std::chrono_literals;

// A checker, probes that take a while, and when they began.
struct Bench {
  explicit Bench(const config::Check& check, bool is_up = false) : checker(check, now, is_up) {}
  // The next probe: begins, takes so long, says so. Returns when it began, in ms.
  std::int64_t probe(bool passed, Duration takes = 0ms) {
    now = std::max(now, checker.deadline());
    const std::int64_t began = (now - start) / 1ms;
    checker.on_started();
    EXPECT_EQ(checker.deadline(), never);
    now += takes;
    turned = checker.on_verdict(now, {passed, "", {}});
    return began;
  }
  // States after each of the verdicts: "+" passed, "-" failed; u up, d down.
  std::string states(std::string_view verdicts) {
    std::string text;
    for (const char c : verdicts) {
      probe(c == '+');
      text += checker.is_up() ? 'u' : 'd';
    }
    return text;
  }

  const Instant start{1000s};
  Instant now = start;
  Checker checker;
  bool turned = false;
};

TEST(Checker, is_down_until_the_first_probe_passes_and_then_counts) {
  EXPECT_EQ(Bench({.rise = 2, .fall = 3}).states("+"), "u");
  EXPECT_EQ(Bench({.rise = 2, .fall = 3}).states("+--+---"), "uuuuuud");
  EXPECT_EQ(Bench({.rise = 2, .fall = 3}).states("-+-++"), "ddddu");
  EXPECT_EQ(Bench({.rise = 1, .fall = 1}).states("-+-"), "dud");
}

TEST(Checker, one_that_begins_up_goes_down_only_by_as_many_failures_as_any) {
  EXPECT_EQ(Bench({.rise = 2, .fall = 2}, true).states("-+--"), "uuud");
}

TEST(Checker, says_when_it_turns) {
  Bench bench({.rise = 1, .fall = 1});
  bench.probe(true);
  EXPECT_TRUE(bench.turned);
  bench.probe(true);
  EXPECT_FALSE(bench.turned);
  bench.probe(false);
  EXPECT_TRUE(bench.turned);
}

TEST(Checker, probes_begin_on_whole_intervals_however_long_they_take) {
  Bench bench({.interval_ms = 100});
  EXPECT_EQ(bench.probe(true, 30ms), 0);
  EXPECT_EQ(bench.probe(true, 99ms), 100);
  EXPECT_EQ(bench.probe(true, 1ms), 200);
  EXPECT_EQ(bench.probe(true, 250ms), 300);
  EXPECT_EQ(bench.probe(true), 600);  // 400 and 500 were missed
  EXPECT_EQ(bench.probe(true), 700);
}

TEST(Checker, has_an_interval_for_each_state) {
  Bench bench({.interval_ms = 1000, .fast_interval_ms = 100, .down_interval_ms = 5000, .rise = 2, .fall = 2});
  EXPECT_EQ(bench.probe(true), 0);
  EXPECT_EQ(bench.probe(false), 1000);
  EXPECT_EQ(bench.probe(false), 1100);  // between up and down: fast
  EXPECT_EQ(bench.probe(false), 6100);  // down
  EXPECT_EQ(bench.probe(true), 11100);
  EXPECT_EQ(bench.probe(true), 11200);
  EXPECT_TRUE(bench.checker.is_up());
  EXPECT_EQ(bench.checker.deadline(), bench.start + 12200ms);
}

TEST(Checker, a_failed_probe_of_what_is_up_is_repeated_before_it_counts) {
  Bench bench({.interval_ms = 1000, .rise = 1, .fall = 1, .retries = 2, .retry_delay_ms = 50}, true);
  EXPECT_EQ(bench.probe(false, 10ms), 0);
  EXPECT_EQ(bench.probe(false, 10ms), 60);
  EXPECT_TRUE(bench.checker.is_up());
  EXPECT_EQ(bench.probe(true), 120);
  EXPECT_EQ(bench.probe(false), 1000);
  EXPECT_EQ(bench.probe(false), 1050);
  EXPECT_TRUE(bench.checker.is_up());
  EXPECT_EQ(bench.probe(false), 1100);
  EXPECT_FALSE(bench.checker.is_up());
  EXPECT_EQ(bench.probe(false), 2000);  // what is down is not retried
  EXPECT_EQ(bench.probe(false), 3000);
}

TEST(Checker, a_probe_that_could_not_be_made_says_nothing) {
  Bench bench({.fall = 1}, true);
  bench.checker.on_started();
  bench.checker.on_no_verdict(bench.now);
  EXPECT_TRUE(bench.checker.is_up());
  EXPECT_FALSE(bench.checker.is_proven());
  EXPECT_EQ(bench.checker.deadline(), bench.start + 1000ms);
}

}  // namespace
}  // namespace poise::control::health
