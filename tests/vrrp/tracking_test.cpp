#include "vrrp/tracking.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::vrrp {
namespace {

using State = Tracked::State;

Tracked thing(State state, int weight = 0, bool reverse = false) { return {state, 1, false, weight, reverse}; }
Tracked number(std::int64_t value, int weight) {
  return {value == 0 ? State::up : State::down, value, true, weight, false};
}
Effect effect(std::vector<Tracked> tracked, std::uint8_t configured = 100) { return effect_of(configured, tracked); }

TEST(Tracking, a_weight_above_zero_is_added_while_up_and_one_below_while_down) {
  EXPECT_EQ(effect({thing(State::up, 20)}), (Effect{120, false}));
  EXPECT_EQ(effect({thing(State::down, 20)}), (Effect{100, false}));
  EXPECT_EQ(effect({thing(State::up, -20)}), (Effect{100, false}));
  EXPECT_EQ(effect({thing(State::down, -20)}), (Effect{80, false}));
  EXPECT_EQ(effect({thing(State::up, 20), thing(State::down, -50)}), (Effect{70, false}));
}

TEST(Tracking, without_a_weight_down_is_a_fault) {
  EXPECT_FALSE(effect({thing(State::up)}).fault);
  EXPECT_TRUE(effect({thing(State::up), thing(State::down)}).fault);
}

TEST(Tracking, reversed_up_is_down) {
  EXPECT_TRUE(effect({thing(State::up, 0, true)}).fault);
  EXPECT_FALSE(effect({thing(State::down, 0, true)}).fault);
  EXPECT_EQ(effect({thing(State::up, -20, true)}).priority, 80);
  EXPECT_EQ(effect({thing(State::down, 20, true)}).priority, 120);
}

TEST(Tracking, what_is_not_known_yet_weighs_nothing_and_is_a_fault_without_a_weight) {
  EXPECT_EQ(effect({thing(State::unknown, -20), thing(State::unknown, 20)}), (Effect{100, false}));
  EXPECT_EQ(effect({thing(State::unknown, -20, true)}), (Effect{100, false}));
  EXPECT_TRUE(effect({thing(State::unknown)}).fault);
  EXPECT_TRUE(effect({thing(State::unknown, 0, true)}).fault);
}

TEST(Tracking, a_number_is_multiplied) {
  EXPECT_EQ(effect({number(0, -10)}).priority, 100);
  EXPECT_EQ(effect({number(3, -10)}).priority, 70);
  EXPECT_EQ(effect({number(-3, -10)}).priority, 130);
  EXPECT_FALSE(effect({number(253, -1)}).fault);
  EXPECT_TRUE(effect({number(254, -1)}).fault);
  EXPECT_TRUE(effect({number(INT64_MIN, 253)}).fault);
  EXPECT_TRUE(effect({number(1, 0)}).fault);
}

TEST(Tracking, the_priority_stays_a_backups_and_an_owner_stays_the_owner) {
  EXPECT_EQ(effect({thing(State::down, -253)}).priority, 1);
  EXPECT_EQ(effect({thing(State::up, 253)}).priority, 254);
  EXPECT_EQ(effect({thing(State::down, -253)}, 255), (Effect{255, false}));
}

}  // namespace
}  // namespace poise::vrrp
