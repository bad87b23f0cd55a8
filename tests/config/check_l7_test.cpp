#include "config/check_l7.hpp"

#include <gtest/gtest.h>

namespace poise::config {
namespace {

const IpAddr here = IpAddr::v4(0x7f000001), there = IpAddr::v4(0x7f000002);

TEST(BackendChecks, a_server_is_checked_as_its_backend_says_unless_it_says_otherwise_itself) {
  Backend backend;
  BackendServer server{.address = here, .port = std::uint16_t(80)};
  EXPECT_FALSE(check_of(backend, server));
  server.check = ServerCheck{.rise = std::uint16_t(7)};
  EXPECT_EQ(check_of(backend, server)->rise, 7);
  backend.check = BackendCheck{.kind = BackendCheckKind::http, .inter_ms = 500, .fall = 5};
  server.check = ServerCheck{.port = std::uint16_t(81), .fall = std::uint16_t(1)};
  const auto check = check_of(backend, server);
  EXPECT_EQ(check->kind, BackendCheckKind::http);
  EXPECT_EQ(check->inter_ms, 500u);
  EXPECT_EQ(check->fall, 1);
  EXPECT_EQ(check->rise, 2);
  EXPECT_EQ(check->address, here);
  EXPECT_EQ(check->port, 81);
  server.check->enabled = false;
  EXPECT_FALSE(check_of(backend, server));
}

TEST(BackendChecks, a_server_has_its_own_agent_or_its_backend_s) {
  Backend backend;
  BackendServer server{.address = here};
  EXPECT_FALSE(agent_of(backend, server));
  backend.agent = AgentCheck{.port = 1};
  EXPECT_EQ(agent_of(backend, server)->address, here);
  server.agent = AgentCheck{.address = there, .port = 2};
  EXPECT_EQ(agent_of(backend, server)->address, there);
  EXPECT_EQ(agent_of(backend, server)->port, 2);
}

TEST(BackendChecks, what_a_server_says_of_reactions_counts_before_its_backend_and_that_before_the_defaults) {
  Backend backend;
  BackendServer server;
  EXPECT_EQ(reaction_of(backend, server).error_limit, 10);
  EXPECT_EQ(reaction_of(backend, server).on_error, CheckOnError::fail_check);
  backend.health = {.error_limit = std::uint16_t(3), .slow_start_ms = 1000u};
  server.health = {.slow_start_ms = 0u};
  EXPECT_EQ(reaction_of(backend, server).error_limit, 3);
  EXPECT_EQ(reaction_of(backend, server).slow_start_ms, 0u);
}

TEST(BackendChecks, every_kind_is_steps_that_begin_with_a_connection) {
  EXPECT_EQ(steps_of({}).size(), 1u);
  EXPECT_TRUE(steps_of({})[0].connect);
  const auto http = steps_of({.kind = BackendCheckKind::http, .send_proxy = true});
  ASSERT_EQ(http.size(), 3u);
  EXPECT_TRUE(http[0].connect->send_proxy);
  EXPECT_EQ(http[1].request->method, "OPTIONS");
  EXPECT_EQ(http[2].expect->statuses, std::vector<std::string>{"200-399"});
  const CheckStep ping{.send = "PING"}, connect{.connect = CheckConnect{.port = std::uint16_t(6379)}};
  EXPECT_EQ(steps_of({.kind = BackendCheckKind::script, .steps = {ping}}).size(), 2u);
  const auto script = steps_of({.kind = BackendCheckKind::script, .steps = {connect, ping}});
  ASSERT_EQ(script.size(), 2u);
  EXPECT_EQ(script[0].connect->port, 6379);
}

TEST(BackendChecks, a_track_names_a_backend_and_a_server) {
  EXPECT_EQ(parse_track("web/s1"), (std::pair<std::string, std::string>("web", "s1")));
  for (const char* text : {"", "web", "/s1", "web/", "a/b/c"}) EXPECT_FALSE(parse_track(text)) << text;
}

}  // namespace
}  // namespace poise::config
