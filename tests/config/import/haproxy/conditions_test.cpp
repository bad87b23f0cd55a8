#include "config/import/haproxy/conditions.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyConditions, are_evaluated_where_only_text_variables_and_versions_are_asked) {
  const Variables variables = {{"A", "x"}, {"E", ""}};
  struct Row {
    const char* condition;
    std::optional<bool> want;
  };
  for (const Row& row : {Row{"", false},
                         Row{"0", false},
                         Row{"1", true},
                         Row{"007", true},
                         Row{"!1", false},
                         Row{"!!1", true},
                         Row{"defined(A)", true},
                         Row{"defined(E)", true},
                         Row{"defined(N)", false},
                         Row{"streq(a,a)", true},
                         Row{"streq(a,b)", false},
                         Row{"strneq(a,)", true},
                         Row{"streq(\"a,b\",'a,b')", true},
                         Row{"1 && 0 || 1", true},
                         Row{"1 || 0 && 0", true},
                         Row{"(1 || 0) && 0", false},
                         Row{"!defined(N) && (streq(a,b) || 1)", true},
                         Row{"version_atleast(2.4-dev19)", true},
                         Row{"version_atleast(9)", false},
                         Row{"version_before(2.0.1)", false},
                         Row{"feature(OPENSSL)", std::nullopt},
                         Row{"openssl_version_atleast(1.1)", std::nullopt},
                         Row{"yes", std::nullopt},
                         Row{"1 &&", std::nullopt},
                         Row{"(1", std::nullopt},
                         Row{"1 1", std::nullopt},
                         Row{"defined(", std::nullopt}})
    EXPECT_EQ(evaluate(row.condition, variables), row.want) << row.condition;
  EXPECT_EQ(evaluate(std::string(100'000, '!') + "1", variables), std::nullopt);
  EXPECT_EQ(evaluate(std::string(100'000, '('), variables), std::nullopt);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
