#include "config/types/result.hpp"

#include <gtest/gtest.h>

namespace poise {
namespace {

TEST(Error, a_line_has_only_the_parts_that_there_are) {
  EXPECT_EQ(to_string(Error{"services.web.pool", "no pool is named \"wbe\"", "did you mean \"web\"?"}),
            "services.web.pool: no pool is named \"wbe\" (did you mean \"web\"?)");
  EXPECT_EQ(to_string(Error{"", "the document is empty", ""}), "the document is empty");
  EXPECT_EQ(to_string(Error{"node", "it is wrong", ""}), "node: it is wrong");
}

TEST(Error, fail_makes_the_error_of_a_result) {
  const Result<int> result = fail("path", "problem", "fix");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{"path", "problem", "fix"}));
}

TEST(EnsureDeathTest, a_broken_invariant_ends_the_process_and_names_its_place) {
  EXPECT_DEATH(ensure(false), "broken invariant at .*result_test.cpp:[0-9]+");
  ensure(true);
}

}  // namespace
}  // namespace poise
