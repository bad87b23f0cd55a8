#include "l7/session/proxy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-From: s1\r\n\r\nhello";
const std::string hello_sent = "HTTP/1.1 200 OK\r\nx-from: s1\r\ncontent-length: 5\r\n\r\nhello";
const std::string get = "GET /a HTTP/1.1\r\nHost: example\r\n\r\n";

class ProxyTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(proxies.world.failure(), ""); }
  ProxyWorld proxies;
};

TEST_F(ProxyTest, a_request_goes_to_a_server_and_its_response_back) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  std::string asked;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [&](ProxyWorld::Peer& each) {
      asked = each.came;
      each.say(hello);
    };
  });
  EXPECT_EQ(proxies.ask(get, 5s), hello_sent);
  EXPECT_EQ(asked, "GET /a HTTP/1.1\r\nhost: example\r\n\r\n");
  ASSERT_EQ(proxies.ended.size(), 1u);
  EXPECT_EQ(proxies.ended[0].line, "GET /a HTTP/1.1");
  EXPECT_EQ(proxies.ended[0].server, "s1");
  EXPECT_EQ(proxies.ended[0].status, 200u);
  EXPECT_EQ(proxies.ended[0].state, "----");
  EXPECT_EQ(proxies.ended[0].bytes_out, hello_sent.size());
}

TEST_F(ProxyTest, both_connections_serve_again_and_pipelined_requests_come_in_order) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, answers(hello));
  EXPECT_EQ(proxies.ask(get + get + get, 5s), hello_sent + hello_sent + hello_sent);
  EXPECT_EQ(proxies.origins[8001].size(), 1u);
  EXPECT_EQ(proxies.ended.size(), 3u);
  EXPECT_EQ(proxies.proxy().usage().idle, 1u);
  EXPECT_EQ(proxies.proxy().usage().clients, 1u);
  EXPECT_EQ(proxies.proxy().usage().sessions, 0u);
}

TEST_F(ProxyTest, servers_are_told_who_the_client_is) {
  proxies.begin_tables(Mode::http, 1);
  proxies.web().forwarded_for = ForwardedFor{};
  proxies.apply();
  std::string asked;
  proxies.serve(8001,
                [&](ProxyWorld::Peer& peer) { peer.on_data = [&](ProxyWorld::Peer& each) { asked = each.came; }; });
  proxies.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.9\r\n\r\n", 1s);
  EXPECT_EQ(asked, "GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 10.0.0.9\r\nx-forwarded-for: 192.0.2.1\r\n\r\n");
}

TEST_F(ProxyTest, a_proxy_before_us_tells_who_the_client_is_and_one_behind_us_is_told) {
  Tables& tables = proxies.begin_tables(Mode::tcp, 1);
  tables.bindings[0].accepts_proxy = true;
  proxies.servers().servers[0].send_proxy = SendProxy::v1;
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer&) {});
  proxies.connect().say("PROXY TCP4 203.0.113.5 203.0.113.6 1234 443\r\nhello");
  proxies.connect().say("hello without a header\r\n");
  proxies.run(2s);
  ASSERT_EQ(proxies.origins[8001].size(), 1u);
  EXPECT_EQ(proxies.origins[8001][0]->came, "PROXY TCP4 203.0.113.5 203.0.113.6 1234 443\r\nhello");
  EXPECT_EQ(proxies.clients[1]->closed_as, tcp::Closed::reset);
}

TEST_F(ProxyTest, clients_beyond_the_limit_wait_for_one_to_leave) {
  proxies.begin_tables(Mode::http, 1);
  proxies.web().connections_max = 1;
  proxies.apply();
  proxies.serve(8001, answers(hello));
  ProxyWorld::Peer& first = proxies.connect();
  first.say(get);
  proxies.run(1s);
  ProxyWorld::Peer& second = proxies.connect();
  second.say(get);
  proxies.run(1s);
  EXPECT_EQ(second.came, "");
  first.finish();
  proxies.run(1s);
  EXPECT_EQ(second.came, hello_sent);
}

TEST_F(ProxyTest, all_clients_together_have_a_limit) {
  Tables& tables = proxies.begin_tables(Mode::http, 1);
  tables.connections_max = 1;
  proxies.apply();
  proxies.serve(8001, answers(hello));
  ProxyWorld::Peer& first = proxies.connect();
  first.say(get);
  proxies.run(1s);
  ProxyWorld::Peer& second = proxies.connect();
  second.say(get);
  proxies.run(1s);
  EXPECT_EQ(second.came, "");
  first.reset();
  proxies.run(1s);
  EXPECT_EQ(second.came, hello_sent);
}

TEST_F(ProxyTest, clients_of_a_frontend_that_is_removed_leave_unless_they_are_served) {
  proxies.begin_tables(Mode::http, 1);
  proxies.web().connections_max = 3;
  proxies.apply();
  ProxyWorld::Peer* origin = nullptr;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) { origin = &peer; });
  ProxyWorld::Peer& served = proxies.connect();
  served.say(get);
  ProxyWorld::Peer& quiet = proxies.connect();
  ProxyWorld::Peer& half = proxies.connect();
  half.say("GET / HT");
  proxies.run(1s);
  ProxyWorld::Peer& waiting = proxies.connect();
  waiting.say(get);
  proxies.run(1s);
  Tables& tables = proxies.begin_tables(Mode::http, 1);
  tables.frontends.clear();
  tables.bindings.clear();
  proxies.apply();
  proxies.run(3s);
  for (const ProxyWorld::Peer* peer : {&quiet, &half, &waiting})
    EXPECT_TRUE(peer->has_peer_finished || peer->closed_as.has_value());
  origin->say(hello);
  proxies.run(1s);
  EXPECT_EQ(served.came, hello_sent);
  proxies.run(3s);
  EXPECT_EQ(proxies.proxy().usage().clients, 0u);
  EXPECT_EQ(proxies.proxy().usage().tables, 1u);
}

TEST_F(ProxyTest, a_server_that_moves_gets_no_request_at_its_old_address) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, answers(hello));
  proxies.serve(8002, answers(hello));
  EXPECT_EQ(proxies.ask(get, 1s), hello_sent);
  EXPECT_EQ(proxies.proxy().usage().idle, 1u);
  proxies.begin_tables(Mode::http, 1);
  proxies.servers().servers[0].port = 8002;
  proxies.apply();
  EXPECT_EQ(proxies.proxy().usage().idle, 0u);
  EXPECT_EQ(proxies.ask(get, 1s), hello_sent);
  EXPECT_EQ(proxies.origins[8001].size(), 1u);
  EXPECT_EQ(proxies.origins[8002].size(), 1u);
}

TEST_F(ProxyTest, who_comes_later_does_not_pass_those_who_wait) {
  proxies.begin_tables(Mode::http, 1);
  proxies.servers().servers[0].connections_max = 1;
  proxies.apply();
  std::vector<ProxyWorld::Peer*> origins;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) { origins.push_back(&peer); });
  std::string order;
  const auto request = [](const std::string& name) { return "GET /" + name + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
  ProxyWorld::Peer& first = proxies.connect();
  first.say(request("1"));
  proxies.run(1s);
  proxies.connect().say(request("2"));
  proxies.run(1s);
  first.say(request("3"));  // comes when the slot is free, on a connection that has just given it back
  origins.at(0)->on_data = [&](ProxyWorld::Peer& each) {
    order += each.came.substr(each.came.rfind("GET /") + 5, 1);
    each.say(hello);
  };
  origins.at(0)->say(hello);
  proxies.run(3s);
  EXPECT_EQ(order, "23");
}

TEST_F(ProxyTest, tables_change_while_requests_are_under_way) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  ProxyWorld::Peer* origin = nullptr;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) { origin = &peer; });
  proxies.serve(8002, answers(hello));
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  proxies.begin_tables(Mode::http, 2);
  proxies.servers().servers.erase(proxies.servers().servers.begin());
  proxies.apply();
  EXPECT_EQ(proxies.proxy().usage().tables, 2u);
  origin->say(hello);
  client.say(get);
  proxies.run(1s);
  EXPECT_EQ(client.came, hello_sent + hello_sent);
  EXPECT_EQ(proxies.ended.at(1).server, "s2");
  EXPECT_EQ(proxies.proxy().usage().tables, 1u);
}

// New tables may lie where old ones have lain.
TEST_F(ProxyTest, a_balancer_is_never_that_of_tables_before) {
  for (const int port : {8001, 8002, 8003})
    proxies.serve(std::uint16_t(port), answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + std::to_string(port)));
  for (const std::size_t servers : {3, 2, 1, 3, 1, 1, 1, 2, 1, 3, 2, 1}) {
    for (int times = 0; times < 2; ++times) {
      proxies.begin_tables(Mode::http, servers);
      proxies.apply();
    }
    std::set<std::string> answered;
    for (std::size_t asked = 0; asked < servers; ++asked)
      answered.insert(proxies.ask(get, 1s).substr(sizeof("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n") - 1));
    EXPECT_EQ(answered.size(), servers);
  }
}

TEST_F(ProxyTest, servers_take_turns_by_request) {
  proxies.begin_tables(Mode::http, 2);
  proxies.apply();
  for (const int port : {8001, 8002})
    proxies.serve(std::uint16_t(port), answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + std::to_string(port)));
  const std::string came = proxies.ask(get + get + get + get, 5s);
  std::string order;
  for (std::size_t at = came.find("\r\n\r\n"); at != std::string::npos; at = came.find("\r\n\r\n", at + 1))
    order += came.substr(at + 4, 4) + ' ';
  EXPECT_EQ(order, "8001 8002 8001 8002 ");
}

TEST_F(ProxyTest, bodies_move_both_ways) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  const std::string large(3 << 20, 'x');
  std::string asked;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [&](ProxyWorld::Peer& each) {
      if (each.came_bytes < large.size()) return;
      asked = std::exchange(each.came, {});
      each.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
    };
  });
  const std::string request =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n";
  const std::string heard = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n";
  EXPECT_EQ(proxies.ask(request + large, 60s), heard);
  ASSERT_EQ(proxies.ended.size(), 1u);
  EXPECT_EQ(proxies.ended[0].bytes_out, heard.size());
  EXPECT_EQ(asked.size(),
            large.size() + std::string("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3145728\r\n\r\n").size());
}

TEST_F(ProxyTest, http_1_0_gets_no_chunks_and_its_connection_ends) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001,
                answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n!!\r\n0\r\n\r\n"));
  EXPECT_EQ(proxies.ask("GET / HTTP/1.0\r\n\r\n", 5s), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello!!");
  EXPECT_TRUE(proxies.clients[0]->has_peer_finished);
}

TEST_F(ProxyTest, a_response_until_the_end_of_the_connection_ends_the_client_s_too) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) {
    peer.say("HTTP/1.1 200 OK\r\n\r\nall there is");
    peer.finish();
  });
  EXPECT_EQ(proxies.ask(get, 5s), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall there is");
  EXPECT_TRUE(proxies.clients[0]->has_peer_finished);
  EXPECT_EQ(proxies.ended.at(0).state, "----");
}

TEST_F(ProxyTest, interim_responses_go_on_before_the_final_one) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) {
    peer.on_data = [](ProxyWorld::Peer& each) {
      if (each.came.ends_with("\r\n\r\n"))
        each.say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
      if (each.came.ends_with("body")) each.say(hello);
    };
  });
  ProxyWorld::Peer& client = proxies.connect();
  client.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  proxies.run(1s);
  EXPECT_EQ(client.came, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n");
  client.say("body");
  proxies.run(1s);
  EXPECT_TRUE(client.came.ends_with(hello_sent)) << client.came;
}

TEST_F(ProxyTest, an_upgrade_becomes_a_tunnel) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  std::string asked;
  proxies.serve(8001, [&](ProxyWorld::Peer& peer) {
    peer.on_data = [&](ProxyWorld::Peer& each) {
      asked += each.came;
      if (std::exchange(each.came, {}).starts_with("GET"))
        each.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      else
        each.say("pong");
    };
  });
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  proxies.run(1s);
  EXPECT_EQ(client.came, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  client.say("ping");
  proxies.run(1s);
  EXPECT_TRUE(client.came.ends_with("\r\n\r\npong"));
  EXPECT_EQ(asked, "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nping");
  client.finish();
  proxies.run(1s);
  EXPECT_TRUE(proxies.origins[8001][0]->has_peer_finished);
  proxies.origins[8001][0]->finish();
  proxies.run(5s);
  EXPECT_EQ(proxies.ended.at(0).status, 101u);
  EXPECT_EQ(proxies.ended.at(0).state, "----");
  EXPECT_EQ(proxies.proxy().usage().clients, 0u);
}

TEST_F(ProxyTest, mode_tcp_passes_bytes_and_half_closes) {
  proxies.begin_tables(Mode::tcp, 1);
  proxies.apply();
  proxies.serve(8001, [](ProxyWorld::Peer& peer) { peer.say("220 hello\r\n"); });
  ProxyWorld::Peer& client = proxies.connect();
  client.say("EHLO me\r\n");
  client.finish();
  proxies.run(1s);
  ASSERT_EQ(proxies.origins[8001].size(), 1u);
  ProxyWorld::Peer& origin = *proxies.origins[8001][0];
  EXPECT_EQ(origin.came, "EHLO me\r\n");
  EXPECT_TRUE(origin.has_peer_finished);
  origin.say("250 after\r\n");
  origin.finish();
  proxies.run(1s);
  EXPECT_EQ(client.came, "220 hello\r\n250 after\r\n");
  EXPECT_TRUE(client.has_peer_finished);
  ASSERT_EQ(proxies.ended.size(), 1u);
  EXPECT_EQ(proxies.ended[0].state, "----");
  EXPECT_EQ(proxies.ended[0].bytes_out, 22u);
}

TEST_F(ProxyTest, a_reused_connection_that_dies_costs_no_request) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, answers(hello));
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  ProxyWorld::Peer& first = *proxies.origins[8001].at(0);
  first.on_data = [](ProxyWorld::Peer& each) { each.reset(); };  // the next request finds it dying
  client.say(get);
  proxies.run(1s);
  EXPECT_EQ(client.came, hello_sent + hello_sent);
  EXPECT_EQ(proxies.origins[8001].size(), 2u);
  EXPECT_EQ(proxies.ended.at(1).state, "----");
}

TEST_F(ProxyTest, idle_connections_that_the_server_ends_are_not_used) {
  proxies.begin_tables(Mode::http, 1);
  proxies.apply();
  proxies.serve(8001, answers(hello));
  EXPECT_EQ(proxies.ask(get, 1s), hello_sent);
  proxies.origins[8001].at(0)->finish();
  proxies.run(1s);
  EXPECT_EQ(proxies.proxy().usage().idle, 0u);
  EXPECT_EQ(proxies.ask(get, 1s), hello_sent);
}

}  // namespace
}  // namespace poise::l7
