#include <set>

#include "config/import/haproxy/stick.hpp"
#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyKeywords, stand_in_one_table_and_say_why_nobody_takes_them) {
  std::set<std::string_view> names;
  for (const std::span<const Keyword> table :
       {settings_keywords(), options_keywords(), logs_keywords(), stats_keywords(), balance_keywords(),
        binds_keywords(), servers_keywords(), cookies_keywords(), acls_keywords(), requests_keywords(),
        responses_keywords(), routing_keywords(), pages_keywords(), checks_keywords(), stick_keywords(),
        untaken_keywords()})
    for (const Keyword& keyword : table) {
      EXPECT_TRUE(names.insert(keyword.name).second) << keyword.name;
      EXPECT_NE(keyword.take == nullptr, keyword.why == nullptr) << keyword.name;
      EXPECT_NE(keyword.where & in_both, 0) << keyword.name;
      EXPECT_LE(keyword.words_min, keyword.words_max) << keyword.name;
    }
  EXPECT_GT(names.size(), 150u);
}

TEST(HaproxyKeywords, unknown_ones_are_refused_with_the_nearest) {
  for (const RefusedRow& row : {RefusedRow{frontend_with("maxcon 5"), "did you mean \"maxconn\"?"},
                                RefusedRow{frontend_with("frobnicate"), "h.cfg:9: there is no keyword \"frobnicate\""},
                                RefusedRow{frontend_with("option frobnicate"), "there is no \"option frobnicate\""},
                                RefusedRow{frontend_with("reqrep a b"), "HAProxy has removed it: write http-request"},
                                RefusedRow{frontend_with("clitimeout 5000"), "write timeout client"}})
    expect_refused(row);
}

TEST(HaproxyKeywords, what_matters_is_refused_and_left_out_when_asked) {
  const std::string text = backend_with("server-template s 2 x:80\ndispatch 192.0.2.1:80");
  EXPECT_EQ(imported(text).errors.size(), 2u);
  const Imported found = imported(text, true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_TRUE(notes_on(found, "dispatch").starts_with("problem: left out: "));
}

}  // namespace
}  // namespace poise::config::importing::haproxy
