#include "l7/balance/rotation.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

TEST(RoundRobin, equal_servers_take_turns_in_order) {
  RoundRobin balancer;
  balancer.set_servers(candidates({16, 16, 16}));
  EXPECT_EQ(picks(balancer, 7), "abcabca");
}

TEST(RoundRobin, turns_are_in_proportion_to_weights_and_spread) {
  RoundRobin balancer;
  balancer.set_servers(candidates({48, 16}));
  EXPECT_EQ(picks(balancer, 8), "aabaaaba");
  RoundRobin one_large;
  one_large.set_servers(candidates({5, 1, 1}));
  EXPECT_EQ(picks(one_large, 14), "aaabacaaaabaca");
  RoundRobin many;
  many.set_servers(candidates({5, 3, 2}));
  EXPECT_EQ(counts(picks(many, 1000)), (std::map<char, int>{{'a', 500}, {'b', 300}, {'c', 200}}));
}

TEST(RoundRobin, a_full_server_is_passed_over_and_does_not_catch_up) {
  RoundRobin balancer;
  balancer.set_servers(candidates({1, 1, 1}));
  TestLoads loads;
  loads.full = {1};
  EXPECT_EQ(picks(balancer, 6, loads), "acacac");
  EXPECT_NEAR(counts(picks(balancer, 30))['b'], 10, 1);
  loads.full = {0, 1, 2};
  EXPECT_EQ(picks(balancer, 2, loads), "--");
}

TEST(RoundRobin, what_is_to_be_avoided_is_taken_when_there_is_no_other) {
  RoundRobin balancer;
  balancer.set_servers(candidates({1, 1}));
  EXPECT_EQ(picks(balancer, 3, TestLoads(), {.avoided = 0}), "bbb");
  TestLoads loads;
  loads.full = {1};
  EXPECT_EQ(picks(balancer, 2, loads, {.avoided = 0}), "aa");
}

TEST(RoundRobin, weights_that_change_all_the_time_do_not_begin_the_round_anew) {
  RoundRobin balancer;
  std::string letters;
  for (std::uint32_t i = 0; i < 300; ++i) {
    balancer.set_servers(candidates({16, 16, 10 + i % 2}));
    letters += picks(balancer, 1);
  }
  EXPECT_NEAR(counts(letters)['a'], 300 * 16 / 42.5, 4);
  EXPECT_NEAR(counts(letters)['c'], 300 * 10.5 / 42.5, 4);
}

TEST(RoundRobin, a_server_that_comes_gets_its_share_at_once_and_no_more) {
  RoundRobin balancer;
  balancer.set_servers(candidates({16, 16}));
  picks(balancer, 1001);
  balancer.set_servers(candidates({16, 16, 16}));
  EXPECT_NEAR(counts(picks(balancer, 30))['c'], 10, 1);
}

TEST(StaticRoundRobin, goes_round_by_weight) {
  StaticRoundRobin balancer;
  balancer.set_servers(candidates({32, 16}));
  EXPECT_EQ(counts(picks(balancer, 30)), (std::map<char, int>{{'a', 20}, {'b', 10}}));
  TestLoads loads;
  loads.full = {0};
  EXPECT_EQ(picks(balancer, 3, loads), "bbb");
  loads.full = {0, 1};
  EXPECT_EQ(picks(balancer, 1, loads), "-");
  EXPECT_EQ(picks(balancer, 3, TestLoads(), {.avoided = 0}), "bbb");
}

}  // namespace
}  // namespace poise::l7::balance
