#include "l7/persistence/cookie_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise::l7::persistence {
namespace {

// "name=value" of each cookie, "name" of what has no value, "$name=value" of attributes; in brackets.
std::string cookies_of(std::string_view field) {
  std::string all;
  Cookie cookie;
  for (CookieReader reader(field); reader.next(cookie);) {
    all += '[';
    all += cookie.name;
    if (cookie.has_value) all += '=';
    all += cookie.value;
    all += ']';
    EXPECT_EQ(cookie.is_attribute, cookie.name.starts_with('$'));
    EXPECT_EQ(field.substr(cookie.value_begin, cookie.value_end - cookie.value_begin), cookie.value);
  }
  return all;
}

TEST(CookieReader, finds_the_cookies_of_a_field_in_every_form) {
  struct Row {
    const char *field, *cookies;
  };
  for (const auto& [field, cookies] : {
           Row{"a=1", "[a=1]"},
           Row{"a=1; b=2", "[a=1][b=2]"},
           Row{"a=1;b=2", "[a=1][b=2]"},
           Row{"a=1, b=2", "[a=1][b=2]"},
           Row{"a = 1  ;\tb =\t2 ", "[a=1][b=2]"},
           Row{"a=1=2; b=", "[a=1=2][b=]"},
           Row{"a; b=2; ;c", "[a][b=2][][c]"},
           Row{"=1; =", "[=1][=]"},
           Row{"a=\"1; b=2\"; c=3", "[a=\"1; b=2\"][c=3]"},
           Row{"a=\"1\\\"; b=2\"; c=3", "[a=\"1\\\"; b=2\"][c=3]"},
           Row{"a=\"1; b=2", "[a=\"1; b=2]"},
           Row{"a=x\"1; b=2\"y; c=3", "[a=x\"1; b=2\"y][c=3]"},
           Row{"a=\"\\", "[a=\"\\]"},
           Row{"a=1 2; b", "[a=1 2][b]"},
           Row{"$Version=1; a=1; $Path=/; b=2", "[$Version=1][a=1][$Path=/][b=2]"},
           Row{"a=1; a=2", "[a=1][a=2]"},
           Row{"", "[]"},
           Row{";", "[][]"},
       })
    EXPECT_EQ(cookies_of(field), cookies) << field;
}

TEST(CookieReader, a_set_cookie_field_has_one_that_may_have_commas) {
  const Cookie cookie = read_set_cookie("a = \"x;y\", z ; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT");
  EXPECT_EQ(cookie.name, "a");
  EXPECT_EQ(cookie.value, "\"x;y\", z");
  EXPECT_FALSE(read_set_cookie("a; b=1").has_value);
}

}  // namespace
}  // namespace poise::l7::persistence
