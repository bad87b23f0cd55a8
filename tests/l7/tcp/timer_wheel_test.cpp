#include "l7/tcp/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace poise::l7::tcp {
namespace {

// Deadlines by node, as a map; the clock begins shortly before it wraps.
struct Model {
  explicit Model(std::uint64_t seed) : random(seed) {}
  void schedule(std::uint32_t node, std::uint32_t ahead) {
    const std::uint64_t at = now + std::max(ahead, 1u);
    wheel.schedule(node, std::uint32_t(now + ahead));
    const auto found = deadlines.find(node);
    if (found == deadlines.end() || at < found->second) deadlines[node] = at;
  }
  void cancel(std::uint32_t node) {
    wheel.cancel(node);
    deadlines.erase(node);
  }
  void pass(std::uint64_t time) {
    now += time;
    std::array<std::uint32_t, 7> expired;
    do {
      const std::size_t count = wheel.advance(std::uint32_t(now), expired);
      for (const std::uint32_t node : std::span(expired).first(count)) {
        ASSERT_TRUE(deadlines.contains(node));
        ASSERT_LE(deadlines[node], now) << "too early";
        deadlines.erase(node);
      }
    } while (wheel.next() && std::int32_t(*wheel.next() - std::uint32_t(now)) <= 0);
    for (const auto& [node, at] : deadlines) ASSERT_GT(at, now) << "too late";
    ASSERT_EQ(wheel.size(), deadlines.size());
    for (const auto& [node, at] : deadlines)
      ASSERT_GE(std::int32_t(std::uint32_t(at) - *wheel.next()), 0) << "next() is after a deadline";
  }

  static constexpr std::uint32_t nodes = 50;
  std::mt19937_64 random;
  std::uint64_t now = 0xffff0000u;
  TimerWheel wheel{nodes, 0xffff0000u};
  std::map<std::uint32_t, std::uint64_t> deadlines;
};

TEST(TimerWheel, expires_every_node_at_its_earliest_deadline_also_when_the_clock_wraps) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Model model(seed);
    const std::array<std::uint32_t, 6> spans = {1, 10, 1100, 70'000, 3'000'000, 100'000'000};
    for (int step = 0; step < 3000; ++step) {
      const auto node = std::uint32_t(model.random() % Model::nodes);
      switch (model.random() % 5) {
        case 0:
          model.cancel(node);
          break;
        case 1:
          model.pass(model.random() % spans[model.random() % 5]);
          break;
        default:
          model.schedule(node, std::uint32_t(model.random() % spans[model.random() % spans.size()]));
      }
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    model.pass(200'000'000);
    EXPECT_TRUE(model.deadlines.empty());
    EXPECT_FALSE(model.wheel.next());
  }
}

TEST(TimerWheel, a_later_deadline_leaves_the_node_where_it_is) {
  TimerWheel wheel(1, 0);
  wheel.schedule(0, 100);
  wheel.schedule(0, 5000);
  EXPECT_EQ(wheel.next(), 100u);
  std::array<std::uint32_t, 4> expired;
  EXPECT_EQ(wheel.advance(99, expired), 0u);
  EXPECT_EQ(wheel.advance(100, expired), 1u);
  EXPECT_FALSE(wheel.is_scheduled(0));
}

}  // namespace
}  // namespace poise::l7::tcp
