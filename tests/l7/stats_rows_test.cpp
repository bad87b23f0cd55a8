#include "l7/stats_rows.hpp"

#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;
using report::StatsRow;

TEST(StatsRows, say_what_clients_and_servers_saw) {
  ProxyWorld proxies;
  const Tables& tables = proxies.begin_tables(Mode::http, 2);
  proxies.apply();
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  proxies.serve(8001, answers(response));
  proxies.serve(8002, answers(response));
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::size_t bytes = proxies.ask(get + get + get, 5s).size();
  bytes += proxies.ask("none\r\n\r\n", 5s).size();
  const auto rows = stats_rows(tables, proxies.world.now());
  ASSERT_EQ(rows.size(), 4u);
  const StatsRow &web = rows[0], &s1 = rows[1], &s2 = rows[2], &all = rows[3];
  EXPECT_EQ(web.kind, StatsRow::Kind::frontend);
  EXPECT_EQ(web.sessions, 2u);
  EXPECT_EQ(web.requests, 4u);
  EXPECT_EQ(web.request_errors, 1u);
  EXPECT_EQ(web.responses_2xx, 3u);
  EXPECT_EQ(web.responses_4xx, 1u);
  EXPECT_EQ(web.bytes_out, bytes);
  EXPECT_EQ(*s1.sessions + *s2.sessions, 3u);
  EXPECT_EQ(all.sessions, 3u);
  EXPECT_EQ(all.bytes_out, *s1.bytes_out + *s2.bytes_out);
  EXPECT_EQ(*s1.connects + *s1.reuses, *s1.sessions);
  EXPECT_EQ(s1.idle_now, 1u);
  EXPECT_EQ(s1.address, "192.0.2.3:8001");
  EXPECT_EQ(s1.status, "no check");
  EXPECT_EQ(all.status, "UP");
  EXPECT_EQ(all.active, 2u);
}

TEST(StatsRows, rates_fade_within_two_seconds_and_the_most_stays) {
  ProxyWorld proxies;
  const Tables& tables = proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  proxies.ask(get + get + get + get, 500ms);
  auto rows = stats_rows(tables, proxies.world.now());
  EXPECT_EQ(rows[0].request_rate, 4u);
  EXPECT_EQ(rows[0].session_rate, 1u);
  EXPECT_EQ(rows[1].session_rate, 4u);
  proxies.run(1s);
  rows = stats_rows(tables, proxies.world.now());
  EXPECT_EQ(rows[0].request_rate, 2u);  // half a second ago this second began
  proxies.run(1s);
  rows = stats_rows(tables, proxies.world.now());
  EXPECT_EQ(rows[0].request_rate, 0u);
  EXPECT_EQ(rows[0].request_rate_most, 4u);
  EXPECT_EQ(rows[2].session_rate_most, 4u);
}

TEST(StatsRows, times_are_means_of_the_last_sessions_with_the_longest_beside) {
  Times times;
  for (int i = 0; i < 10; ++i) times.add(10);
  EXPECT_EQ(times.sum() / times.count(), 10u);
  for (int i = 0; i < 10'000; ++i) times.add(100);
  EXPECT_GE(times.sum() / times.count(), 99u);
  EXPECT_LE(times.sum() / times.count(), 101u);
  EXPECT_EQ(times.most(), 100u);
}

TEST(StatsRows, say_why_a_server_gets_nothing) {
  ProxyWorld proxies;
  Tables& tables = proxies.begin_tables(Mode::tcp, 3);
  proxies.state(0).is_up = false;
  proxies.servers().servers[1].is_disabled = true;
  proxies.servers().servers[2].is_drained = true;
  const auto rows = stats_rows(tables, proxies.world.now());
  EXPECT_EQ(rows[1].status, "DOWN");
  EXPECT_EQ(rows[2].status, "MAINT");
  EXPECT_EQ(rows[3].status, "DRAIN");
  EXPECT_EQ(rows[4].status, "DOWN");
  EXPECT_EQ(rows[4].active, 0u);
  EXPECT_EQ(rows[1].responses_2xx, std::nullopt);
}

}  // namespace
}  // namespace poise::l7
