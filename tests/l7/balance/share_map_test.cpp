#include "l7/balance/share_map.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

TEST(ShareMap, is_as_small_as_the_weights_allow) {
  EXPECT_EQ(share_map(candidates({16, 16})).size(), 2u);
  EXPECT_EQ(share_map(candidates({48, 32})).size(), 5u);
  EXPECT_TRUE(share_map({}).empty());
}

TEST(ShareMap, has_a_limit_below_which_every_server_has_a_place) {
  std::vector<std::uint32_t> weights(4000, 4095);
  weights[0] = 1;
  const auto map = share_map(candidates(weights));
  EXPECT_LE(map.size(), share_map_max + weights.size());
  EXPECT_EQ(std::count(map.begin(), map.end(), 0u), 1);
}

}  // namespace
}  // namespace poise::l7::balance
