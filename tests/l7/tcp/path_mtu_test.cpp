#include "l7/tcp/path_mtu.hpp"

#include <gtest/gtest.h>

namespace poise::l7::tcp {
namespace {

PathMtu path(std::uint16_t mtu, bool is_v4 = true) {
  PathMtu made;
  made.begin(mtu, is_v4);
  return made;
}

TEST(PathMtu, believes_routers_within_reason) {
  PathMtu mtu = path(1500);
  EXPECT_FALSE(mtu.on_too_big(1500, 1500, 0)) << "that was not too big";
  EXPECT_TRUE(mtu.on_too_big(1400, 1500, 0));
  EXPECT_EQ(mtu.mtu(), 1400);
  EXPECT_FALSE(mtu.on_too_big(1450, 1500, 0)) << "of an older packet";
  EXPECT_TRUE(mtu.on_too_big(68, 1400, 0));
  EXPECT_EQ(mtu.mtu(), 552);
  PathMtu six = path(1500, false);
  EXPECT_TRUE(six.on_too_big(600, 1500, 0));
  EXPECT_EQ(six.mtu(), 1280);
}

TEST(PathMtu, takes_the_next_plateau_of_routers_that_do_not_say) {
  PathMtu mtu = path(9000);
  EXPECT_TRUE(mtu.on_too_big(0, 9000, 0));
  EXPECT_EQ(mtu.mtu(), 8166);
  EXPECT_TRUE(mtu.on_too_big(0, 1500, 0));
  EXPECT_EQ(mtu.mtu(), 1492);
  EXPECT_TRUE(mtu.on_too_big(0, 600, 0));
  EXPECT_EQ(mtu.mtu(), 552);
}

TEST(PathMtu, what_vanishes_twice_is_sent_smaller) {
  PathMtu mtu = path(1500);
  EXPECT_FALSE(mtu.on_timeout(1, 1500, 0));
  EXPECT_TRUE(mtu.on_timeout(2, 1500, 0));
  EXPECT_EQ(mtu.mtu(), 1280);
  EXPECT_TRUE(mtu.on_timeout(3, 1200, 0));
  EXPECT_EQ(mtu.mtu(), 552);
  EXPECT_FALSE(mtu.on_timeout(4, 552, 0));
  PathMtu small = path(1500);
  EXPECT_FALSE(small.on_timeout(2, 100, 0)) << "that was not too big for anybody";
}

TEST(PathMtu, is_tried_again_after_ten_minutes) {
  PathMtu mtu = path(1500);
  ASSERT_TRUE(mtu.on_too_big(1400, 1500, 0xffffff00));
  EXPECT_FALSE(mtu.on_time(0xffffff00 + 599'999));
  EXPECT_TRUE(mtu.on_time(0xffffff00 + 600'000));
  EXPECT_EQ(mtu.mtu(), 1500);
  EXPECT_FALSE(mtu.on_time(0xffffff00 + 700'000));
}

}  // namespace
}  // namespace poise::l7::tcp
