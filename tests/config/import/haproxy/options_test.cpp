#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyOptions, switch_what_there_is_and_no_switches_it_back) {
  const std::string pool = "/backends/pool/", web = "/frontends/web/";
  for (const PartRow& row :
       {PartRow{backend_with(""), pool + "redispatch", "false"},
        PartRow{backend_with("option redispatch"), pool + "redispatch", ""},
        PartRow{backend_with("option redispatch 0"), pool + "redispatch", "false"},
        PartRow{backend_with("option redispatch 2"), pool + "redispatch", ""},
        PartRow{backend_with("option redispatch\nno option redispatch"), pool + "redispatch", "false"},
        PartRow{backend_with("option abortonclose"), pool + "abort_on_close", "true"},
        PartRow{backend_with("option allbackups"), pool + "all_backups", "true"},
        PartRow{frontend_with("option dontlognull"), web + "log", R"({"log_null":false})"},
        PartRow{frontend_with("option dontlognull\ndefault option dontlognull"), web + "log", ""},
        PartRow{frontend_with("option forwardfor"), web + "forwarded_for", "{}"},
        PartRow{frontend_with("option forwardfor except 127.0.0.0/8 header X-Client if-none"), web + "forwarded_for",
                R"({"header":"X-Client","except":"127.0.0.0/8","only_if_none":true})"},
        PartRow{backend_with("option forwardfor except 192.0.2.9"), pool + "forwarded_for",
                R"({"except":"192.0.2.9/32"})"},
        PartRow{frontend_with("option forwardfor\nno option forwardfor"), web + "forwarded_for", ""},
        PartRow{frontend_with("option forwardfor\nmode tcp") + "mode tcp\n", web + "forwarded_for", ""}})
    expect_part(row);
}

TEST(HaproxyOptions, defaults_reach_both_sides_and_are_spoken_of_once) {
  const Imported found = imported(
      "defaults\n mode http\n option forwardfor\n option redispatch\n option http-server-close\n timeout client 1s\n"
      " timeout connect 1s\n timeout server 1s\nfrontend a\n bind :80\n default_backend c\nfrontend b\n bind :81\n"
      " default_backend c\nbackend c\n server s 192.0.2.1:80\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_FALSE(part(found, "/frontends/a/forwarded_for").is_null());
  EXPECT_FALSE(part(found, "/backends/c/forwarded_for").is_null());
  EXPECT_EQ(notes_on(found, "option forwardfor"),
            "taken: frontends.*.forwarded_for = {}\ntaken: backends.*.forwarded_for = {}\n");
  EXPECT_EQ(notes_on(found, "option redispatch"), "taken: backends.*.redispatch = true\n");
  EXPECT_TRUE(notes_on(found, "option http-server-close").starts_with("ignored: "));
}

TEST(HaproxyOptions, wrong_words_are_refused) {
  for (const RefusedRow& row : {RefusedRow{frontend_with("option httplg"), "did you mean \"httplog\"?"},
                                RefusedRow{frontend_with("option"), "needs another word"},
                                RefusedRow{frontend_with("option forwardfor foo"), "use except, header and if-none"},
                                RefusedRow{frontend_with("option forwardfor header"), "needs a value"},
                                RefusedRow{frontend_with("option forwardfor except x"), "is no network"},
                                RefusedRow{frontend_with("option dontlognull x"), "not expected"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
