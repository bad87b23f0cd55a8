#include "l7/http1/authority.hpp"

#include <gtest/gtest.h>

namespace poise::l7::http1 {
namespace {

TEST(Authority, hosts_and_ports) {
  EXPECT_EQ(parse_authority("a.example")->host, "a.example");
  EXPECT_FALSE(parse_authority("a.example")->port);
  EXPECT_EQ(parse_authority("a.example:8080")->port, 8080);
  EXPECT_EQ(parse_authority("[2001:db8::1]:80")->host, "[2001:db8::1]");
  EXPECT_EQ(parse_authority("[2001:db8::1]:80")->port, 80);
  EXPECT_FALSE(parse_authority("[::1]")->port);
  EXPECT_EQ(parse_authority("a%2Fb")->host, "a%2Fb");
  EXPECT_FALSE(parse_authority("a:")->port);
  EXPECT_TRUE(parse_authority(""));
}

TEST(Authority, what_is_none) {
  for (const char* text : {"a b",  "a@b",  "user:pass@b", "a/b",  "a,b",      "a:b",       "a:65536", "a:-1", "a:80:80",
                           ":80",  "[::1", "::1]",        "[]",   "[::1]x",   "[1.2.3.4]", "[g::1]",  "a%2",  "a%zz",
                           "a\tb", "a?b",  "a#b",         "a\\b", "\xc3\xa4", "a:+80",     "a: 80"})
    EXPECT_FALSE(parse_authority(text)) << text;
}

TEST(Authority, the_same_host_and_port) {
  EXPECT_TRUE(is_same({"A.example", {}}, {"a.EXAMPLE", 80}, 80));
  EXPECT_FALSE(is_same({"a.example", {}}, {"a.example", 81}, 80));
  EXPECT_FALSE(is_same({"a.example", {}}, {"b.example", {}}, 80));
  EXPECT_FALSE(is_same({"a.example", {}}, {"a.example.", {}}, 80));
}

}  // namespace
}  // namespace poise::l7::http1
