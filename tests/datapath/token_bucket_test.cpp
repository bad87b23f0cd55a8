#include "datapath/token_bucket.hpp"

#include <gtest/gtest.h>

namespace poise::datapath {
namespace {
using namespace std::chrono_literals;
Instant at(Duration since_start) { return Instant(since_start); }
}  // namespace

TEST(TokenBucket, lets_one_seconds_worth_through_at_once_and_then_the_rate) {
  TokenBucket bucket;
  int taken = 0;
  while (bucket.take(at(0s), 10)) ++taken;
  EXPECT_EQ(taken, 10);
  EXPECT_FALSE(bucket.take(at(99ms), 10));
  EXPECT_TRUE(bucket.take(at(100ms), 10));
  EXPECT_FALSE(bucket.take(at(100ms), 10));
  taken = 0;
  while (bucket.take(at(3600s), 10)) ++taken;
  EXPECT_EQ(taken, 10);
}

TEST(TokenBucket, a_rate_of_zero_lets_nothing_through) {
  TokenBucket bucket;
  EXPECT_FALSE(bucket.take(at(0s), 0));
  EXPECT_FALSE(bucket.take(at(10s), 0));
}

}  // namespace poise::datapath
