#include "control/background.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace poise::control {
namespace {

using namespace std::chrono_literals;

TEST(Background, control_ticks_while_the_work_is_under_way) {
  std::promise<void> enough;
  int ticks = 0;
  Background background([&]() -> Duration {
    if (++ticks == 3) enough.set_value();
    return 1ms;
  });
  bool done = false, was_busy = false;
  background.run([&] {
    was_busy = background.is_busy() && background.is_here();
    enough.get_future().wait();  // for ever, if nobody ticked
    done = true;
  });
  EXPECT_TRUE(done && was_busy);
  EXPECT_FALSE(background.is_busy());
  EXPECT_FALSE(background.is_here());
}

TEST(Background, a_part_of_the_work_runs_on_controls_thread_and_the_work_waits_for_it) {
  Background background([]() -> Duration { return 1s; });
  const auto control = std::this_thread::get_id();
  std::thread::id part, after;
  int steps = 0;
  background.run([&] {
    for (int i = 0; i < 3; ++i) {
      background.on_control([&] {
        part = std::this_thread::get_id();
        ++steps;
      });
      EXPECT_EQ(steps, i + 1);
    }
    after = std::this_thread::get_id();
  });
  EXPECT_EQ(part, control);
  EXPECT_NE(after, control);
}

TEST(Background, what_the_work_throws_reaches_the_caller_and_the_next_work_runs) {
  Background background([]() -> Duration { return 1ms; });
  EXPECT_THROW(background.run([] { throw std::runtime_error("full"); }), std::runtime_error);
  bool done = false;
  background.run([&] { done = true; });
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace poise::control
