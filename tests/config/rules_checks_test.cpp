#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string check(const std::string& text) { return R"({"pools": {"web": {"checks": {"c": )" + text + "}}}}"; }

TEST(RulesChecks, a_check_says_what_its_kind_needs_and_nothing_else) {
  const std::string at = "pools.web.checks.c";
  for (const Refusal& row :
       {Refusal{check(R"({"kind": "tcp", "dns": {}})"), at + ".dns", "this check is of kind \"tcp\""},
        Refusal{check(R"({"kind": "exec"})"), at + ".exec", "there is no program"},
        Refusal{check(R"({"kind": "exec", "exec": {"command": []}})"), at + ".exec.command", "there is no program"},
        Refusal{check(R"({"kind": "exec", "exec": {"command": ["true"]}})"), at + ".exec.command[0]",
                "\"true\" is not an absolute path"},
        Refusal{check(R"({"kind": "icmp", "port": 7})"), at + ".port", "ICMP has no ports"},
        Refusal{check(R"({"address": "224.0.0.1"})"), at + ".address", "multicast"},
        Refusal{check(R"({"kind": "dns", "dns": {"type": "AAA"}})"), at + ".dns.type", "is no type of record"}})
    expect_refused(row);
  expect_accepted(check(R"({})"));
  expect_accepted(check(R"({"kind": "exec", "exec": {"command": ["/bin/true"]}})"));
  expect_accepted(check(R"({"kind": "icmp", "interval_ms": 10, "fall": 5})"));
}

TEST(RulesChecks, requests_and_datagrams_can_be_sent_as_they_are_written) {
  const auto http = [](const std::string& text) { return check(R"({"kind": "http", "http": )" + text + "}"); };
  const auto udp = [](const std::string& text) { return check(R"({"kind": "udp", "udp": )" + text + "}"); };
  const std::string at = "pools.web.checks.c";
  for (const Refusal& row :
       {Refusal{http(R"({"path": "a"})"), at + ".http.path", "is no path"},
        Refusal{http(R"({"path": "/ HTTP/1.0"})"), at + ".http.path", "is no path"},
        Refusal{http(R"({"method": "GET /"})"), at + ".http.method", "is no method"},
        Refusal{http(R"({"status": ["200", "400-300"]})"), at + ".http.status[1]", "is no status code"},
        Refusal{http(R"({"body_digest": "abc"})"), at + ".http.body_digest", "is no MD5 sum"},
        Refusal{http(R"({"body_match_refuses": true})"), at + ".http.body_match_refuses", "there is no body_match"},
        Refusal{http(R"({"verify": true})"), at + ".http.verify", "there is no TLS"},
        Refusal{udp(R"({"payload": "abc"})"), at + ".udp.payload", "is not bytes in hex"},
        Refusal{udp(R"({"reply": "0g"})"), at + ".udp.reply", "is not bytes in hex"},
        Refusal{udp(R"({"reply_min": 2, "reply_max": 1})"), at + ".udp.reply_min", "more than reply_max"}})
    expect_refused(row);
  expect_accepted(http(R"({"status": ["200-299", "401"], "tls": true, "verify": true, "sni": "a.example.com"})"));
  expect_accepted(udp(R"({"payload": "00ff", "reply": "0x", "require_reply": true})"));
}

TEST(RulesChecks, checks_of_a_server_are_looked_at_and_a_quorum_can_be_reached_and_lost) {
  for (const Refusal& row : {Refusal{R"({"pools": {"web": {"servers": {"a": {"checks": {"c": {"kind": "exec"}}}}}}})",
                                     "pools.web.servers.a.checks.c.exec", "there is no program"},
                             Refusal{R"({"pools": {"web": {"quorum": 70000}}})", "pools.web.quorum", "have weight"},
                             Refusal{R"({"pools": {"web": {"quorum_hysteresis": 1}}})", "pools.web.quorum_hysteresis",
                                     "not less than the quorum"}})
    expect_refused(row);
  expect_accepted(R"({"pools": {"web": {"quorum": 2, "quorum_hysteresis": 1}}})");
}

}  // namespace
}  // namespace poise::config
