#include "l7/balance/hashing.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

constexpr std::size_t keys = 20000;

TEST(HashMap, is_exactly_fair_and_looks_at_no_load) {
  HashMap balancer;
  balancer.set_servers(candidates({32, 16}));
  EXPECT_EQ(counts(picks(balancer, 3000)), (std::map<char, int>{{'a', 2000}, {'b', 1000}}));
  TestLoads loads;
  loads.full = {0, 1};
  EXPECT_EQ(picks(balancer, 9, loads), picks(balancer, 9));
  EXPECT_EQ(picks(balancer, 9, loads, {.avoided = 0}), "bbbbbbbbb");
  balancer.set_servers(candidates({1}));
  EXPECT_EQ(picks(balancer, 2, loads, {.avoided = 0}), "aa");
}

TEST(HashMap, sessions_without_a_key_take_turns) {
  HashMap balancer;
  balancer.set_servers(candidates({16, 16, 16}));
  EXPECT_EQ(keyless_picks(balancer, 7), "abcabca");
  EXPECT_EQ(picks(balancer, 3), "abc");
  EXPECT_EQ(keyless_picks(balancer, 4, {.avoided = 1}), "caca");
  balancer.set_servers(candidates({32, 16}));
  EXPECT_EQ(counts(keyless_picks(balancer, 30)), (std::map<char, int>{{'a', 20}, {'b', 10}}));
  balancer.set_servers(candidates({16}));
  EXPECT_EQ(keyless_picks(balancer, 2, {.avoided = 0}), "aa");
}

template <class T>
class HashSlotsTest : public testing::Test {};
using Kinds = testing::Types<HashRing, MaglevHash>;
TYPED_TEST_SUITE(HashSlotsTest, Kinds);

TYPED_TEST(HashSlotsTest, keys_are_spread_by_weight) {
  TypeParam balancer(0);
  balancer.set_servers(candidates({160, 160, 320}));
  auto each = counts(picks(balancer, keys));
  EXPECT_NEAR(each['a'], keys / 4.0, keys * 0.04);
  EXPECT_NEAR(each['c'], keys / 2.0, keys * 0.04);
}

TYPED_TEST(HashSlotsTest, a_server_that_goes_moves_few_keys_but_its_own) {
  TypeParam balancer(0);
  balancer.set_servers(candidates(std::vector<std::uint32_t>(10, 64)));
  const std::string before = picks(balancer, keys);
  std::vector<std::uint32_t> weights(10, 64);
  weights[3] = 0;
  balancer.set_servers(candidates(weights));
  const std::string after = picks(balancer, keys);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < keys; ++i) moved += before[i] != 'd' && before[i] != after[i];
  if (std::is_same_v<TypeParam, HashRing>)
    EXPECT_EQ(moved, 0u);
  else
    EXPECT_LT(moved, keys / 20);
  EXPECT_EQ(after.find('d'), std::string::npos);
}

TYPED_TEST(HashSlotsTest, sessions_without_a_key_take_turns) {
  TypeParam balancer(150);
  balancer.set_servers(candidates({16, 16, 16}));
  EXPECT_EQ(keyless_picks(balancer, 7), "abcabca");
  EXPECT_EQ(counts(keyless_picks(balancer, 10, {.avoided = 1})), (std::map<char, int>{{'a', 5}, {'c', 5}}));
  balancer.set_servers(candidates({32, 16}));
  EXPECT_EQ(counts(keyless_picks(balancer, 30)), (std::map<char, int>{{'a', 20}, {'b', 10}}));
  balancer.set_servers(candidates({16}));
  EXPECT_EQ(keyless_picks(balancer, 2, {.avoided = 0}), "aa");
}

TYPED_TEST(HashSlotsTest, the_order_of_servers_does_not_matter) {
  TypeParam balancer(0), other(0);
  auto all = candidates({16, 32, 48});
  balancer.set_servers(all);
  std::reverse(all.begin(), all.end());
  other.set_servers(all);
  EXPECT_EQ(picks(balancer, 1000), picks(other, 1000));
}

TYPED_TEST(HashSlotsTest, a_balance_factor_bounds_what_a_popular_key_does) {
  TypeParam balancer(125);
  balancer.set_servers(candidates({16, 16, 16, 16}));
  TestLoads loads;
  for (int i = 0; i < 400; ++i) ++loads.loads[*balancer.pick({.hash = 42}, loads)];
  for (const auto& [server, load] : loads.loads) EXPECT_LE(load, 126u) << server;
  TypeParam unbounded(0);
  unbounded.set_servers(candidates({16, 16, 16, 16}));
  EXPECT_EQ(*unbounded.pick({.hash = 42}, loads), *unbounded.pick({.hash = 42}, TestLoads()));
}

TYPED_TEST(HashSlotsTest, a_server_to_be_avoided_is_not_taken_even_when_the_others_have_their_share) {
  TypeParam balancer(150);
  balancer.set_servers(candidates({16, 16}));
  TestLoads loads;
  loads.loads = {{1, 100}};
  EXPECT_EQ(picks(balancer, 50, loads, {.avoided = 0}), std::string(50, 'b'));
}

TYPED_TEST(HashSlotsTest, the_next_server_takes_what_avoids_one) {
  TypeParam balancer(0);
  balancer.set_servers(candidates({16, 16, 16}));
  for (std::uint32_t avoided = 0; avoided < 3; ++avoided)
    EXPECT_EQ(picks(balancer, 50, TestLoads(), {.avoided = avoided}).find(char('a' + avoided)), std::string::npos);
  balancer.set_servers(candidates({16}));
  EXPECT_EQ(picks(balancer, 1, TestLoads(), {.avoided = 0}), "a");
  balancer.set_servers({});
  EXPECT_EQ(picks(balancer, 1), "-");
}

}  // namespace
}  // namespace poise::l7::balance
