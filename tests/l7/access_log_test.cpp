#include "l7/access_log.hpp"

#include <gtest/gtest.h>

#include "l7/session/session.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    frontend.name = "web";
    frontend.mode = Mode::http;
    frontend.state = &frontend_state;
    frontend.log_targets = 5;
    frontend.log_format = config::AccessLogFormat::http;
    backend.name = "servers";
    backend.state = &backend_state;
    server.name = "s1";
    server.state = &server_state;
    session.frontend = &frontend;
    session.ends = {*parse_ip("192.0.2.7"), {}, 4711, 80};
    session.began_ms = 1000;
    session.request_ms = 2;
    session.line = "GET / HTTP/1.1";
    log.set_wall_clock(1'700'000'000s, 60);
  }
  std::string line(Instant now) {
    log.finished(session, now);
    std::string text;
    log.poll([&](const AccessLog::Line& each) {
      text = each.view();
      EXPECT_EQ(each.targets, 5u);
    });
    return text;
  }
  FrontendState frontend_state{1};
  BackendState backend_state{1};
  ServerState server_state{1};
  Frontend frontend;
  Backend backend;
  Server server;
  Session session;
  AccessLog log;
};

TEST_F(AccessLogTest, a_line_tells_of_the_session_as_haproxy_would) {
  session.backend = &backend;
  session.picked = &server;
  session.queue_ms = 0;
  session.connect_ms = 1;
  session.response_ms = 3;
  session.status = 200;
  session.bytes_out = 321;
  frontend_state.local[0].stats.sessions.rise();
  EXPECT_EQ(line(Instant(1010ms)),
            "192.0.2.7:4711 [14/Nov/2023:23:13:21.000] web servers/s1 2/0/1/3/10 200 321 - - ---- 1/1/0/0/0 0/0 "
            "\"GET / HTTP/1.1\"");
}

TEST_F(AccessLogTest, what_was_never_reached_is_minus_one_and_nobody_has_no_server) {
  session.status = 503;
  session.cause = Cause::server_aborted;
  session.ended_in = 'C';
  EXPECT_EQ(line(Instant(1005ms)),
            "192.0.2.7:4711 [14/Nov/2023:23:13:21.000] web web/<NOSRV> 2/-1/-1/-1/5 503 0 - - SC-- 0/0/0/0/0 0/0 "
            "\"GET / HTTP/1.1\"");
  session.is_stats = true;
  EXPECT_NE(line(Instant(1005ms)).find("web/<STATS>"), std::string::npos);
}

TEST_F(AccessLogTest, the_frontend_says_which_format) {
  frontend.log_format = config::AccessLogFormat::json;
  EXPECT_EQ(line(Instant(1005ms)).front(), '{');
  frontend.log_format = config::AccessLogFormat::tcp;
  EXPECT_EQ(line(Instant(1005ms)).find("GET"), std::string::npos);
}

TEST_F(AccessLogTest, what_finds_no_room_is_counted_and_nobody_waits) {
  for (std::size_t i = 0; i < AccessLog::lines_max + 7; ++i) log.finished(session, Instant(2s));
  EXPECT_EQ(log.lost(), 7u);
  EXPECT_EQ(log.poll([](const AccessLog::Line&) {}), AccessLog::lines_max);
}

}  // namespace
}  // namespace poise::l7
