#include "l7/session/persist.hpp"

#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"

// Clients that come back, with HAProxy's letters for it.
namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class PersistTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(proxies.world.failure(), ""); }
  // Servers s1, s2, s3 with the cookies "one", "two", "three".
  void begin(const persistence::CookieRule& rule) {
    proxies.begin_tables(Mode::http, 3);
    proxies.servers().cookie = rule;
    for (std::size_t i = 0; i < 3; ++i) proxies.servers().servers[i].cookie = std::array{"one", "two", "three"}[i];
    proxies.servers().retries = 1;
    for (std::uint16_t port = 8001; port <= 8003 && !is_serving; ++port)
      proxies.serve(port, [this](ProxyWorld::Peer& peer) {
        peer.on_data = [this](ProxyWorld::Peer& each) {
          if (!each.came.ends_with("\r\n\r\n")) return;
          asked = std::exchange(each.came, {});
          each.say(response);
        };
      });
    is_serving = true;
  }
  std::string ask(const std::string& cookie, Duration patience = 2s) {
    return proxies.ask("GET / HTTP/1.1\r\nHost: a\r\n" + (cookie.empty() ? "" : "Cookie: " + cookie + "\r\n") + "\r\n",
                       patience);
  }
  // Which server answered, and the letters.
  std::string outcome() const {
    return proxies.ended.empty() ? "nothing" : proxies.ended.back().server + " " + proxies.ended.back().state;
  }
  ProxyWorld proxies;
  std::string asked, response = hello;
  bool is_serving = false;
};

TEST_F(PersistTest, who_has_no_cookie_gets_one_and_comes_back_with_it) {
  begin({.name = "SRV"});
  proxies.apply();
  EXPECT_TRUE(ask("").find("\r\nset-cookie: SRV=one; path=/\r\n") != std::string::npos);
  EXPECT_EQ(outcome(), "s1 --NI");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask("a=1; SRV=one").find("set-cookie"), std::string::npos);
    EXPECT_EQ(outcome(), "s1 --VN");
    EXPECT_NE(asked.find("\r\ncookie: a=1; SRV=one\r\n"), std::string::npos);
  }
  ask("SRV=nobody");
  EXPECT_EQ(outcome(), "s2 --II");
  ask("SRV=");
  EXPECT_EQ(outcome(), "s3 --II");
}

TEST_F(PersistTest, with_indirect_the_server_does_not_know_of_it) {
  begin({.name = "SRV", .is_indirect = true});
  proxies.apply();
  ask("a=1; SRV=two; b=2");
  EXPECT_NE(asked.find("\r\ncookie: a=1; b=2\r\n"), std::string::npos);
  EXPECT_EQ(outcome(), "s2 --VN");
  ask("SRV=two");
  EXPECT_EQ(asked.find("cookie"), std::string::npos);
}

TEST_F(PersistTest, the_server_may_be_drained_or_without_weight_but_not_down) {
  struct Row {
    const char* name;
    void (*change)(Server& server);
    bool persists;
    const char* outcome;  // "s2", or another
  };
  for (const Row& row : {
           Row{"up", [](Server&) {}, false, "s2 --VN"},
           Row{"down", [](Server& server) { server.state->is_up = false; }, false, "other --DI"},
           Row{"down, with option persist", [](Server& server) { server.state->is_up = false; }, true, "s2 --DN"},
           Row{"maintenance", [](Server& server) { server.is_disabled = true; }, false, "other --DI"},
           Row{"drained by the configuration", [](Server& server) { server.is_drained = true; }, false, "s2 --VN"},
           Row{"drained by hand", [](Server& server) { server.state->is_drained = true; }, false, "s2 --VN"},
           Row{"no weight", [](Server& server) { server.weight = 0; }, false, "s2 --VN"},
           Row{"no weight by hand", [](Server& server) { server.state->weight_set = 0; }, false, "s2 --VN"},
       }) {
    begin({.name = "SRV"});
    Server& server = proxies.servers().servers[1];
    server.state->is_up = true;
    server.state->is_drained = false;
    server.state->weight_set = ~0u;
    row.change(server);
    proxies.servers().persists_when_down = row.persists;
    proxies.apply();
    ask("SRV=two");
    const std::string now = outcome();
    EXPECT_EQ(now.starts_with("s2") ? now : "other" + now.substr(2), row.outcome) << row.name;
  }
}

TEST_F(PersistTest, a_value_of_several_servers_is_for_the_first_that_is_up) {
  begin({.name = "SRV"});
  proxies.servers().servers[2].cookie = "two";
  proxies.state(1).is_up = false;
  proxies.apply();
  ask("SRV=two");
  EXPECT_EQ(outcome(), "s3 --VN");
}

TEST_F(PersistTest, a_server_that_refuses_loses_its_client_at_the_last_try_where_that_is_wanted) {
  for (const bool is_wanted : {true, false}) {
    begin({.name = "SRV"});
    proxies.servers().is_redispatching = is_wanted;
    proxies.stop_serving(8002);
    proxies.apply();
    ask("SRV=two", 5s);
    EXPECT_EQ(outcome(), is_wanted ? "s1 --DI" : "s2 SCVN");
    EXPECT_EQ(proxies.ended.back().is_redispatched, is_wanted);
    EXPECT_EQ(proxies.state(1).local[0].stats.read(Stat::redispatches), 1u);  // of the first row
  }
}

TEST_F(PersistTest, a_full_queue_of_the_own_server_sends_elsewhere_where_that_is_wanted) {
  begin({.name = "SRV"});
  Server& server = proxies.servers().servers[1];
  server.connections_max = server.queue_max = 1;
  proxies.servers().is_redispatching = true;
  proxies.apply();
  response = "";  // the first two stay
  for (int i = 0; i < 2; ++i) proxies.connect().say("GET / HTTP/1.1\r\nHost: a\r\nCookie: SRV=two\r\n\r\n");
  proxies.run(1s);
  response = hello;
  ask("SRV=two", 1s);
  EXPECT_EQ(outcome(), "s1 --DI");
  proxies.run(120s);
}

TEST_F(PersistTest, a_cookie_that_is_too_old_leads_nowhere) {
  begin({.name = "SRV", .idle_max_s = 100, .life_max_s = 1000});
  proxies.apply();
  const std::int64_t now_s = proxies.world.now().time_since_epoch() / 1s;
  const auto cookie = [&](std::int64_t last_s, std::int64_t first_s) {
    std::string text = "SRV=two|00000|00000";
    persistence::write_date(last_s, text.data() + 8);
    persistence::write_date(first_s, text.data() + 14);
    return text;
  };
  ask(cookie(now_s - 90, now_s - 900));
  EXPECT_EQ(outcome(), "s2 --VU");
  ask(cookie(now_s - 110, now_s - 900));
  EXPECT_EQ(outcome(), "s1 --EI");
  ask(cookie(now_s - 90, now_s - 1100));
  EXPECT_EQ(outcome(), "s2 --OI");
  ask(cookie(now_s + 8, now_s));
  EXPECT_EQ(outcome(), "s2 --VN");
}

TEST_F(PersistTest, the_letters_are_there_when_no_server_is) {
  begin({.name = "SRV"});
  for (const std::size_t i : {0, 1, 2}) proxies.state(i).is_up = false;
  proxies.apply();
  ask("SRV=two");
  EXPECT_EQ(outcome(), " SCDN");
}

TEST_F(PersistTest, in_mode_prefix_the_server_s_cookie_carries_the_server) {
  begin({.mode = persistence::CookieRule::Mode::prefix, .name = "ID"});
  response = "HTTP/1.1 200 OK\r\nSet-Cookie: ID=app; path=/x\r\nContent-Length: 5\r\n\r\nhello";
  proxies.apply();
  EXPECT_NE(ask("").find("\r\nset-cookie: ID=one~app; path=/x\r\n"), std::string::npos);
  EXPECT_EQ(outcome(), "s1 --NR");
  ask("ID=three~app");
  EXPECT_EQ(outcome(), "s3 --VR");
  EXPECT_NE(asked.find("\r\ncookie: ID=app\r\n"), std::string::npos);
}

TEST_F(PersistTest, an_interim_response_sets_no_cookie) {
  begin({.name = "SRV"});
  response = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + hello;
  proxies.apply();
  EXPECT_EQ(ask(""),
            "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\n"
            "content-length: 5\r\nset-cookie: SRV=one; path=/\r\n\r\nhello");
}

TEST_F(PersistTest, a_request_that_is_sent_again_is_written_the_same) {
  begin({.name = "SRV", .is_indirect = true});
  proxies.apply();
  ProxyWorld::Peer& client = proxies.connect();
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\nCookie: SRV=one; a=1\r\n\r\n";
  client.say(get);
  proxies.run(1s);
  proxies.origins[8001].at(0)->on_data = [](ProxyWorld::Peer& each) { each.reset(); };  // it dies of the next
  client.say(get);
  proxies.run(1s);
  ASSERT_EQ(proxies.origins[8001].size(), 2u);
  EXPECT_EQ(asked, "GET / HTTP/1.1\r\nhost: a\r\ncookie: a=1\r\n\r\n");
  EXPECT_EQ(outcome(), "s1 --VN");
}

TEST_F(PersistTest, the_log_has_the_cookie_that_the_frontend_captures) {
  begin({.name = "SRV"});
  proxies.web().cookie_capture = Capture{"app", 8};
  response =
      "HTTP/1.1 200 OK\r\nSet-Cookie: b=1\r\nSet-Cookie: app2=0123456789\r\nSet-Cookie: app=3\r\n"
      "Content-Length: 5\r\n\r\nhello";
  proxies.apply();
  ask("b=app; appA = 1; app=2");
  EXPECT_EQ(proxies.ended.back().request_cookie, "appA = 1");
  EXPECT_EQ(proxies.ended.back().response_cookie, "app2=012");
  proxies.servers().cookie.reset();
  proxies.web().backend = nullptr;
  ask("app=2");
  EXPECT_EQ(proxies.ended.back().request_cookie, "app=2");
  EXPECT_EQ(outcome(), " SC--");
}

}  // namespace
}  // namespace poise::l7
