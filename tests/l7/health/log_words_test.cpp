#include "l7/health/log_words.hpp"

#include <gtest/gtest.h>

namespace poise::l7::health {
namespace {

using namespace std::chrono_literals;
using State = ServerHealth::State;
using Level = LogLine::Level;

const State up, down{.operation = Operation::stopped}, drain{.admin = Admin::drain},
    maint{.operation = Operation::stopped, .admin = Admin::maint}, stopping{.operation = Operation::stopping};

ServerWords words(const Result* result = nullptr) {
  return {.backend = "servers", .server = "s1", .active_left = 2, .sessions = 3, .requeued = 1, .result = result};
}

TEST(HealthLog, says_what_haproxy_says) {
  const Result refused{.status = Status::l4_connection, .description = "Connection refused"},
      passed{.status = Status::l4_ok};
  const Result wrong{.status = Status::l7_status, .code = 503, .description = "Service \"Un\"\n", .took = 12ms};
  struct Row {
    State before, after;
    const Result* result;
    Level level;
    const char* text;
  };
  for (const Row& row : {
           Row{up, down, &refused, Level::alert,
               "Server servers/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check "
               "duration: 0ms. "
               "2 active and 0 backup servers left. 3 sessions active, 1 requeued, 0 remaining in queue."},
           Row{up, down, &wrong, Level::alert,
               "Server servers/s1 is DOWN, reason: Layer7 wrong status, code: 503, info: \"Service #22Un#22#0A\", "
               "check duration: 12ms. "
               "2 active and 0 backup servers left. 3 sessions active, 1 requeued, 0 remaining in queue."},
           Row{down, up, &passed, Level::notice,
               "Server servers/s1 is UP, reason: Layer4 check passed, check duration: 0ms. "
               "2 active and 0 backup servers online. 1 sessions requeued, 0 total in queue."},
           Row{up, maint, nullptr, Level::alert,
               "Server servers/s1 is going DOWN for maintenance. 2 active and 0 backup servers left. "
               "3 sessions active, 1 requeued, 0 remaining in queue."},
           Row{down, maint, nullptr, Level::notice, "Server servers/s1 was DOWN and now enters maintenance."},
           Row{maint, up, nullptr, Level::notice, "Server servers/s1 is UP/READY (leaving forced maintenance)."},
           Row{maint, drain, nullptr, Level::notice, "Server servers/s1 is UP/DRAIN (leaving forced maintenance)."},
           Row{drain, up, nullptr, Level::notice, "Server servers/s1 is UP (leaving forced drain)."},
           Row{up, drain, nullptr, Level::notice,
               "Server servers/s1 enters drain state. 2 active and 0 backup servers left. "
               "3 sessions active, 1 requeued, 0 remaining in queue."},
           Row{up, up, &passed, Level::notice, ""},
       }) {
    const LogLine line = words_of({row.before, row.after}, words(row.result));
    EXPECT_EQ(line.text, row.text);
    EXPECT_EQ(line.level, row.level) << row.text;
  }
}

TEST(HealthLog, a_server_that_was_paused_goes_down_without_alarm) {
  State drained_down = down;
  drained_down.admin = Admin::drain;
  EXPECT_EQ(words_of({drain, drained_down}, words()).level, Level::notice);
  EXPECT_EQ(words_of({stopping, down}, words()).level, Level::notice);
}

TEST(HealthLog, says_when_backups_take_over_and_nobody_is_left) {
  ServerWords last = words();
  last.active_left = 0;
  last.backups_left = 1;
  last.is_backup = true;
  last.tracked = "other/t";
  EXPECT_EQ(words_of({up, down}, last).text,
            "Backup Server servers/s1 is DOWN via other/t. 0 active and 1 backup servers left. Running on backup. "
            "3 sessions active, 1 requeued, 0 remaining in queue.");
  EXPECT_EQ(no_server_words("b").text, "backend b has no server available!");
  EXPECT_EQ(no_server_words("b").level, Level::emerg);
}

TEST(HealthLog, a_single_result_is_told_with_the_counter) {
  Check check({}, Check::Start::fully_up, Instant{});
  const Result failed{.status = Status::l7_timeout, .took = 2s};
  check.on_result(Instant{}, failed);
  EXPECT_EQ(
      check_words(failed, check, words(), false).text,
      "Health check for server servers/s1 failed, reason: Layer7 timeout, check duration: 2000ms, status: 2/3 UP.");
  const Result passed{.status = Status::l7_ok, .code = 200, .description = "OK"};
  check.set(false);
  check.on_result(Instant{}, passed);
  EXPECT_EQ(check_words(passed, check, words(), true).text,
            "Agent check for server servers/s1 succeeded, reason: Layer7 check passed, code: 200, info: \"OK\", "
            "check duration: 0ms, status: 1/2 DOWN.");
}

}  // namespace
}  // namespace poise::l7::health
