#include "l7/tcp/sequence.hpp"

#include <gtest/gtest.h>

namespace poise::l7::tcp {
namespace {

TEST(Sequence, order_goes_the_shorter_way_around) {
  for (const std::uint32_t base : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xfffffff0u, 0xffffffffu}) {
    const Sequence at{base};
    for (const std::uint32_t distance : {1u, 2u, 65535u, 0x40000000u, 0x7fffffffu}) {
      EXPECT_LT(at, at + distance) << base << " " << distance;
      EXPECT_GT(at + distance, at);
      EXPECT_EQ((at + distance) - at, std::int32_t(distance));
      EXPECT_EQ((at + distance) - distance, at);
      EXPECT_EQ(later(at, at + distance), at + distance);
      EXPECT_EQ(earlier(at + distance, at), at);
    }
    EXPECT_LE(at, at);
    EXPECT_FALSE(at < at);
  }
}

TEST(Sequence, a_range_has_its_left_edge_and_not_its_right) {
  const Range range{{0xfffffffe}, {2}};
  EXPECT_EQ(range.length(), 4u);
  EXPECT_TRUE(range.contains({0xfffffffe}));
  EXPECT_TRUE(range.contains({1}));
  EXPECT_FALSE(range.contains({2}));
  EXPECT_FALSE(range.contains({0xfffffffd}));
  EXPECT_FALSE(range.is_empty());
}

}  // namespace
}  // namespace poise::l7::tcp
