#include "control/proxy/check_plan.hpp"

#include <gtest/gtest.h>

#include "config/check_l7.hpp"

namespace poise::control::proxy {
namespace {

using namespace std::chrono_literals;

const config::BackendServer server{.address = IpAddr::v4(0x0a000001), .port = std::uint16_t(80)};

std::shared_ptr<const CheckPlan> plan_of(config::BackendCheck check, config::BackendServer of = server) {
  config::Backend backend;
  backend.check = std::move(check);
  return plan_check(*config::check_of(backend, of), backend, of);
}

TEST(CheckPlan, a_request_is_as_haproxy_s_unless_more_is_said) {
  const auto usual = plan_of({.kind = config::BackendCheckKind::http});
  EXPECT_EQ(usual->steps[1].send, "OPTIONS / HTTP/1.0\r\n\r\n");
  config::BackendCheck check{.kind = config::BackendCheckKind::http};
  check.request = {.method = "POST", .uri = "/up?x", .version = config::HttpVersion::http_1_1, .body = "hello"};
  EXPECT_EQ(plan_of(check)->steps[1].send,
            "POST /up?x HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  check.request.headers = {{"host", "a"}, {"Connection", "keep-alive"}, {"content-length", "5"}};
  EXPECT_EQ(plan_of(check)->steps[1].send,
            "POST /up?x HTTP/1.1\r\nConnection: keep-alive\r\ncontent-length: 5\r\nhost: a\r\n\r\nhello");
  check.port = std::uint16_t(81);
  check.request = {.method = "HEAD", .version = config::HttpVersion::http_1_1};
  EXPECT_TRUE(plan_of(check)->steps[1].is_bodiless);
  EXPECT_NE(plan_of(check)->steps[1].send->find("Host: 10.0.0.1:81\r\n"), std::string::npos);
}

TEST(CheckPlan, connections_go_where_they_are_told_to_and_from_there) {
  config::BackendServer from = server;
  from.source = IpAddr::v4(0x0a000002);
  from.send_proxy = config::ProxyHeaderVersion::v2;
  config::BackendCheck check{.send_proxy = true};
  check.tls = config::CheckTls{.sni = "a", .alpn = {"h2"}};
  const auto plan = plan_of(check, from);
  const health::ConnectionTarget& target = *plan->steps[0].connect;
  EXPECT_EQ(target.address, server.address);
  EXPECT_EQ(target.port, 80);
  EXPECT_EQ(target.source, from.source);
  EXPECT_EQ(target.tls->sni, "a");
  EXPECT_EQ(target.alpn, std::vector<std::string>{"h2"});
  EXPECT_EQ(target.preface, std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16));
  EXPECT_EQ(plan_of(config::BackendCheck{.send_proxy = true})->steps[0].connect->preface, "PROXY UNKNOWN\r\n");
}

TEST(CheckPlan, time_is_of_the_whole_unless_there_is_a_timeout) {
  const auto whole = plan_of({.inter_ms = 700});
  EXPECT_TRUE(whole->is_timeout_of_all);
  EXPECT_EQ(whole->timeout, 700ms);
  config::BackendCheck check{.inter_ms = 700};
  check.timeout_ms = 9000;
  EXPECT_FALSE(plan_of(check)->is_timeout_of_all);
  EXPECT_EQ(plan_of(check)->timeout, 9s);
  EXPECT_EQ(plan_of(check)->connect_timeout, 700ms);
}

TEST(CheckPlan, an_agent_is_asked_with_what_it_wants_to_hear) {
  const config::AgentCheck silent{.address = server.address, .port = 9, .inter_ms = 500};
  const auto plan = plan_agent(silent, server);
  EXPECT_TRUE(plan->is_agent);
  EXPECT_EQ(plan->steps.size(), 1u);
  EXPECT_EQ(plan->timeout, 500ms);
  config::AgentCheck asked = silent;
  asked.send = "s1\\x0a";
  EXPECT_EQ(plan_agent(asked, server)->steps.at(1).send, "s1\n");
}

}  // namespace
}  // namespace poise::control::proxy
