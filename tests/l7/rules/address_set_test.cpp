#include "l7/rules/address_set.hpp"

#include <gtest/gtest.h>

namespace poise::l7::rules {
namespace {

TEST(AddressSet, has_the_addresses_of_its_prefixes_of_either_family) {
  AddressSet set;
  EXPECT_TRUE(set.is_empty());
  for (const char* prefix : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"}) set.insert(*parse_prefix(prefix));
  EXPECT_FALSE(set.is_empty());
  for (const char* inside : {"10.255.0.1", "192.0.2.7", "2001:db8:1::1"})
    EXPECT_TRUE(set.contains(*parse_ip(inside))) << inside;
  for (const char* outside : {"11.0.0.1", "192.0.2.8", "2001:db9::1", "::1"})
    EXPECT_FALSE(set.contains(*parse_ip(outside))) << outside;
}

TEST(AddressSet, the_prefix_of_all_has_its_own_family_only) {
  AddressSet set;
  set.insert(*parse_prefix("0.0.0.0/0"));
  EXPECT_TRUE(set.contains(*parse_ip("198.51.100.1")));
  EXPECT_FALSE(set.contains(*parse_ip("2001:db8::1")));
}

}  // namespace
}  // namespace poise::l7::rules
