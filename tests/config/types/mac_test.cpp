#include "config/types/mac.hpp"

#include <gtest/gtest.h>

namespace poise {
namespace {

TEST(Mac, both_separators_are_read_and_colons_are_written) {
  EXPECT_EQ(to_string(*parse_mac("02:00:5E:10:00:01")), "02:00:5e:10:00:01");
  EXPECT_EQ(to_string(*parse_mac("02-00-5e-10-00-ff")), "02:00:5e:10:00:ff");
}

TEST(Mac, text_that_is_not_six_octets_is_refused) {
  for (const char* text : {"", "02:00:5e:10:00", "02:00:5e:10:00:01:02", "02:00:5e:10:00:0g", "0200.5e10.0001",
                           "02:00:5e-10:00:01", "2:0:5e:10:0:1      ", "02:00:5e:10:00:01 "})
    EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(Mac, broadcast_is_multicast_and_zero_is_neither) {
  EXPECT_TRUE(broadcast_mac.is_multicast());
  EXPECT_TRUE(parse_mac("01:00:5e:00:00:12")->is_multicast());
  EXPECT_FALSE(parse_mac("02:00:5e:00:00:12")->is_multicast());
  EXPECT_TRUE(MacAddr{}.is_zero() && !MacAddr{}.is_multicast());
}

}  // namespace
}  // namespace poise
