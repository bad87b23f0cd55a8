#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyStats, the_page_is_where_the_lines_say) {
  const std::string page = "/frontends/web/stats";
  for (const PartRow& row :
       {PartRow{frontend_with(""), page, ""}, PartRow{frontend_with("stats enable"), page, "{}"},
        PartRow{frontend_with("stats uri /haproxy?stats"), page, "{}"},
        PartRow{frontend_with("stats uri /s\nstats refresh 10s\nstats enable"), page, R"({"uri":"/s","refresh_s":10})"},
        PartRow{frontend_with("stats refresh 5"), page, R"({"refresh_s":5})"},
        PartRow{frontend_with("stats uri /s\nstats realm x\nstats hide-version\nstats show-node\nstats admin if TRUE"),
                page, R"({"uri":"/s"})"},
        PartRow{"defaults\n mode http\n stats uri /s\nfrontend web\n bind :80\nbackend b\n server s 192.0.2.1:80", page,
                R"({"uri":"/s"})"},
        PartRow{"listen web\n bind :80\n stats uri /s\n server s 192.0.2.1:80", page, ""}})
    expect_part(row);
}

TEST(HaproxyStats, a_page_that_asked_for_a_password_is_not_opened_to_all) {
  const std::string text = frontend_with("stats uri /s\nstats auth a:b");
  expect_refused({text, "open to all"});
  const Imported found = imported(text, true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_TRUE(part(found, "/frontends/web/stats").is_null());
  EXPECT_NE(notes_on(found, "stats uri").find("there is no page"), std::string::npos);
}

TEST(HaproxyStats, pages_of_backends_and_wrong_lines_are_refused) {
  for (const RefusedRow& row : {RefusedRow{backend_with("stats uri /s"), "only frontends"},
                                RefusedRow{frontend_with("stats"), "needs another word"},
                                RefusedRow{frontend_with("stats uri"), "it needs one word"},
                                RefusedRow{frontend_with("stats refresh x"), "is no time"},
                                RefusedRow{frontend_with("stats ur /s"), "did you mean \"uri\"?"},
                                RefusedRow{frontend_with("stats uri x"), "does not begin with \"/\""}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
