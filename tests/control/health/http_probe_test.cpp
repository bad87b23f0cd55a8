#include "control/health/http_probe.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

config::Check http(const config::HttpCheck& wanted = {}) {
  config::Check check;
  check.kind = config::CheckKind::http;
  check.http = wanted;
  return check;
}

std::string answered(const config::HttpCheck& wanted, std::string_view response) {
  ProbeBench bench(http(wanted));
  bench.connected();
  for (const char c : response) bench.bytes({&c, 1});  // a byte at a time
  bench.closed();
  return bench.verdict();
}

TEST(HttpProbe, asks_as_it_is_told) {
  ProbeBench plain(http());
  plain.connected();
  EXPECT_EQ(plain.take_sent(), "GET / HTTP/1.1\r\nHost: 10.0.0.11\r\nUser-Agent: poise\r\nConnection: close\r\n\r\n");
  config::HttpCheck wanted{.method = "HEAD", .path = "/up?x=1", .version = config::HttpVersion::http_1_0};
  wanted.headers = {{"Host", "a.example.com"}, {"X-Probe", "1"}};
  EXPECT_EQ(
      request_of({http(wanted), *parse_ip("10.0.0.11"), 8080, ""}),
      "HEAD /up?x=1 HTTP/1.0\r\nUser-Agent: poise\r\nHost: a.example.com\r\nX-Probe: 1\r\nConnection: close\r\n\r\n");
  wanted.headers.clear();
  const std::string request = request_of({http(wanted), *parse_ip("2001:db8::1"), 8080, ""});
  EXPECT_NE(request.find("Host: [2001:db8::1]:8080\r\n"), std::string::npos);
}

TEST(HttpProbe, judges_the_status_as_soon_as_the_response_is_whole) {
  ProbeBench bench(http());
  bench.connected();
  bench.bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
  EXPECT_EQ(bench.verdict(), "");
  bench.bytes("k");
  EXPECT_EQ(bench.verdict(), "passed");
  EXPECT_EQ(answered({}, "HTTP/1.0 503 No\r\n\r\nbody until the end"), "failed: status 503");
  EXPECT_EQ(answered({.statuses = {"204", "500-503"}}, "HTTP/1.0 503 No\r\n\r\n"), "passed");
  EXPECT_EQ(answered({.method = "HEAD"}, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), "passed");
}

TEST(HttpProbe, judges_the_body) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n5\r\n well\r\n0\r\n\r\n";
  const std::string abc = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  struct Row {
    config::HttpCheck wanted;
    std::string verdict;
  };
  for (const Row& row : {Row{{.body_match = "l{2} w"}, "passed"},
                         Row{{.body_match = "ill"}, "failed: status 200, but the body does not match"},
                         Row{{.body_no_match = "(?i)WELL"}, "failed: status 200, but the body matches"},
                         Row{{.body_md5 = std::string(32, '0')},
                             "failed: status 200, but the MD5 of the body is 900150983cd24fb0d6963f7d28e17f72"}})
    EXPECT_EQ(answered(row.wanted, row.wanted.body_md5 ? abc : chunked), row.verdict);
  EXPECT_EQ(answered({.body_md5 = "900150983CD24FB0D6963F7D28E17F72"},  // RFC 1321 A.5
                     abc),
            "passed");
}

TEST(HttpProbe, what_is_no_whole_response_fails) {
  EXPECT_TRUE(answered({}, "SSH-2.0-OpenSSH\r\n\r\n").starts_with("failed: what it says is no HTTP response"));
  EXPECT_EQ(answered({}, ""), "failed: the server closed the connection before the response was whole");
  EXPECT_EQ(answered({}, "HTTP/1.1 200 OK\r\nContent-Le"),
            "failed: the server closed the connection before the response was whole");
  EXPECT_EQ(answered({}, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
            "failed: the server closed the connection before the response was whole");
  EXPECT_TRUE(answered({}, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n").starts_with("failed: what it says"));
}

}  // namespace
}  // namespace poise::control::health
