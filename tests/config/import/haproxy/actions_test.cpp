#include "config/import/haproxy/actions.hpp"

#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyActions, words_end_where_the_condition_begins) {
  const Options options;
  Report report(false);
  Mapping mapping(options, report);
  const Section section;
  Proxy proxy{.mapping = mapping, .section = section, .front_name = "f"};
  const Line line{.place = {report.add_file("h.cfg"), 1}, .words = {"http-request", "x", "a", "%ci", "if", "TRUE"}};
  Action action = action_of(proxy, line, 2);
  EXPECT_TRUE(action.has_words(2));
  EXPECT_EQ(action.next(), "a");
  EXPECT_EQ(action.format(), "%[src]");
  EXPECT_TRUE(action.is_done());
  EXPECT_EQ(action.next(), "");
  action.rule["allow"] = true;
  gather(action, {});
  finish_rules(proxy);
  EXPECT_EQ(proxy.front_rules["request_rules"].size(), 1u);
  EXPECT_EQ(report.errors().size(), 0u);
}

TEST(HaproxyActions, rules_on_requests_are_not_kept_in_mode_tcp) {
  const Imported found =
      imported("listen a\n bind :80\n http-request deny\n tcp-request connection reject\n server s 192.0.2.1:80\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_TRUE(part(found, "/frontends/a/request_rules").is_null());
  EXPECT_EQ(part(found, "/frontends/a/connection_rules").size(), 1u);
  EXPECT_NE(notes_on(found, "http-request deny").find("ignored: mode tcp"), std::string::npos);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
