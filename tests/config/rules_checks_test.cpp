#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string checked_by(const std::string& check) { return R"({"pools": {"web": {"checks": {"c": )" + check + "}}}}"; }
std::string pool_with(const std::string& fields) { return R"({"pools": {"web": )" + fields + "}}"; }

TEST(RulesChecks, a_check_has_what_its_kind_needs_and_nothing_of_another) {
  const std::string path = "pools.web.checks.c";
  for (const Refusal& row :
       {Refusal{checked_by(R"({"http": {"path": "/x"}})"), path + ".http", "kind \"tcp\" does not look at it"},
        Refusal{checked_by(R"({"kind": "http", "tls": {"sni": "a"}})"), path + ".tls", "use kind https"},
        Refusal{checked_by(R"({"kind": "udp", "dns": {"name": "a"}})"), path + ".dns", "use kind dns"},
        Refusal{checked_by(R"({"smtp": {"helo": "a"}})"), path + ".smtp", "use kind smtp"},
        Refusal{checked_by(R"({"kind": "dns", "exchange": {"payload": "a"}})"), path + ".exchange", "tcp or udp"},
        Refusal{checked_by(R"({"exec": {"command": ["/bin/true"]}})"), path + ".exec", "use kind exec"},
        Refusal{checked_by(R"({"kind": "icmp", "port": 7})"), path + ".port", "does not look at it"},
        Refusal{checked_by(R"({"kind": "exec"})"), path + ".exec.command", "there is no program"},
        Refusal{checked_by(R"({"kind": "exec", "exec": {"command": ["true"]}})"), path + ".exec.command[0]",
                "not an absolute path"},
        Refusal{checked_by(R"({"timeout_ms": 1001})"), path + ".timeout_ms", "longer than the interval of 1000 ms"},
        Refusal{checked_by(R"({"address": "224.0.0.1"})"), path + ".address", "multicast"}})
    expect_refused(row);
  for (const char* check : {"{}", R"({"kind": "icmp", "interval_ms": 100, "timeout_ms": 100})",
                            R"({"kind": "exec", "exec": {"command": ["/bin/true", "a b"]}})",
                            R"({"kind": "smtp", "smtp": {"helo": "me.example.com"}})"})
    expect_accepted(checked_by(check));
}

TEST(RulesChecks, a_request_is_one_that_can_be_sent_and_answered) {
  const auto http = [](const std::string& fields) { return checked_by(R"({"kind": "http", "http": )" + fields + "}"); };
  const std::string path = "pools.web.checks.c.http";
  for (const Refusal& row :
       {Refusal{http(R"({"statuses": ["299-200"]})"), path + ".statuses[0]", "neither a status code nor a range"},
        Refusal{http(R"({"statuses": ["200", "2xx"]})"), path + ".statuses[1]", "neither"},
        Refusal{http(R"({"statuses": []})"), path + ".statuses", "no status would pass"},
        Refusal{http(R"({"path": "health"})"), path + ".path", "no path"},
        Refusal{http(R"({"path": "/a b"})"), path + ".path", "no path"},
        Refusal{http(R"({"method": "GET "})"), path + ".method", "no method"},
        Refusal{http(R"({"method": "HEAD", "body_match": "ok"})"), path + ".method", "no body"},
        Refusal{http(R"({"host": ""})"), path + ".host", "no name of a host"},
        Refusal{http(R"({"body_match": "("})"), path + ".body_match", "no regular expression"},
        Refusal{http(R"x({"body_no_match": "(?=a)"})x"), path + ".body_no_match", "no look-around"}})
    expect_refused(row);
  expect_accepted(http(R"({"method": "HEAD", "headers": {"X-Probe": "1"}, "statuses": ["204", "300-399"]})"));
  expect_accepted(http(R"({"body_match": "(?i)ok", "body_md5": "0123456789abcdef0123456789abcdef"})"));
}

TEST(RulesChecks, a_certificate_is_verified_for_a_name) {
  const auto tls = [](const std::string& fields) { return checked_by(R"({"kind": "https", )" + fields + "}"); };
  const std::string path = "pools.web.checks.c.tls";
  expect_refused({tls(R"("tls": {"verify_certificate": true})"), path + ".verify_certificate", "set sni, or host"});
  expect_refused({tls(R"("tls": {"ca_file": "/ca.pem"})"), path + ".ca_file", "set verify_certificate"});
  expect_refused({tls(R"("tls": {"sni": "a b"})"), path + ".sni", "no name of a server"});
  expect_accepted(tls(R"("tls": {"verify_certificate": true, "sni": "a.example.com", "ca_file": "/ca.pem"})"));
  expect_accepted(tls(R"("tls": {"verify_certificate": true}, "http": {"host": "a.example.com"})"));
}

TEST(RulesChecks, queries_and_datagrams_make_sense) {
  const auto check = [](const std::string& kind, const std::string& field, const std::string& fields) {
    return checked_by(R"({"kind": ")" + kind + R"(", ")" + field + R"(": )" + fields + "}");
  };
  const std::string path = "pools.web.checks.c.";
  for (const Refusal& row :
       {Refusal{check("dns", "dns", R"({"name": "a..b"})"), path + "dns.name", "no name of the DNS"},
        Refusal{check("dns", "dns", R"({"name": ""})"), path + "dns.name", "no name of the DNS"},
        Refusal{check("dns", "dns", R"({"type": "A", "expected": ["2001:db8::1"]})"), path + "dns.expected[0]",
                "no IPv4 address"},
        Refusal{check("dns", "dns", R"({"type": "AAAA", "expected": ["::1", "x"]})"), path + "dns.expected[1]",
                "no IPv6 address"},
        Refusal{check("smtp", "smtp", R"({"helo": "a b"})"), path + "smtp.helo", "no name"},
        Refusal{check("tcp", "exchange", R"({"payload": "\\n"})"), path + "exchange.payload", "begins no byte"},
        Refusal{check("tcp", "exchange", R"({"expected": "("})"), path + "exchange.expected", "no regular expression"},
        Refusal{check("udp", "exchange", R"({"expected": "x"})"), path + "exchange.expected", "silence passes"},
        Refusal{check("tcp", "exchange", R"({"reply_bytes_min": 9, "reply_bytes_max": 8})"),
                path + "exchange.reply_bytes_min", "exchange the two"}})
    expect_refused(row);
  expect_accepted(check("dns", "dns", R"({"name": "www.example.com.", "type": "TXT", "expected": ["any text"]})"));
  expect_accepted(check("udp", "exchange", R"({"payload": "\\x00", "expected": "^\\x00", "reply_required": true})"));
}

TEST(RulesChecks, a_probe_needs_a_port) {
  const std::string no_service = R"({"services": null, "pools": {"web": {"checks": {"c": {)";
  expect_refused({no_service + "}}}}}", "pools.web.checks.c.port", "server \"a\" has no port"});
  expect_refused({no_service + R"(}}, "servers": {"a": {"port": 1}}}}})", "pools.web.checks.c.port", "server \"b\""});
  expect_refused(
      {R"({"services": {"web": {"ports": "80-81"}}, "pools": {"web": {"servers": {"a": {"checks": {"c": {}}}}}}})",
       "pools.web.servers.a.checks.c.port", "server \"a\" has no port"});
  expect_accepted(no_service + R"("port": 80}}}}})");
  expect_accepted(no_service + R"("kind": "http"}}}}})");
  expect_accepted(no_service + R"("kind": "icmp"}}}}})");
}

TEST(RulesChecks, a_pool_can_reach_its_quorum) {
  expect_refused({pool_with(R"({"quorum": 3})"), "pools.web.quorum", "the weight 2, below the 3"});
  expect_refused({pool_with(R"({"quorum": 2, "quorum_hysteresis": 1})"), "pools.web.quorum", "below the 3"});
  expect_refused({pool_with(R"({"quorum": 2, "sorry_server": "b"})"), "pools.web.quorum", "the weight 1"});
  expect_refused({pool_with(R"({"quorum_hysteresis": 1, "servers": {"a": {"weight": 9}}})"),
                  "pools.web.quorum_hysteresis", "would never be given up"});
  expect_accepted(pool_with(R"({"quorum": 2})"));
  expect_accepted(pool_with(R"({"quorum": 9, "servers": {"a": {"weight": 0}}})"));
  expect_accepted(pool_with(R"({"servers": null})"));
}

TEST(RulesChecks, a_server_may_have_checks_of_its_own_or_none) {
  const auto own = [](const std::string& checks) {
    return R"({"pools": {"web": {"checks": {"c": {"kind": "icmp"}}, "servers": {"a": {"checks": )" + checks + "}}}}}";
  };
  const Config config = changed(own("{}"));
  EXPECT_TRUE(config.pools.at("web").servers.at("a").checks);
  EXPECT_EQ(from_json(to_json_brief(config)).value(), config);
  expect_refused({own(R"({"d": {"timeout_ms": 2000}})"), "pools.web.servers.a.checks.d.timeout_ms", "longer than"});
}

}  // namespace
}  // namespace poise::config
