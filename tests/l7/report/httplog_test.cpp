#include "l7/report/httplog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace poise::l7::report {
namespace {

using namespace std::chrono_literals;

std::string line_of(const LogFacts& facts, std::size_t room = 2048) {
  std::string to(room, '?');
  LineWriter line(to);
  if (facts.mode == LogFacts::Mode::http) format_httplog(facts, line);
  if (facts.mode == LogFacts::Mode::tcp) format_tcplog(facts, line);
  return std::string(line.text());
}

// "plain" and its backend "app", at 16:52:47.564.
LogFacts plain_request() {
  LogFacts facts;
  facts.client = IpAddr::v4(0x7f000001);
  facts.client_port = 35054;
  facts.accepted = {.since_1970 = 1795539167564ms};
  facts.frontend = "plain";
  facts.backend = "app";
  facts.server = "s1";
  facts.timers = {.request = 0, .queue = 0, .connect = 0, .response = 0, .active = 0};
  facts.status = 200;
  facts.bytes_read = 138;
  facts.termination = {'-', '-', 'V', 'N'};
  facts.connections = {.process = 1, .frontend = 1};
  facts.request = "GET / HTTP/1.1";
  return facts;
}

// The lines of this file that name these ports were written by HAProxy 2.6.12.
TEST(Httplog, is_haproxy_s) {
  EXPECT_EQ(line_of(plain_request()),
            "127.0.0.1:35054 [24/Nov/2026:16:52:47.564] plain app/s1 0/0/0/0/0 200 138 - - --VN 1/1/0/0/0 0/0 "
            "\"GET / HTTP/1.1\"");
}

TEST(Httplog, tells_what_was_never_reached) {
  LogFacts facts = plain_request();
  facts.client_port = 35102;
  facts.accepted.since_1970 = 1795539171676ms;
  facts.backend = "plain";
  facts.server = "<NOSRV>";
  facts.timers = {.active = 2001};
  facts.status = 408;
  facts.bytes_read = 0;
  facts.termination = {'c', 'R', '-', '-'};
  facts.request = "<BADREQ>";
  EXPECT_EQ(line_of(facts),
            "127.0.0.1:35102 [24/Nov/2026:16:52:51.676] plain plain/<NOSRV> -1/-1/-1/-1/2001 408 0 - - cR-- "
            "1/1/0/0/0 0/0 \"<BADREQ>\"");
}

TEST(Httplog, marks_tls_and_redispatches) {
  LogFacts facts = plain_request();
  facts.is_tls = true;
  facts.retries = 1;
  facts.is_redispatched = true;
  facts.connections = {.process = 9, .frontend = 8, .backend = 7, .server = 6};
  facts.queued = {.server = 5, .backend = 4};
  facts.timers = {.request = 10, .queue = 11, .connect = 30, .response = 69, .active = 120};
  EXPECT_EQ(line_of(facts),
            "127.0.0.1:35054 [24/Nov/2026:16:52:47.564] plain~ app/s1 10/11/30/69/120 200 138 - - --VN 9/8/7/6/+1 5/4 "
            "\"GET / HTTP/1.1\"");
}

TEST(Httplog, shows_captured_headers_where_there_are_rules_for_them) {
  LogFacts facts = plain_request();
  const std::array<std::string_view, 2> asked = {"ex.org", "\"#|{}\x01\x1f\x7f\x80\xff~[]\\ a"};
  const std::array<std::string_view, 2> answered = {"a\"b|c{d}\x01\xe9#\\", ""};
  facts.client_port = 52828;
  facts.accepted.since_1970 = 1795539182098ms;
  facts.frontend = "web";
  facts.termination = {'-', '-', 'N', 'I'};
  facts.request_captures = {.is_logged = true, .values = asked};
  facts.response_captures = {.is_logged = true, .values = answered};
  EXPECT_EQ(line_of(facts),
            "127.0.0.1:52828 [24/Nov/2026:16:53:02.098] web app/s1 0/0/0/0/0 200 138 - - --NI 1/1/0/0/0 0/0 "
            "{ex.org|#22#23#7C#7B#7D#01#1F#7F#80#FF~[]\\ a} {a#22b#7Cc#7Bd#7D#01#E9#23\\|} \"GET / HTTP/1.1\"");
  facts.response_captures.is_logged = false;
  facts.request_captures.values = {};
  EXPECT_NE(line_of(facts).find(" 0/0 {} \"GET"), std::string::npos);
}

TEST(Httplog, quotes_what_can_t_be_printed) {
  LogFacts facts = plain_request();
  facts.request = "GET /a\"b#c<>[]\\^`{|}~\x80\xff\xc3\xa9?q=%41&'() HTTP/1.1";
  EXPECT_TRUE(line_of(facts).ends_with("0/0 \"GET /a#22b#23c<>[]\\^`{|}~#80#FF#C3#A9?q=%41&'() HTTP/1.1\""));
}

TEST(Httplog, shows_captured_cookies_as_they_are_but_for_what_can_t_be_printed) {
  LogFacts facts = plain_request();
  facts.request_cookie = "SRV=\"q|{x}#\n\xe9\\; z=1";
  facts.response_cookie = "SRV=b";
  EXPECT_NE(line_of(facts).find(" 200 138 SRV=\"q|{x}##0A#E9\\; z=1 SRV=b --VN "), std::string::npos);
}

TEST(Httplog, writes_ipv6_clients_and_local_time) {
  LogFacts facts = plain_request();
  facts.client = *parse_ip("::1");
  facts.accepted = {.since_1970 = 1767222000007ms, .utc_offset_minutes = 120};
  EXPECT_TRUE(line_of(facts).starts_with("::1:35054 [01/Jan/2026:01:00:00.007] plain app/s1 "));
}

TEST(Httplog, cuts_off_a_line_that_is_too_long) {
  LogFacts facts = plain_request();
  const std::string request = "GET /" + std::string(1500, 'b') + " HTTP/1.1";
  facts.request = request;
  std::array<char, 1024> room;
  LineWriter line(room);
  format_httplog(facts, line);
  EXPECT_FALSE(line.is_whole());
  EXPECT_EQ(line.text().size(), 1024u);
  EXPECT_TRUE(line.text().ends_with("bbb"));
}

TEST(Tcplog, is_haproxy_s) {
  LogFacts facts = plain_request();
  facts.mode = LogFacts::Mode::tcp;
  facts.client_port = 52472;
  facts.accepted.since_1970 = 1795539438550ms;
  facts.frontend = "raw";
  facts.backend = "tdead";
  facts.server = "n1";
  facts.timers = {.queue = 1, .connect = -1, .total = 3003};
  facts.bytes_read = 0;
  facts.termination = {'S', 'C', '-', '-'};
  facts.retries = 3;
  EXPECT_EQ(line_of(facts), "127.0.0.1:52472 [24/Nov/2026:16:57:18.550] raw tdead/n1 1/-1/3003 0 SC 1/1/0/0/3 0/0");
}

}  // namespace
}  // namespace poise::l7::report
