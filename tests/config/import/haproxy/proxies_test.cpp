#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyProxies, have_haproxys_defaults_where_nothing_is_said) {
  const Imported found = imported("frontend a\n bind :80\n default_backend b\nbackend b\n server s 192.0.2.1:80\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/frontends/a"), nlohmann::json::parse(R"({"mode":"tcp","transport":"kernel",
      "binds":[{"port":80}],"default_backend":"b","timeouts":{"client_ms":0,"http_request_ms":0}})"));
  EXPECT_EQ(part(found, "/backends/b"), nlohmann::json::parse(R"({"mode":"tcp","transport":"kernel","redispatch":false,
      "servers":{"s":{"address":"192.0.2.1","port":80,"id":1}},
      "timeouts":{"connect_ms":0,"server_ms":0,"tunnel_ms":0}})"));
  EXPECT_NE(notes_on(found, "frontend").find("timeouts.client_ms = 0, for ever"), std::string::npos);
  EXPECT_NE(notes_on(found, "backend").find("timeouts.connect_ms, server_ms = 0, for ever"), std::string::npos);
}

TEST(HaproxyProxies, a_listen_is_a_frontend_and_a_backend_of_one_name) {
  const Imported found = imported(timeouts + "listen web\n bind :80\n balance leastconn\n server s 192.0.2.1:80\n");
  EXPECT_EQ(part(found, "/frontends/web/default_backend"), "web");
  EXPECT_EQ(part(found, "/backends/web/balance/algorithm"), "leastconn");
  const Imported page = imported(timeouts + "listen stats\n bind :8404\n stats enable\n");
  EXPECT_EQ(text_of_errors(page), "");
  EXPECT_TRUE(part(page, "/backends").is_null());
  EXPECT_TRUE(part(page, "/frontends/stats/default_backend").is_null());
}

TEST(HaproxyProxies, take_the_lines_of_the_defaults_that_they_go_by_first) {
  const std::string text =
      "defaults one\n mode http\n timeout client 1s\ndefaults two from one\n timeout client 2s\n"
      "frontend a from one\n bind :80\nfrontend b from two\n bind :81\nfrontend c\n bind :82\n timeout client 3s\n"
      "defaults three\n maxconn 9\n";
  for (const auto& [name, ms] : {std::pair("a", 1000), std::pair("b", 2000), std::pair("c", 3000)}) {
    const Imported found = imported(text);
    EXPECT_EQ(part(found, std::string("/frontends/") + name + "/timeouts/client_ms"), ms) << name;
    EXPECT_TRUE(part(found, std::string("/frontends/") + name + "/mode").is_null()) << name;
  }
  const Imported found = imported(text);
  EXPECT_NE(notes_on(found, "defaults").find("ignored: no frontend, backend or listen goes by these defaults"),
            std::string::npos);
  EXPECT_EQ(notes_on(found, "maxconn"), "ignored: see the head of the section\n");
  EXPECT_EQ(notes_on(imported("defaults\n retries 5\nfrontend a\n bind :80\n"), "retries"),
            "ignored: no section that it is for goes by these defaults\n");
}

TEST(HaproxyProxies, refer_to_backends_wherever_they_stand) {
  expect_part({timeouts + "frontend a\n bind :80\n default_backend b:1\nbackend b:1\n server s 192.0.2.1:80\n",
               "/frontends/a/default_backend", "\"b_1\""});
  for (const RefusedRow& row :
       {RefusedRow{timeouts + "frontend a\n bind :80\n default_backend web\nbackend wep\n", "did you mean \"wep\"?"},
        RefusedRow{timeouts + "frontend a\n bind :80\n default_backend b if TRUE\nbackend b\n", "not expected here"},
        RefusedRow{timeouts + "frontend a\n bind :80\n default_backend b\nbackend b\n mode tcp\n", "is in mode"},
        RefusedRow{"defaults\n bind :80\nfrontend a\n", "it may not stand in defaults"},
        RefusedRow{timeouts + "frontend a\n bind :80\nfrontend b\n bind :80\n", "is taken by"}})
    expect_refused(row);
}

TEST(HaproxyProxies, that_listen_nowhere_are_kept_but_not_enabled) {
  const Imported found = imported(timeouts + "frontend a\n maxconn 5\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/frontends/a/enabled"), false);
  EXPECT_NE(notes_on(found, "frontend").find("it listens nowhere"), std::string::npos);
}

TEST(HaproxyProxies, have_the_transport_that_was_asked_for) {
  Options options{.file = "h.cfg"};
  options.transport = "datapath";
  const Imported found = import_haproxy(frontend_with(""), options);
  std::string notes = notes_on(found, "frontend");
  EXPECT_NE(notes.find("the workers' own TCP"), std::string::npos) << notes;
}

}  // namespace
}  // namespace poise::config::importing::haproxy
