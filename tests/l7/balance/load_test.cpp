#include "l7/balance/load.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

TEST(LeastConnections, takes_the_least_loaded_for_its_weight_and_equals_in_turn) {
  LeastConnections balancer;
  balancer.set_servers(candidates({16, 16, 32}));
  EXPECT_EQ(picks(balancer, 4), "abca");
  TestLoads loads;
  loads.loads = {{0, 3}, {1, 2}, {2, 3}};
  EXPECT_EQ(picks(balancer, 2, loads), "cc");
  loads.loads[2] = 6;
  EXPECT_EQ(picks(balancer, 1, loads), "b");
  loads.full = {1};
  EXPECT_EQ(picks(balancer, 1, loads), "c");
  EXPECT_EQ(picks(balancer, 1, loads, {.avoided = 2}), "a");
  loads.full = {0, 1};
  EXPECT_EQ(picks(balancer, 1, loads, {.avoided = 2}), "c");
  loads.full = {0, 1, 2};
  EXPECT_EQ(picks(balancer, 1, loads), "-");
}

TEST(First, fills_one_server_after_the_other) {
  First balancer;
  balancer.set_servers(candidates({1, 1, 1}));
  TestLoads loads;
  EXPECT_EQ(picks(balancer, 2, loads), "aa");
  loads.full = {0};
  EXPECT_EQ(picks(balancer, 2, loads), "bb");
  EXPECT_EQ(picks(balancer, 1, loads, {.avoided = 1}), "c");
  loads.full = {0, 1, 2};
  EXPECT_EQ(picks(balancer, 1, loads), "-");
}

TEST(RandomDraws, are_by_weight_and_two_of_them_even_out_the_load) {
  RandomDraws one(1), two(2);
  one.set_servers(candidates({30, 10}));
  EXPECT_NEAR(counts(picks(one, 4000))['a'], 3000, 120);
  two.set_servers(candidates(std::vector<std::uint32_t>(20, 16)));
  TestLoads loads;
  for (std::uint64_t i = 0; i < 2000; ++i) ++loads.loads[*two.pick({.random = mix(i)}, loads)];
  for (const auto& [server, load] : loads.loads) EXPECT_NEAR(load, 100, 5) << server;
}

TEST(RandomDraws, take_any_that_has_room_when_those_drawn_have_none) {
  RandomDraws balancer(2);
  balancer.set_servers(candidates({1, 1, 1, 1}));
  TestLoads loads;
  loads.full = {0, 1, 3};
  EXPECT_EQ(picks(balancer, 8, loads), "cccccccc");
  EXPECT_EQ(picks(balancer, 2, loads, {.avoided = 2}), "cc");
  loads.full = {0, 1, 2, 3};
  EXPECT_EQ(picks(balancer, 1, loads), "-");
  RandomDraws nobody(2);
  EXPECT_EQ(picks(nobody, 1), "-");
}

}  // namespace
}  // namespace poise::l7::balance
