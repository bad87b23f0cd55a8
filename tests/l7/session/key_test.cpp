#include "l7/session/key.hpp"

#include <gtest/gtest.h>

namespace poise::l7 {
namespace {

TEST(BalanceKey, of_a_path_is_limited_by_length_and_depth) {
  EXPECT_EQ(hashed_part("/a/b/c", 0, 0), "/a/b/c");
  EXPECT_EQ(hashed_part("/a/b/c", 3, 0), "/a/");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 1), "/a");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 2), "/a/b");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 9), "/a/b/c");
}

TEST(BalanceKey, of_a_parameter_is_its_value) {
  EXPECT_EQ(query_parameter("a=1&user=me&b=2", "user"), "me");
  EXPECT_EQ(query_parameter("user=;x=1", "user"), "");
  EXPECT_EQ(query_parameter("users=1&auser=2", "user"), std::nullopt);
  EXPECT_EQ(query_parameter("", "user"), std::nullopt);
}

TEST(BalanceKey, of_a_host_may_be_its_main_domain) {
  EXPECT_EQ(main_domain("www.example.com:80"), "example");
  EXPECT_EQ(main_domain("example.com"), "example");
  EXPECT_EQ(main_domain("localhost"), "localhost");
}

}  // namespace
}  // namespace poise::l7
