#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"

// How sessions end, in the letters and statuses of HAProxy's logs.
namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const std::string get = "GET /a HTTP/1.1\r\nHost: example\r\n\r\n";
const std::string post = "POST /a HTTP/1.1\r\nHost: example\r\nContent-Length: 100\r\n\r\n0123456789";
constexpr auto silent = [](ProxyWorld::Peer&) {};

class TerminationTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(proxies.world.failure(), "");
    EXPECT_EQ(proxies.proxy().usage().sessions, 0u);
    EXPECT_EQ(proxies.proxy().usage().servers, 0u);
  }
  void begin(Mode mode = Mode::http, std::size_t servers = 1) {
    proxies.begin_tables(mode, servers);
    proxies.web().timeouts = {.client = 10'000, .http_request = 5'000, .http_keep_alive = 2'000};
    proxies.servers().timeouts = {.connect = 1'000, .server = 4'000, .queue = 3'000};
    proxies.servers().retries = 1;
  }
  std::string state() const { return proxies.ended.empty() ? "nothing" : proxies.ended.back().state; }
  unsigned status() const { return proxies.ended.empty() ? 0 : proxies.ended.back().status; }
  ProxyWorld proxies;
};

TEST_F(TerminationTest, PR_400_a_request_that_is_none) {
  begin();
  proxies.apply();
  EXPECT_TRUE(proxies.ask("GET  / HTTP/1.1\r\n\r\n", 2s).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(status(), 400u);
  EXPECT_EQ(proxies.ended[0].line, "<BADREQ>");
  EXPECT_EQ(proxies.ended[0].backend, "");
}

TEST_F(TerminationTest, PR_431_a_head_without_an_end) {
  begin();
  proxies.apply();
  EXPECT_TRUE(proxies.ask("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a'), 3s).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(state(), "PR--");
}

TEST_F(TerminationTest, cR_408_a_client_that_does_not_end_its_request) {
  begin();
  proxies.apply();
  EXPECT_TRUE(proxies.ask("GET / HTTP/1.1\r\nHost: a", 8s).starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(state(), "cR--");
  EXPECT_EQ(status(), 408u);
}

TEST_F(TerminationTest, CR_400_a_client_that_leaves_in_the_middle_of_its_request) {
  begin();
  proxies.apply();
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET / HTTP/1.1\r\nHost: a");
  client.finish();
  proxies.run(2s);
  EXPECT_EQ(state(), "CR--");
  EXPECT_EQ(status(), 400u);
  ProxyWorld::Peer& other = proxies.connect();
  other.say("GET");
  proxies.run(1s);
  other.reset();
  proxies.run(1s);
  EXPECT_EQ(proxies.ended.size(), 2u);
  EXPECT_EQ(state(), "CR--");
}

TEST_F(TerminationTest, an_idle_client_leaves_no_line_after_its_first_request) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers(hello));
  proxies.ask(get, 10s);
  EXPECT_EQ(proxies.ended.size(), 1u);
  EXPECT_TRUE(proxies.clients[0]->has_peer_finished);
  EXPECT_EQ(proxies.proxy().usage().clients, 0u);
}

TEST_F(TerminationTest, SC_503_a_server_that_refuses) {
  begin();
  proxies.servers().retries = 2;
  proxies.apply();
  EXPECT_TRUE(proxies.ask(get, 5s).starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(state(), "SC--");
  EXPECT_EQ(proxies.ended[0].retries, 2u);
  EXPECT_EQ(proxies.ended[0].server, "s1");
  EXPECT_EQ(proxies.ended[0].connect_ms, -1);
}

TEST_F(TerminationTest, SC_503_no_server_is_up) {
  begin(Mode::http, 2);
  for (const std::size_t server : {0, 1}) proxies.state(server).is_up = false;
  proxies.apply();
  EXPECT_TRUE(proxies.ask(get, 1s).starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(state(), "SC--");
  EXPECT_EQ(proxies.ended[0].server, "");
}

TEST_F(TerminationTest, sC_503_a_server_that_says_nothing) {
  begin();
  proxies.servers().servers[0].address = *parse_ip("192.0.2.99");  // nobody's
  proxies.apply();
  EXPECT_TRUE(proxies.ask(get, 5s).starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(state(), "sC--");
  EXPECT_EQ(proxies.ended[0].retries, 1u);
}

TEST_F(TerminationTest, a_server_that_refuses_is_left_at_once_where_turns_are_taken_and_else_at_the_last_try) {
  struct Row {
    balance::Algorithm algorithm;
    std::uint32_t tries;
    bool waits;
  };
  using enum balance::Algorithm;
  proxies.serve(8002, answers(hello));
  for (const auto& [algorithm, tries, waits] : {Row{roundrobin, 1, false}, Row{leastconn, 3, true}}) {
    proxies.ended.clear();
    begin(Mode::http, 2);
    proxies.servers().is_redispatching = true;
    proxies.servers().retries = 3;
    proxies.servers().balance.algorithm = algorithm;
    proxies.apply();
    EXPECT_TRUE(proxies.ask(get, 5s).starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(state(), "----");
    EXPECT_EQ(proxies.ended[0].server, "s2");
    EXPECT_TRUE(proxies.ended[0].is_redispatched);
    EXPECT_EQ(proxies.ended[0].retries, tries);
    EXPECT_EQ(proxies.ended[0].connect_ms > 1000, waits);
  }
  const Stats& stats = proxies.state(0).local[0].stats;
  EXPECT_EQ(stats.read(Stat::redispatches), 2u);
  EXPECT_EQ(stats.read(Stat::retries), 2u);  // those that went to the same server again
}

TEST_F(TerminationTest, sQ_503_a_queue_that_does_not_move) {
  begin();
  proxies.servers().servers[0].connections_max = 1;
  proxies.servers().timeouts.server = 60'000;
  proxies.apply();
  proxies.serve(8001, silent);
  proxies.connect().say(get);
  proxies.run(1s);
  EXPECT_TRUE(proxies.ask(get, 5s).starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(state(), "sQ--");
  proxies.run(120s);
}

TEST_F(TerminationTest, CQ_a_client_that_leaves_the_queue) {
  begin();
  proxies.servers().servers[0].connections_max = 1;
  proxies.apply();
  proxies.serve(8001, silent);
  proxies.connect().say(get);
  proxies.run(1s);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CQ--");
  EXPECT_EQ(proxies.backend_state().local[0].stats.queued.now(), 0u);
  proxies.run(60s);
}

TEST_F(TerminationTest, CC_a_client_that_leaves_while_the_server_is_connected_to) {
  begin();
  proxies.servers().servers[0].address = *parse_ip("192.0.2.99");
  proxies.apply();
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(500ms);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CC--");
}

TEST_F(TerminationTest, sH_504_a_server_that_does_not_answer) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  EXPECT_TRUE(proxies.ask(get, 6s).starts_with("HTTP/1.1 504 "));
  EXPECT_EQ(state(), "sH--");
  EXPECT_EQ(proxies.ended[0].response_ms, -1);
}

TEST_F(TerminationTest, SH_502_a_server_that_leaves_without_an_answer) {
  begin();
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) { peer.on_data = [](ProxyWorld::Peer& each) { each.finish(); }; });
  EXPECT_TRUE(proxies.ask(get, 2s).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(state(), "SH--");
  proxies.serve(8001, [](ProxyWorld::Peer& peer) { peer.on_data = [](ProxyWorld::Peer& each) { each.reset(); }; });
}

TEST_F(TerminationTest, SH_502_a_server_that_resets_in_the_middle_of_a_head) {
  begin();
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) {
    peer.say("HTTP/1.1 200 OK\r\nContent");
    peer.on_data = [](ProxyWorld::Peer& each) { each.reset(); };
  });
  EXPECT_TRUE(proxies.ask(get, 2s).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(state(), "SH--");
}

TEST_F(TerminationTest, PH_502_a_response_that_is_none) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"));
  EXPECT_TRUE(proxies.ask(get, 2s).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(state(), "PH--");
}

TEST_F(TerminationTest, PH_502_a_switch_that_nobody_has_asked_for) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));
  EXPECT_TRUE(proxies.ask(get, 2s).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(state(), "PH--");
}

TEST_F(TerminationTest, CH_a_client_that_leaves_before_the_answer) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CH--");
  EXPECT_EQ(proxies.origins[8001].at(0)->closed_as, tcp::Closed::reset);
}

TEST_F(TerminationTest, CH_400_a_client_that_closes_where_that_is_to_end_its_request) {
  begin();
  proxies.servers().aborts_on_close = true;
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  client.finish();
  proxies.run(1s);
  EXPECT_EQ(state(), "CH--");
  EXPECT_EQ(status(), 400u);
}

TEST_F(TerminationTest, cH_408_a_client_that_does_not_send_the_body_it_has_announced) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  EXPECT_TRUE(proxies.ask(post, 15s).starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(state(), "cH--");
}

TEST_F(TerminationTest, CQ_and_CC_a_client_that_closes_where_that_is_to_end_its_request_hears_nothing) {
  begin();
  proxies.servers().aborts_on_close = true;
  proxies.servers().servers[0].connections_max = 1;
  proxies.servers().servers[0].address = *parse_ip("192.0.2.99");
  proxies.apply();
  ProxyWorld::Peer &connecting = proxies.connect(), &waiting = proxies.connect();
  for (ProxyWorld::Peer* client : {&connecting, &waiting}) client->say(get);
  proxies.run(500ms);
  waiting.finish();
  proxies.run(100ms);
  EXPECT_EQ(state(), "CQ--");
  EXPECT_EQ(status(), 0u);
  EXPECT_EQ(proxies.ended.back().queue_ms / 100, 5);
  connecting.finish();
  proxies.run(100ms);
  EXPECT_EQ(state(), "CC--");
  EXPECT_EQ(waiting.came + connecting.came, "");
}

TEST_F(TerminationTest, the_answers_of_a_server_are_those_that_it_gave) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  EXPECT_TRUE(proxies.ask(get, 15s).starts_with("HTTP/1.1 504 "));
  EXPECT_EQ(proxies.backend_state().local[0].stats.read(Stat::responses_5xx), 1u);
  EXPECT_EQ(proxies.state(0).local[0].stats.read(Stat::responses_5xx), 0u);
}

TEST_F(TerminationTest, CD_a_client_that_leaves_in_the_middle_of_its_body) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(post);
  proxies.run(1s);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CD--");
}

TEST_F(TerminationTest, CD_400_a_client_that_ends_before_its_body_does) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(post);
  client.finish();
  proxies.run(2s);
  EXPECT_EQ(state(), "CD--");
  EXPECT_EQ(status(), 400u);
}

TEST_F(TerminationTest, PH_400_a_body_whose_chunks_are_none) {
  begin();
  proxies.apply();
  proxies.serve(8001, silent);
  EXPECT_TRUE(proxies.ask("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 2s)
                  .starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(state(), "PH--");
}

TEST_F(TerminationTest, SD_a_server_that_leaves_in_the_middle_of_a_body) {
  begin();
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) {
    peer.on_data = [](ProxyWorld::Peer& each) {
      each.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
      each.finish();
    };
  });
  EXPECT_TRUE(proxies.ask(get, 2s).ends_with("0123456789"));
  EXPECT_EQ(state(), "SD--");
  EXPECT_EQ(status(), 200u);
  EXPECT_TRUE(proxies.clients[0]->has_peer_finished);
}

TEST_F(TerminationTest, SD_a_server_that_leaves_between_chunks) {
  begin();
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) {
    peer.on_data = [](ProxyWorld::Peer& each) {
      each.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
      each.finish();
    };
  });
  EXPECT_TRUE(proxies.ask(get, 2s).ends_with("2\r\nab\r\n"));
  EXPECT_EQ(state(), "SD--");
}

TEST_F(TerminationTest, PD_a_server_whose_chunks_are_none) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n"));
  proxies.ask(get, 2s);
  EXPECT_EQ(state(), "PD--");
}

TEST_F(TerminationTest, sD_a_server_that_falls_silent_in_the_middle_of_a_body) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"));
  proxies.ask(get, 8s);
  EXPECT_EQ(state(), "sD--");
}

TEST_F(TerminationTest, cD_a_client_that_reads_no_more) {
  begin();
  proxies.apply();
  const std::string large(20 << 20, 'x');
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n" + large));
  ProxyWorld::Peer& client = proxies.connect();
  client.on_open = [](ProxyWorld::Peer& peer) { peer.hold(true); };
  client.say(get);
  proxies.run(60s);
  EXPECT_EQ(state(), "cD--");
}

TEST_F(TerminationTest, CD_a_client_that_leaves_in_the_middle_of_a_body) {
  begin();
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"));
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CD--");
  EXPECT_EQ(proxies.ended[0].bytes_out, std::string("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789").size());
}

TEST_F(TerminationTest, CD_and_SD_of_mode_tcp) {
  begin(Mode::tcp);
  proxies.apply();
  proxies.serve(8001, silent);
  ProxyWorld::Peer& client = proxies.connect();
  client.say("a");
  proxies.run(1s);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "CD--");
  proxies.connect().say("a");
  proxies.run(1s);
  proxies.origins[8001].at(1)->reset();
  proxies.run(1s);
  EXPECT_EQ(state(), "SD--");
}

TEST_F(TerminationTest, SC_and_sC_of_mode_tcp) {
  begin(Mode::tcp);
  proxies.apply();
  proxies.connect();
  proxies.run(5s);
  EXPECT_EQ(state(), "SC--");
  EXPECT_TRUE(proxies.clients[0]->has_peer_finished);
  begin(Mode::tcp);
  proxies.servers().servers[0].address = *parse_ip("192.0.2.99");
  proxies.apply();
  proxies.connect();
  proxies.run(5s);
  EXPECT_EQ(state(), "sC--");
}

TEST_F(TerminationTest, cD_and_sD_of_mode_tcp_whichever_time_is_over_first) {
  begin(Mode::tcp);
  proxies.apply();
  proxies.serve(8001, silent);
  proxies.connect();
  proxies.run(8s);
  EXPECT_EQ(state(), "sD--");
  begin(Mode::tcp);
  proxies.servers().timeouts.server = 20'000;
  proxies.apply();
  proxies.connect();
  proxies.run(15s);
  EXPECT_EQ(state(), "cD--");
}

TEST_F(TerminationTest, an_answer_that_comes_before_the_body_was_sent_ends_both_connections) {
  begin();
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) { peer.say(hello); });
  ProxyWorld::Peer& client = proxies.connect();
  client.say(post);
  proxies.run(2s);
  EXPECT_TRUE(client.came.ends_with("hello")) << client.came;
  EXPECT_TRUE(client.has_peer_finished);
  EXPECT_EQ(proxies.proxy().usage().idle, 0u);
}

TEST_F(TerminationTest, the_queue_moves_when_a_server_has_room_again) {
  begin();
  proxies.servers().servers[0].connections_max = 1;
  proxies.apply();
  int now = 0, most = 0;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [&](ProxyWorld::Peer& each) {
      most = std::max(most, ++now);
      proxies.world.schedule(2, 10ms, [&] {
        --now;
        each.say(hello);
      });
    };
  });
  for (int i = 0; i < 20; ++i) proxies.connect().say("GET / HTTP/1.0\r\n\r\n");
  proxies.run(2s);
  EXPECT_EQ(proxies.ended.size(), 20u);
  for (const Ended& end : proxies.ended) EXPECT_EQ(end.status, 200u);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(proxies.state(0).taken, 0u);
}

}  // namespace
}  // namespace poise::l7
