#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxySettings, limits_and_timeouts_go_to_the_side_that_they_are_for) {
  for (const PartRow& row :
       {PartRow{frontend_with("maxconn 2000"), "/frontends/web/connections_max", "2000"},
        PartRow{frontend_with("timeout client 1m\ntimeout client-fin 5s"), "/frontends/web/timeouts",
                R"({"client_ms":60000,"client_fin_ms":5000,"http_request_ms":0})"},
        PartRow{frontend_with("timeout http-request 10s\ntimeout http-keep-alive 2s"), "/frontends/web/timeouts",
                R"({"client_ms":50000,"http_keep_alive_ms":2000})"},
        PartRow{backend_with("timeout connect 3000\ntimeout queue 30s\ntimeout tunnel 1h\ntimeout server-fin 1s"),
                "/backends/pool/timeouts",
                R"({"connect_ms":3000,"server_ms":50000,"queue_ms":30000,"server_fin_ms":1000})"},
        PartRow{backend_with("timeout tunnel 20d"), "/backends/pool/timeouts/tunnel_ms", "604800000"},
        PartRow{backend_with("retries 1\nfullconn 100"), "/backends/pool/retries", "1"},
        PartRow{backend_with("fullconn 100"), "/backends/pool/connections_full", "100"},
        PartRow{backend_with("http-reuse always"), "/backends/pool/reuse", "\"always\""},
        PartRow{backend_with("retry-on none"), "/backends/pool/retries", "0"},
        PartRow{backend_with("source 192.0.2.1"), "/backends/pool/servers/s1/source", ""},
        PartRow{timeouts + "backend b\n source 192.0.2.1:1000-2000\n server a 192.0.2.11:80\n no source\n server b "
                           "192.0.2.12:80",
                "/backends/b/servers/a/source", "\"192.0.2.1\""},
        PartRow{frontend_with("disabled"), "/frontends/web/enabled", "false"},
        PartRow{backend_with("disabled"), "/backends/pool/servers/s1/state", "\"down\""},
        PartRow{frontend_with("enabled"), "/frontends/web/enabled", ""}})
    expect_part(row);
}

TEST(HaproxySettings, wrong_values_are_refused) {
  for (const RefusedRow& row : {RefusedRow{frontend_with("mode htp"), "there is no mode \"htp\""},
                                RefusedRow{frontend_with("mode http tcp"), "\"tcp\" is not expected here"},
                                RefusedRow{frontend_with("timeout client 5 s"), "\"s\" is not expected here"},
                                RefusedRow{frontend_with("timeout client 5.5s"), "is no time"},
                                RefusedRow{frontend_with("timeout client"), "it needs one word"},
                                RefusedRow{frontend_with("timeout clinet 5s"), "did you mean \"client\"?"},
                                RefusedRow{frontend_with("maxconn 2k"), "is no whole number"},
                                RefusedRow{backend_with("retries x"), "is no whole number"},
                                RefusedRow{backend_with("http-reuse some"), "there is no http-reuse"},
                                RefusedRow{frontend_with("no maxconn"), "\"no\""}})
    expect_refused(row);
}

TEST(HaproxySettings, what_is_for_the_other_side_is_ignored_as_haproxy_does) {
  const Imported found = imported(frontend_with("retries 5\ntimeout server 5s"));
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(notes_on(found, "retries"), "ignored: HAProxy ignores it in a frontend, too\n");
  EXPECT_NE(notes_on(imported(backend_with("retry-on 503")), "retry-on").find("changed"), std::string::npos);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
