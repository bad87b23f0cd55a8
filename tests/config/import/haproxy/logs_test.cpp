#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

const std::string with_global = "global\n log 127.0.0.1 local0\n log 192.0.2.9 local1\n";

TEST(HaproxyLogs, lines_of_frontends_go_where_log_says) {
  const std::string log = "/frontends/web/log";
  const std::string all = R"("servers":["local0-127.0.0.1","local1-192.0.2.9"])";
  for (const PartRow& row :
       {PartRow{with_global + frontend_with(""), log, ""}, PartRow{frontend_with("option httplog"), log, ""},
        PartRow{with_global + frontend_with("log global\noption httplog"), log, "{\"format\":\"http\"," + all + "}"},
        PartRow{with_global + frontend_with("log global"), log, "{\"format\":\"http\"," + all + "}"},
        PartRow{with_global + frontend_with("log global\nno log"), log, ""},
        PartRow{with_global + frontend_with("log global\nlog 192.0.2.9 local1\noption tcplog"), log,
                "{\"format\":\"tcp\"," + all + "}"},
        PartRow{frontend_with("log 192.0.2.8:5140 local7 notice\noption httplog clf"), log,
                R"({"format":"http","servers":["local7-192.0.2.8"]})"},
        PartRow{frontend_with("log 192.0.2.8 local7\nlog-format '{\"a\":%b}'"), log + "/format", "\"json\""},
        PartRow{frontend_with("log 192.0.2.8 local7\nlog-format \"%b %s\""), log + "/format", "\"http\""},
        PartRow{"listen a\n mode tcp\n bind :80\n log 192.0.2.8 local7\n option httplog\n server s 192.0.2.1:80",
                "/frontends/a/log", R"({"format":"tcp","servers":["local7-192.0.2.8"]})"},
        PartRow{with_global + "backend b\n log global", "/log_servers/local0-127.0.0.1/facility", ""}})
    expect_part(row);
}

TEST(HaproxyLogs, captures_are_kept_in_mode_http) {
  const std::string captures =
      "capture request header Host len 40\ncapture request header User-Agent len 5000\ncapture response header Server "
      "len 8\n";
  expect_part({frontend_with(captures), "/frontends/web/log", R"({"request_headers":[{"header":"Host","length_max":40},
      {"header":"User-Agent","length_max":1024}],"response_headers":[{"header":"Server","length_max":8}]})"});
  expect_part({"listen a\n bind :80\n" + captures + " server s 192.0.2.1:80", "/frontends/a/log", ""});
}

TEST(HaproxyLogs, what_is_not_the_same_has_a_note) {
  const Imported found = imported(with_global + frontend_with("log global\nlog-format \"%b\"\nlog-tag web"));
  EXPECT_NE(notes_on(found, "log-format").find("nearest"), std::string::npos);
  EXPECT_NE(notes_on(found, "log-tag").find("ignored"), std::string::npos);
  EXPECT_NE(notes_on(imported(frontend_with("log global")), "log").find("no log server"), std::string::npos);
  EXPECT_NE(notes_on(imported(frontend_with("log ring@x local0")), "log").find("UDP"), std::string::npos);
  EXPECT_NE(notes_on(imported(frontend_with("option httplog")), "option httplog").find("no log server"),
            std::string::npos);
}

TEST(HaproxyLogs, wrong_lines_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{frontend_with("log"), "it needs one word"},
        RefusedRow{frontend_with("log global x"), "not expected"},
        RefusedRow{frontend_with("option httplog x"), "not expected"},
        RefusedRow{frontend_with("capture request header Host"), "it is no capture"},
        RefusedRow{frontend_with("capture request header Host len 0"), "out of range"},
        RefusedRow{frontend_with("capture request header \"a b\" len 5"), "no name of a header"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
