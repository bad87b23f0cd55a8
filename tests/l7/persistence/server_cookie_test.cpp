#include "l7/persistence/server_cookie.hpp"

#include <gtest/gtest.h>

namespace poise::l7::persistence {
namespace {

constexpr std::int64_t now_s = 1'795'971'576;

std::string with_date(const std::string& value, std::int64_t date_s) {
  std::string text = value + "|00000";
  write_date(date_s, text.data() + value.size() + 1);
  return text;
}

TEST(ServerCookie, dates_are_those_of_haproxy) {
  EXPECT_EQ(with_date("", 1'795'971'576), "|awxZ+");
  EXPECT_EQ(with_date("", 0), "|AAAAA");
  EXPECT_EQ(read_server_cookie({}, "s1|awxZ+|awxZ/").dates, (CookieDates{1'795'971'576, 1'795'971'580}));
}

TEST(ServerCookie, says_the_server_and_when_it_was_seen) {
  struct Row {
    const char *value, *server;
    CookieDates dates;
  };
  for (const auto& [value, server, dates] : {
           Row{"s1", "s1", {}},
           Row{"s1|", "s1", {}},
           Row{"s1||", "s1", {}},
           Row{"s1|awxw", "s1", {}},
           Row{"s1|aw!wu|aw!wu", "s1", {}},
           Row{"s1|AAAAB", "s1", {4, 0}},
           Row{"s1|AAAAB|AAAAC", "s1", {4, 8}},
           Row{"s1|AAAABx|AAAACx|y", "s1", {4, 8}},
           Row{"s1||AAAAC", "s1", {0, 8}},
           Row{"|AAAAB", "", {4, 0}},
           Row{"", "", {}},
       }) {
    const ServerCookie cookie = read_server_cookie({}, value);
    EXPECT_EQ(cookie.server, server) << value;
    EXPECT_EQ(cookie.dates, dates) << value;
  }
  const CookieRule prefix{.mode = CookieRule::Mode::prefix};
  EXPECT_EQ(read_server_cookie(prefix, "s1~a|b").server, "s1");
  EXPECT_EQ(read_server_cookie(prefix, "s1|a").server, "s1|a");
}

TEST(ServerCookie, counts_within_its_times) {
  struct Row {
    std::uint32_t idle_max_s, life_max_s;
    std::int64_t last_s, first_s;  // ago; -1: no date
    CookieAge age;
  };
  using enum CookieAge;
  for (const auto& [idle, life, last, first, age] : {
           Row{100, 1000, 0, 0, good},
           Row{100, 1000, 100, 1000, good},
           Row{100, 1000, 101, 0, expired},
           Row{100, 1000, 0, 1001, old},
           Row{100, 1000, 101, 1001, old},
           Row{0, 1000, 101, 0, good},
           Row{100, 0, 0, 1001, good},
           Row{100, 1000, -1, -1, good},
           Row{100, 1000, -86400, 0, good},  // ahead of us by no more than a day
           Row{100, 1000, -86401, 0, expired},
           Row{100, 1000, 0, -86401, old},
       }) {
    const CookieRule rule{.idle_max_s = idle, .life_max_s = life};
    const CookieDates dates{last == -1 ? 0 : std::uint32_t(now_s - last),
                            first == -1 ? 0 : std::uint32_t(now_s - first)};
    EXPECT_EQ(age_of(rule, dates, now_s), age) << idle << " " << life << " " << last << " " << first;
  }
}

TEST(ServerCookie, a_dynamic_value_is_that_of_haproxy) {
  EXPECT_EQ(dynamic_cookie("sesame", *parse_ip("127.0.0.1"), 18101), "b926ce85e415f93c");
  EXPECT_NE(dynamic_cookie("sesame", *parse_ip("127.0.0.1"), 18102), "b926ce85e415f93c");
  EXPECT_NE(dynamic_cookie("sesam", *parse_ip("127.0.0.1"), 18101), "b926ce85e415f93c");
  EXPECT_EQ(dynamic_cookie("sesame", *parse_ip("::1"), 18102).size(), 16u);
}

}  // namespace
}  // namespace poise::l7::persistence
