#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

// A page of statistics that is longer than what a connection may queue.
class UnsentTest : public testing::Test {
 protected:
  UnsentTest() {
    proxies.begin_tables(Mode::http, 1);
    proxies.web().stats_uri = "/stats";
    proxies.web().timeouts.client = 2000;
    proxies.apply();
    proxies.proxy().set_stats_page([this](const auto&, const auto&, auto) { return page; });
  }
  std::string body_of(const ProxyWorld::Peer& client) {
    const std::size_t at = client.came.find("\r\n\r\n");
    return at == std::string::npos ? "" : client.came.substr(at + 4);
  }
  ProxyWorld proxies;
  std::string page = std::string(5'000'000, 'x') + "end";
};

TEST_F(UnsentTest, goes_as_room_comes_and_the_next_request_waits_for_it) {
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET /stats HTTP/1.1\r\nHost: a\r\n\r\nGET /stats HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
  proxies.run(60s);
  const std::string came = body_of(client);
  EXPECT_EQ(came.substr(0, page.size()), page);
  EXPECT_TRUE(came.substr(page.size()).starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(came.ends_with(page));
  EXPECT_TRUE(client.has_peer_finished);
  EXPECT_EQ(proxies.frontend_state().connections.load(), 0u);
}

TEST_F(UnsentTest, is_read_to_its_end_by_a_client_that_sends_no_more) {
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET /stats HTTP/1.1\r\nHost: a\r\n\r\n");
  client.finish();
  proxies.run(60s);
  EXPECT_EQ(body_of(client), page);
}

TEST_F(UnsentTest, waits_for_a_client_that_does_not_read_no_longer_than_its_timeout) {
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET /stats HTTP/1.1\r\nHost: a\r\n\r\n");
  client.hold(true);
  proxies.run(1500ms);
  EXPECT_EQ(proxies.frontend_state().connections.load(), 1u);
  proxies.run(5s);
  EXPECT_EQ(proxies.frontend_state().connections.load(), 0u);
  EXPECT_EQ(client.closed_as, tcp::Closed::reset);
}

TEST_F(UnsentTest, ends_with_a_client_that_goes) {
  ProxyWorld::Peer& client = proxies.connect();
  client.say("GET /stats HTTP/1.1\r\nHost: a\r\n\r\n");
  client.hold(true);
  proxies.run(100ms);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(proxies.frontend_state().connections.load(), 0u);
  EXPECT_NE(proxies.ask("GET /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").find("end"), std::string::npos);
}

}  // namespace
}  // namespace poise::l7
