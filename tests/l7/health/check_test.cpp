#include "l7/health/check.hpp"

#include <gtest/gtest.h>

namespace poise::l7::health {
namespace {

using namespace std::chrono_literals;

constexpr Check::Settings usual{.inter = 2s, .fast_inter = 1s, .down_inter = 5s, .rise = 2, .fall = 3};
const Instant start(100s);

Check check_of(Check::Start begin = Check::Start::up, const Check::Settings& settings = usual) {
  return Check(settings, begin, start);
}

// What "+" (passed) and "-" (failed) make of the counter, result by result.
std::string played(Check& check, std::string_view results) {
  std::string counters;
  Instant now = start;
  for (const char result : results) {
    check.on_started();
    check.on_result(now += 1s, {.status = result == '+' ? Status::l4_ok : Status::l4_connection});
    counters += char('0' + check.health());
  }
  return counters;
}

TEST(HealthCheck, the_counter_moves_as_haproxy_s) {
  struct Row {
    Check::Start begin;
    const char *results, *counters;
    bool is_up;
  };
  using enum Check::Start;
  for (const Row& row : {Row{up, "-", "0", false}, Row{up, "+", "4", true}, Row{up, "+--", "432", true},
                         Row{up, "+---", "4320", false}, Row{up, "+--+", "4324", true}, Row{up, "+--+-", "43243", true},
                         Row{fully_up, "---", "320", false}, Row{down, "+", "4", true}, Row{down, "-", "0", false},
                         Row{fully_down, "+", "1", false}, Row{fully_down, "++", "14", true},
                         Row{fully_down, "+-+", "101", false}, Row{fully_down, "+-++", "1014", true}}) {
    Check check = check_of(row.begin);
    EXPECT_EQ(played(check, row.results), row.counters) << row.results;
    EXPECT_EQ(check.is_up(), row.is_up) << row.results;
  }
}

TEST(HealthCheck, the_next_one_is_due_after_the_interval_of_its_state) {
  Check check = check_of();
  EXPECT_EQ(check.deadline(), start);
  check.on_started();
  EXPECT_EQ(check.deadline(), never);
  check.on_result(start + 100ms, {.status = Status::l4_ok});
  EXPECT_EQ(check.deadline(), start + 2100ms);
  check.on_result(start + 3s, {.status = Status::l4_timeout});
  EXPECT_EQ(check.deadline(), start + 4s) << "on its way down";
  check.on_result(start + 4s, {.status = Status::l4_timeout});
  check.on_result(start + 5s, {.status = Status::l4_timeout});
  EXPECT_EQ(check.deadline(), start + 10s) << "down";
  check.on_result(start + 10s, {.status = Status::l4_ok});
  EXPECT_EQ(check.deadline(), start + 11s) << "on its way up";
}

TEST(HealthCheck, a_result_that_says_nothing_moves_nothing) {
  Check check = check_of();
  check.on_started();
  EXPECT_FALSE(check.on_result(start, {.status = Status::no_change}));
  check.on_no_result(start + 1s);
  EXPECT_EQ(check.health(), 2u);
  EXPECT_EQ(check.deadline(), start + 2s);
}

TEST(HealthCheck, errors_of_sessions_count_as_on_error_says) {
  Check check = check_of(Check::Start::fully_up);
  check.hurry(start + 1s);
  EXPECT_EQ(check.deadline(), start) << "it was due before";
  check.on_result(start, {.status = Status::l4_ok});
  check.hurry(start);
  EXPECT_EQ(check.deadline(), start + 1s);
  check.fail_once();
  EXPECT_EQ(check.health(), 3u);
  check.set(true);
  check.make_fragile();
  check.fail_once();
  EXPECT_TRUE(check.is_up());
  check.fail_once();
  EXPECT_FALSE(check.is_up());
}

TEST(HealthCheck, says_how_far_within_its_state_it_is) {
  Check check = check_of(Check::Start::fully_up);
  EXPECT_EQ(check.steps_done(), 3u);
  check.fail_once();
  EXPECT_EQ(check.steps_done(), 2u);
  EXPECT_EQ(check.steps(), 3u);
  check.set(false);
  check.on_result(start, {.status = Status::l4_ok});
  EXPECT_EQ(check.steps_done(), 1u);
  EXPECT_EQ(check.steps(), 2u);
}

TEST(HealthCheck, pauses_and_begins_again_at_once_as_up_but_unproven) {
  Check check = check_of(Check::Start::fully_down);
  check.pause();
  EXPECT_EQ(check.deadline(), never);
  check.resume(start + 9s);
  EXPECT_EQ(check.deadline(), start + 9s);
  EXPECT_EQ(check.health(), 2u);
}

TEST(HealthCheck, keeps_its_place_when_the_settings_change) {
  Check up = check_of(Check::Start::fully_up), down = check_of(Check::Start::fully_down), one = check_of();
  Check::Settings other = usual;
  other.rise = 5;
  other.fall = 1;
  up.continue_with(other);
  EXPECT_TRUE(up.is_full());
  down.continue_with(other);
  EXPECT_EQ(down.health(), 0u);
  one.continue_with(other);
  EXPECT_TRUE(one.is_up());
}

}  // namespace
}  // namespace poise::l7::health
