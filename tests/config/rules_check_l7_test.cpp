#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/validate.hpp"

namespace poise::config {
namespace {

// A backend "b" with server "s", each with these members besides; what is wrong with it.
std::string faults(const std::string& backend, const std::string& server) {
  nlohmann::json document = nlohmann::json::parse(
      R"({"backends": {"b": {"transport": "kernel", "servers": {"s": {"address": "127.0.0.1", "port": 1}}}}})");
  document["backends"]["b"].update(nlohmann::json::parse("{" + backend + "}"));
  document["backends"]["b"]["servers"]["s"].update(nlohmann::json::parse("{" + server + "}"));
  const auto config = from_json(document);
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

TEST(BackendCheckRules, what_is_right_has_no_faults) {
  for (const char* backend :
       {"", R"("check": {})", R"("check": {"kind": "http", "request": {"uri": "/up", "version": "1.1"}})",
        R"("check": {"kind": "http", "expect": {"rstatus": "^2"}, "tls": {"sni": "a", "verify_certificate": true}})",
        R"("check": {"kind": "script", "steps": [{"send": "PING\\x0d\\x0a"}, {"expect": {"string": "+PONG"}},
           {"connect": {"port": 81}}, {"request": {}}, {"expect": {"statuses": ["200"]}, "comment": "is it?"}]})",
        R"("check": {}, "health": {"observe": "layer4", "on_error": "mark-down", "on_marked_up": "none"})",
        R"("agent": {"port": 9000, "send": "s1\\x0a"}, "health": {"slow_start_ms": 60000})"})
    EXPECT_EQ(faults(backend, ""), "") << backend;
}

TEST(BackendCheckRules, faults_are_named_where_they_are) {
  struct Row {
    const char *backend, *server, *fault;
  };
  for (const Row& row : {
           Row{R"("check": {"expect": {"string": "a"}})", "", "b.check.expect: a check of kind \"tcp\" does not look"},
           Row{R"("check": {"steps": [{"send": "a"}]})", "", "b.check.steps: a check of kind \"tcp\" does not look"},
           Row{R"("check": {"kind": "script"})", "", "b.check.steps: there are none"},
           Row{R"("check": {"kind": "script", "steps": [{}]})", "", "b.check.steps[0]: does nothing"},
           Row{R"("check": {"kind": "script", "steps": [{"send": "a", "connect": {}}]})", "", "does several things"},
           Row{R"("check": {"kind": "script", "steps": [{"send": "\\q"}]})", "", "steps[0].send: a backslash"},
           Row{R"("check": {"kind": "script", "steps": [{"send": "a"}, {"expect": {"statuses": ["200"]}}]})", "",
               "steps[1].expect: there is no response"},
           Row{R"("check": {"kind": "http", "expect": {}})", "", "b.check.expect: nothing is expected"},
           Row{R"("check": {"kind": "http", "expect": {"string": "a", "rstring": "b"}})", "", "several things"},
           Row{R"("check": {"kind": "http", "expect": {"statuses": ["20"]}})", "", "statuses[0]: \"20\" is neither"},
           Row{R"("check": {"kind": "http", "expect": {"rstring": "("}})", "", "rstring: \"(\" is no regular"},
           Row{R"("check": {"kind": "http", "expect": {"string": ""}})", "", "everything contains it"},
           Row{R"("check": {"kind": "http", "request": {"uri": "a b"}})", "",
               "check.request.uri: \"a b\" is no target"},
           Row{R"("check": {"kind": "http", "request": {"headers": {"a:b": "c"}}})", "", "\"a:b\"]: this is no name"},
           Row{R"("check": {"tls": {"verify_certificate": true}})", "",
               "check.tls.verify_certificate: there is no name"},
           Row{R"("check": {"address": "0.0.0.0"})", "", "b.check.address"},
           Row{"", R"("check": {"sni": "a"})", "b.servers.s.check.sni: its check does not speak TLS"},
           Row{R"("health": {"observe": "layer4"})", "", "b.health.observe: server \"s\" is not checked"},
           Row{R"("agent": {})", "", "b.agent: the field \"port\" is missing"},
           Row{R"("agent": {"port": 1, "send": "\\"})", "", "b.agent.send: a backslash"},
           Row{"", R"("track": "s")", "b.servers.s.track: \"s\" does not name a server"},
           Row{"", R"("track": "c/s")", "no backend is named \"c\""},
           Row{"", R"("track": "b/t")", "backend \"b\" has no server \"t\""},
           Row{"", R"("track": "b/s")", "the servers track each other in a circle"},
       })
    EXPECT_NE(faults(row.backend, row.server).find(row.fault), std::string::npos)
        << row.fault << "\nbut: " << faults(row.backend, row.server);
}

std::string faults_of(const std::string& servers) {
  const auto config =
      from_json(nlohmann::json::parse(R"({"backends": {"b": {"transport": "kernel", "servers": {)" + servers + "}}}}"));
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

TEST(BackendCheckRules, a_server_tracks_one_that_is_checked_and_is_not_checked_itself) {
  const std::string checked = R"("s": {"address": "127.0.0.1", "port": 1, "check": {}})";
  EXPECT_EQ(faults_of(checked + R"(, "t": {"address": "127.0.0.1", "track": "b/s"},
                                     "u": {"address": "127.0.0.1", "track": "b/t"})"),
            "");
  EXPECT_NE(faults_of(checked + R"(, "t": {"address": "127.0.0.1", "port": 2, "track": "b/s", "check": {}})")
                .find("the server is checked itself"),
            std::string::npos);
  EXPECT_NE(faults_of(R"("s": {"address": "127.0.0.1", "port": 1}, "t": {"address": "127.0.0.1", "track": "b/s"})")
                .find("b/s is not checked"),
            std::string::npos);
}

TEST(BackendCheckRules, what_is_checked_has_a_port) {
  EXPECT_NE(faults_of(R"("s": {"address": "127.0.0.1", "check": {}})").find("no port that could be checked"),
            std::string::npos);
  EXPECT_EQ(faults_of(R"("s": {"address": "127.0.0.1", "check": {"port": 80}})"), "");
}

}  // namespace
}  // namespace poise::config
