#include "l7/report/json_log.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace poise::l7::report {
namespace {

using namespace std::chrono_literals;

LogFacts some_facts() {
  LogFacts facts;
  facts.client = IpAddr::v4(0x7f000001);
  facts.client_port = 35054;
  facts.accepted = {.since_1970 = 1795539167564ms, .utc_offset_minutes = 60};
  facts.frontend = "plain";
  facts.backend = "app";
  facts.server = "s1";
  facts.timers = {.request = 1, .queue = 2, .connect = -1, .response = -1, .active = 3, .total = 4};
  facts.bytes_read = 138;
  facts.termination = {'S', 'C', 'V', 'N'};
  facts.connections = {.process = 4, .frontend = 3, .backend = 2, .server = 1};
  facts.retries = 3;
  facts.queued = {.server = 5, .backend = 6};
  facts.request = "GET / HTTP/1.1";
  return facts;
}

std::string json_of(const LogFacts& facts) {
  std::array<char, 4096> room;
  LineWriter line(room);
  format_json(facts, line);
  EXPECT_TRUE(line.is_whole());
  return std::string(line.text());
}

TEST(JsonLog, names_every_fact_of_a_request) {
  LogFacts facts = some_facts();
  const std::array<std::string_view, 2> asked = {"ex.org", ""};
  facts.request_captures = {.is_logged = true, .values = asked};
  EXPECT_EQ(json_of(facts),
            R"({"time":"2026-11-24T17:52:47.564+01:00","mode":"http","client":"127.0.0.1","client_port":35054,)"
            R"("frontend":"plain","tls":false,"backend":"app","server":"s1",)"
            R"("timers":{"request":1,"queue":2,"connect":null,"response":null,"active":3},)"
            R"("status":null,"request":"GET / HTTP/1.1","request_cookie":"-","response_cookie":"-",)"
            R"("request_captures":["ex.org",""],"bytes_read":138,"termination":"SCVN",)"
            R"("connections":{"process":4,"frontend":3,"backend":2,"server":1},"retries":3,"redispatched":false,)"
            R"("queued":{"server":5,"backend":6}})");
}

TEST(JsonLog, leaves_out_what_a_tcp_connection_has_not) {
  LogFacts facts = some_facts();
  facts.mode = LogFacts::Mode::tcp;
  const nlohmann::json read = nlohmann::json::parse(json_of(facts));
  EXPECT_EQ(read["mode"], "tcp");
  EXPECT_EQ(read["termination"], "SC");
  EXPECT_EQ(read["timers"].dump(), R"({"connect":null,"queue":2,"total":4})");
  EXPECT_FALSE(read.contains("status") || read.contains("request") || read.contains("request_cookie"));
}

TEST(JsonLog, any_byte_reads_back) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += char(byte);
  LogFacts facts = some_facts();
  facts.request = bytes;
  const nlohmann::json read = nlohmann::json::parse(json_of(facts), nullptr, false);
  ASSERT_FALSE(read.is_discarded());
  // As UTF-8, whose two bytes of U+0080..U+00FF hold the byte.
  std::string back;
  const std::string text = read["request"];
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto first = std::uint8_t(text[at]);
    back += first < 0x80 ? text[at] : char((first & 3) << 6 | (text[++at] & 0x3f));
  }
  EXPECT_EQ(back, bytes);
}

TEST(JsonLog, says_that_a_line_was_cut_off) {
  std::array<char, 100> room;
  LineWriter line(room);
  format_json(some_facts(), line);
  EXPECT_FALSE(line.is_whole());
}

}  // namespace
}  // namespace poise::l7::report
