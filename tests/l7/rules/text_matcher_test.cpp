#include "l7/rules/text_matcher.hpp"

#include <gtest/gtest.h>

namespace poise::l7::rules {
namespace {

using Kind = TextMatcher::Kind;

TEST(TextMatcher, compares_in_each_way_with_and_without_case) {
  struct Row {
    Kind kind;
    const char *value, *text;
    bool exactly, ignoring_case;
  };
  for (const Row& row : {
           Row{Kind::exact, "/Admin", "/Admin", true, true},
           Row{Kind::exact, "/Admin", "/admin", false, true},
           Row{Kind::exact, "/Admin", "/Admin/", false, false},
           Row{Kind::prefix, "/Api/", "/Api/x", true, true},
           Row{Kind::prefix, "/Api/", "/api/x", false, true},
           Row{Kind::prefix, "/Api/", "/Api", false, false},
           Row{Kind::suffix, ".PNG", "a.PNG", true, true},
           Row{Kind::suffix, ".PNG", "a.png", false, true},
           Row{Kind::substring, "Bot", "a Bot b", true, true},
           Row{Kind::substring, "Bot", "robots", false, true},
           Row{Kind::substring, "Bot", "bo", false, false},
           Row{Kind::substring, "", "", true, true},
           Row{Kind::regex, "^/[0-9]+$", "/123", true, true},
           Row{Kind::regex, "x[0-9]", "aX1", false, true},
           Row{Kind::regex, "\\xff", "a\xff", true, true},
       }) {
    for (const bool ignores_case : {false, true}) {
      TextMatcher matcher(ignores_case);
      EXPECT_TRUE(matcher.is_empty());
      matcher.add(row.kind, row.value);
      EXPECT_FALSE(matcher.is_empty());
      EXPECT_EQ(matcher.matches(row.text), ignores_case ? row.ignoring_case : row.exactly)
          << row.value << " " << row.text << " " << ignores_case;
    }
  }
}

TEST(TextMatcher, one_value_of_many_is_enough) {
  TextMatcher matcher;
  matcher.add(Kind::exact, "a");
  matcher.add(Kind::exact, "b");
  matcher.add(Kind::suffix, ".js");
  EXPECT_TRUE(matcher.matches("a") && matcher.matches("b") && matcher.matches("c.js"));
  EXPECT_FALSE(matcher.matches("c"));
}

TEST(TextMatcher, a_number_is_within_its_limits) {
  struct Row {
    const char* text;
    bool is_within;
  };
  TextMatcher matcher;
  matcher.limit(10, 20);
  for (const auto& [text, is_within] :
       {Row{"10", true}, Row{"20", true}, Row{"9", false}, Row{"21", false}, Row{"", false}, Row{"15x", false},
        Row{"-15", false}, Row{"99999999999999999999", false}})
    EXPECT_EQ(matcher.matches(text), is_within) << text;
  TextMatcher least;
  least.limit(5, {});
  EXPECT_TRUE(least.matches("18446744073709551615"));
}

TEST(TextMatcher, what_is_no_expression_makes_none) {
  EXPECT_EQ(make_expression("("), nullptr);
  EXPECT_NE(make_expression("(a|b)"), nullptr);
}

}  // namespace
}  // namespace poise::l7::rules
