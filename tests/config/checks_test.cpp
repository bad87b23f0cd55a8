#include "config/checks.hpp"

#include <gtest/gtest.h>

namespace poise::config {
namespace {

TEST(Checks, a_status_is_a_code_or_a_range_of_them) {
  EXPECT_EQ(parse_statuses("204"), (StatusRange{204, 204}));
  EXPECT_EQ(parse_statuses("200-299"), (StatusRange{200, 299}));
  for (const char* text : {"", "99", "600", "299-200", "200-", "-200", "2xx", "200 ", "200-299-", "65736"})
    EXPECT_EQ(parse_statuses(text), std::nullopt) << text;
}

TEST(Checks, a_payload_says_any_byte) {
  EXPECT_EQ(payload_bytes("PING"), "PING");
  EXPECT_EQ(payload_bytes("a\\x00\\xFf\\\\x41"), std::string("a\0\xff\\x41", 7));
  for (const char* text : {"\\", "\\n", "\\x", "\\x1", "\\x1g", "a\\X41"})
    EXPECT_EQ(payload_bytes(text), std::nullopt) << text;
}

TEST(Checks, a_pattern_is_what_re2_takes) {
  EXPECT_EQ(why_no_pattern("(?s)^\\x00.[\\x40-\\x4f]$"), "");
  EXPECT_NE(why_no_pattern("("), "");
  EXPECT_NE(why_no_pattern("(a)\\1"), "");
}

TEST(Checks, a_server_has_the_checks_of_its_pool_or_its_own) {
  Pool pool;
  pool.checks["ping"].kind = CheckKind::icmp;
  Server server;
  EXPECT_EQ(checks_of(pool, server).count("ping"), 1u);
  server.checks.emplace();
  EXPECT_TRUE(checks_of(pool, server).empty());
}

TEST(Checks, services_of_a_pool_have_a_port_when_they_agree) {
  Config config;
  config.services["a"] = {.ports = {80, 80}, .pool = "web"};
  config.services["b"] = {.ports = {80, 80}, .pool = "web"};
  config.services["c"] = {.ports = {80, 80}, .pool = "two"};
  config.services["d"] = {.ports = {81, 81}, .pool = "two"};
  config.services["e"] = {.ports = {8000, 8001}, .pool = "range"};
  config.services["f"] = {.ports = {}, .pool = "any"};
  EXPECT_EQ(service_ports(config), (std::map<std::string_view, std::uint16_t>{{"web", 80}}));
}

TEST(Checks, a_probe_goes_to_the_port_that_is_said_closest_to_it) {
  Check check{.kind = CheckKind::https, .port = 1};
  Server server{.port = 2};
  EXPECT_EQ(probe_port(check, server, 3), 1);
  check.port.reset();
  EXPECT_EQ(probe_port(check, server, 3), 2);
  server.port.reset();
  EXPECT_EQ(probe_port(check, server, 3), 3);
  EXPECT_EQ(probe_port(check, server, std::nullopt), 443);
  for (const auto& [kind, port] : {std::pair{CheckKind::http, 80}, {CheckKind::dns, 53}, {CheckKind::smtp, 25}}) {
    check.kind = kind;
    EXPECT_EQ(probe_port(check, server, std::nullopt), port);
  }
  check.kind = CheckKind::tcp;
  EXPECT_EQ(probe_port(check, server, std::nullopt), std::nullopt);
  EXPECT_FALSE(uses_port(CheckKind::icmp) || uses_port(CheckKind::exec) || uses_tcp(CheckKind::dns));
  EXPECT_TRUE(uses_port(CheckKind::udp) && uses_tcp(CheckKind::smtp) && uses_tcp(CheckKind::https));
}

}  // namespace
}  // namespace poise::config
