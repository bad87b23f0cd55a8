#include "l7/stick/rate.hpp"

#include <gtest/gtest.h>

#include <array>

namespace poise::l7::stick {
namespace {

class RateTest : public testing::Test {
 protected:
  std::array<std::atomic<std::uint64_t>, 2> words{};
  Rate rate{words.data(), 1000};
};

TEST_F(RateTest, the_last_period_counts_by_what_is_left_of_it) {
  EXPECT_EQ(rate.read(0), 0u);
  for (int i = 0; i < 10; ++i) rate.add(10, 100);
  struct Row {
    std::uint64_t age_ms, rate;
  };
  for (const auto& [age_ms, want] :
       {Row{100, 100}, Row{999, 100}, Row{1000, 100}, Row{1250, 75}, Row{1999, 0}, Row{2000, 0}})
    EXPECT_EQ(rate.read(age_ms), want) << age_ms;
  rate.add(4, 1500);
  EXPECT_EQ(rate.read(1500), 54u);
  EXPECT_EQ(rate.read(2500), 2u);
  EXPECT_EQ(rate.read(3000), 0u);
}

TEST_F(RateTest, one_event_does_not_flap) {
  rate.add(1, 900);
  EXPECT_EQ(rate.read(1999), 1u);
  EXPECT_EQ(rate.read(2000), 0u);
}

TEST_F(RateTest, what_was_long_ago_is_forgotten) {
  rate.add(7, 0);
  rate.add(7, 2000);  // the same word
  EXPECT_EQ(rate.read(2000), 7u);
  EXPECT_EQ(rate.read(1'000'000), 0u);
  rate.add(1, 1'000'000);
  EXPECT_EQ(rate.read(1'000'000), 1u);
}

TEST_F(RateTest, more_than_it_can_hold_is_not_counted) {
  rate.add(Rate::count_max - 1, 0);
  rate.add(1, 0);
  rate.add(1000, 0);
  EXPECT_EQ(rate.read(0), Rate::count_max - 1);
  rate.add(~std::uint64_t(0), 3000);
  EXPECT_EQ(rate.read(3000), Rate::count_max);
  rate.add(~std::uint64_t(0), 3000);
  EXPECT_EQ(rate.read(3000), Rate::count_max);
}

}  // namespace
}  // namespace poise::l7::stick
