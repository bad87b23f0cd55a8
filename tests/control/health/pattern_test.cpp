#include "control/health/pattern.hpp"

#include <gtest/gtest.h>

namespace poise::control::health {
namespace {

TEST(Pattern, looks_at_bytes_anywhere) {
  const Pattern pattern(std::string("b\\x00[\\x80-\\xff]"));
  EXPECT_TRUE(pattern);
  EXPECT_TRUE(pattern.matches(std::string_view("ab\0\xc3", 4)));
  EXPECT_FALSE(pattern.matches(std::string_view("ab\0A", 4)));
}

TEST(Pattern, may_be_none) {
  EXPECT_FALSE(Pattern());
  EXPECT_FALSE(Pattern(std::nullopt));
}

}  // namespace
}  // namespace poise::control::health
