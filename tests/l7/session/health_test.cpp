#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"

// What sessions tell of a server's health, and what becomes of them when it changes.
namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const std::string get = "GET /a HTTP/1.1\r\nHost: example\r\n\r\n";
constexpr auto silent = [](ProxyWorld::Peer&) {};

class SessionHealthTest : public testing::Test {
 protected:
  void begin(Mode mode, std::size_t servers) {
    proxies.begin_tables(mode, servers).health_changes = &changes;
    proxies.servers().retries = 1;
    proxies.servers().is_redispatching = true;
    proxies.servers().timeouts = {.connect = 1'000, .server = 60'000, .queue = 30'000};
  }
  void take_down(std::size_t server, bool ends_sessions) {
    proxies.state(server).is_up = false;
    proxies.backend_state().generation.fetch_add(1);
    if (ends_sessions) end(server, 'D');
    changes.fetch_add(1);
  }
  void wake() {  // as control does
    proxies.world.schedule(1, 0s, [] {});
  }
  void end(std::size_t server, char cause) {
    proxies.state(server).ended_by = cause;
    proxies.state(server).endings.fetch_add(1);
  }
  std::string state() const { return proxies.ended.empty() ? "nothing" : proxies.ended.back().state; }
  std::atomic<std::uint32_t> changes{0};
  ProxyWorld proxies;
};

TEST_F(SessionHealthTest, DH_502_a_request_whose_server_goes_down_before_it_answers) {
  begin(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  take_down(0, true);
  wake();
  proxies.run(1s);
  EXPECT_TRUE(client.came.starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(state(), "DH--");
}

TEST_F(SessionHealthTest, DD_a_response_and_a_tunnel_that_are_cut) {
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [](ProxyWorld::Peer& each) { each.say("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart"); };
  });
  for (const Mode mode : {Mode::http, Mode::tcp}) {
    begin(mode, 1);
    proxies.apply();
    ProxyWorld::Peer& client = proxies.connect();
    client.say(get);
    proxies.run(1s);
    take_down(0, true);
    wake();
    proxies.run(1s);
    EXPECT_EQ(client.closed_as, tcp::Closed::reset);
    EXPECT_EQ(state(), "DD--");
    proxies.state(0).is_up = true;
    proxies.backend_state().generation.fetch_add(1);
  }
}

TEST_F(SessionHealthTest, UD_a_session_of_a_backup_ends_when_it_is_not_needed_any_more) {
  begin(Mode::tcp, 2);
  proxies.servers().servers[1].is_backup = true;
  proxies.state(0).is_up = false;
  proxies.apply();
  proxies.serve(8002, silent);
  proxies.connect().say("a");
  proxies.run(1s);
  proxies.state(0).is_up = true;
  proxies.backend_state().generation.fetch_add(1);
  end(1, 'U');
  changes.fetch_add(1);
  wake();
  proxies.run(1s);
  EXPECT_EQ(state(), "UD--");
  EXPECT_EQ(proxies.ended.back().server, "s2");
}

TEST_F(SessionHealthTest, sessions_go_on_when_nobody_says_that_they_should_end) {
  begin(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  take_down(0, false);
  proxies.run(1s);
  EXPECT_TRUE(proxies.ended.empty());
  proxies.origins[8001].back()->say(hello);
  proxies.run(1s);
  EXPECT_NE(client.came.find("hello"), std::string::npos);
}

TEST_F(SessionHealthTest, who_waits_for_a_server_that_goes_down_gets_another) {
  begin(Mode::http, 2);
  for (Server& server : proxies.servers().servers) server.connections_max = 1;
  proxies.servers().balance.algorithm = balance::Algorithm::hash;  // so that all wait for one
  proxies.servers().key = {.kind = BalanceKey::Kind::uri};
  proxies.apply();
  proxies.serve(8001, silent);
  proxies.serve(8002, silent);
  proxies.connect().say(get);
  proxies.run(100ms);
  const bool is_first = !proxies.origins[8001].empty();
  proxies.connect().say(get);
  proxies.run(100ms);
  take_down(is_first ? 0 : 1, false);
  proxies.run(1s);
  EXPECT_EQ(proxies.origins[is_first ? 8002 : 8001].size(), 1u);
  EXPECT_TRUE(proxies.ended.empty());
}

TEST_F(SessionHealthTest, who_waits_for_the_last_server_is_told_at_once) {
  begin(Mode::http, 1);
  proxies.servers().servers[0].connections_max = 1;
  proxies.servers().balance.algorithm = balance::Algorithm::hash;
  proxies.apply();
  proxies.serve(8001, silent);
  proxies.connect().say(get);
  proxies.run(100ms);
  ProxyWorld::Peer& waits = proxies.connect();
  waits.say(get);
  proxies.run(100ms);
  take_down(0, false);
  proxies.run(1s);
  EXPECT_TRUE(waits.came.starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(state(), "SC--");
}

TEST_F(SessionHealthTest, a_connection_to_a_server_that_has_gone_down_is_tried_elsewhere_at_once) {
  begin(Mode::http, 2);
  proxies.servers().retries = 3;
  proxies.servers().balance.algorithm = balance::Algorithm::first;
  proxies.apply();
  proxies.serve(8002, answers(hello));
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(500ms);
  take_down(0, false);
  proxies.run(1s);
  EXPECT_NE(client.came.find("hello"), std::string::npos);
}

TEST_F(SessionHealthTest, errors_of_an_observed_server_are_counted_until_one_goes_well) {
  begin(Mode::http, 1);
  proxies.servers().servers[0].observe = Observe::layer7;
  proxies.servers().servers[0].error_limit = 3;
  proxies.apply();
  const std::string bad = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
  int requests = 0;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [&](ProxyWorld::Peer& each) { each.say(++requests == 3 ? hello : bad); };
  });
  for (int i = 0; i < 5; ++i) proxies.ask(get, 1s);
  EXPECT_EQ(proxies.state(0).error_limits, 0u);
  EXPECT_EQ(proxies.state(0).errors_in_a_row, 2u);
  proxies.ask(get, 1s);
  EXPECT_EQ(proxies.state(0).error_limits, 1u);
  EXPECT_EQ(proxies.state(0).errors_in_a_row, 0u);
}

TEST_F(SessionHealthTest, connections_that_fail_are_errors_of_layer_4) {
  begin(Mode::tcp, 1);
  proxies.servers().servers[0].observe = Observe::layer4;
  proxies.servers().servers[0].error_limit = 2;
  proxies.servers().retries = 0;
  proxies.apply();
  proxies.ask("a", 2s);
  EXPECT_EQ(proxies.state(0).errors_in_a_row, 1u);
  proxies.ask("a", 2s);
  EXPECT_EQ(proxies.state(0).error_limits, 1u);
}

}  // namespace
}  // namespace poise::l7
