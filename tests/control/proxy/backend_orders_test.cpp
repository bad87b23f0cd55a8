#include <gtest/gtest.h>

#include "l7/stats_rows.hpp"
#include "tests/control/proxy/health_bench.hpp"

// What operators want of servers at run time.
namespace poise::control::proxy {
namespace {

using Admin = l7::health::Admin;
using Forced = l7::health::ServerHealth::Forced;
const BackendHealth::Key s1("b", "s1");

class BackendOrdersTest : public testing::Test {
 protected:
  BackendOrdersTest() { bench.results[8001] = bench.results[8002] = HealthBench::good; }
  std::string status() { return l7::stats_rows(*bench.tables, bench.now)[0].status; }
  HealthBench bench{R"("check": {})", {"", ""}};
};

TEST_F(BackendOrdersTest, a_server_in_maintenance_gets_nothing_and_is_not_checked) {
  EXPECT_EQ(bench.health.set_admin(bench.now, s1, Admin::maint, {}), "");
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_EQ(status(), "MAINT");
  EXPECT_NE(bench.lines().find("Server b/s1 is going DOWN for maintenance. 1 active and 0 backup servers left."),
            std::string::npos);
  bench.run(10s);
  for (const auto& [port, at] : bench.begun_at) EXPECT_NE(port, 8001);
  bench.apply(HealthBench::document(R"("check": {})", {"", R"("weight": 9)"}));
  EXPECT_EQ(status(), "MAINT") << "it goes on across configurations";
  bench.health.set_admin(bench.now, s1, Admin::ready, {});
  EXPECT_EQ(bench.lines(), "Server b/s1 is UP/READY (leaving forced maintenance).\n");
  bench.run(1ms);
  EXPECT_EQ(bench.begun_at.back().first, 8001) << "and it is checked at once";
}

TEST_F(BackendOrdersTest, a_drain_is_over_when_the_last_session_has_ended) {
  bench.state("s1").local[0].stats.sessions.rise();
  bench.health.set_admin(bench.now, s1, Admin::drain, {});
  EXPECT_TRUE(bench.state("s1").is_drained);
  EXPECT_TRUE(bench.state("s1").is_up);
  EXPECT_EQ(bench.health.find("b", "s1")->drain->sessions_before, 1u);
  bench.run(1s);
  EXPECT_FALSE(bench.health.find("b", "s1")->drain->is_over);
  bench.state("s1").local[0].stats.sessions.fall();
  bench.run(1s);
  EXPECT_TRUE(bench.health.find("b", "s1")->drain->is_over);
  EXPECT_EQ(bench.events.back().what, "drained");
  bench.health.set_admin(bench.now, s1, Admin::ready, {});
  EXPECT_FALSE(bench.state("s1").is_drained);
  EXPECT_FALSE(bench.health.find("b", "s1")->drain);
}

TEST_F(BackendOrdersTest, what_is_left_at_the_deadline_of_a_drain_is_ended) {
  bench.state("s1").local[0].stats.sessions.rise();
  bench.health.set_admin(bench.now, s1, Admin::drain, 5s);
  bench.run(4900ms);
  EXPECT_EQ(bench.state("s1").endings, 0u);
  bench.run(200ms);
  EXPECT_EQ(bench.state("s1").endings, 1u);
  EXPECT_EQ(bench.state("s1").ended_by, 'K');
  EXPECT_EQ(bench.events.back().what, "drain_deadline");
}

TEST_F(BackendOrdersTest, what_the_configuration_takes_out_is_not_made_ready) {
  bench.apply(HealthBench::document(R"("check": {})", {R"("state": "down")", ""}));
  EXPECT_NE(bench.health.set_admin(bench.now, s1, Admin::ready, {}), "");
  EXPECT_EQ(status(), "MAINT");
}

TEST_F(BackendOrdersTest, a_weight_lasts_until_it_is_taken_back) {
  const std::uint32_t generation = bench.states.backend("b")->generation;
  bench.health.set_weight(bench.now, s1, 9);
  EXPECT_EQ(bench.state("s1").weight_set, 9u);
  EXPECT_GT(bench.states.backend("b")->generation, generation);
  bench.apply(HealthBench::document(R"("check": {})", {R"("weight": 3)", ""}));
  EXPECT_EQ(bench.state("s1").weight_set, 9u);
  bench.health.set_weight(bench.now, s1, {});
  EXPECT_EQ(bench.state("s1").weight_set, ~0u);
}

TEST_F(BackendOrdersTest, health_is_as_forced_until_checks_say_otherwise) {
  EXPECT_EQ(bench.health.force(bench.now, s1, Forced::down), "");
  EXPECT_FALSE(bench.state("s1").is_up);
  bench.run(10s);
  EXPECT_TRUE(bench.state("s1").is_up);
  bench.health.force(bench.now, s1, Forced::stopping);
  EXPECT_TRUE(bench.state("s1").is_drained);
  EXPECT_EQ(status(), "NOLB");
}

TEST_F(BackendOrdersTest, checks_and_agents_can_be_switched_off_and_on) {
  EXPECT_EQ(bench.health.switch_check(bench.now, s1, false), "");
  bench.run(10s);
  for (const auto& [port, at] : bench.begun_at) EXPECT_NE(port, 8001);
  EXPECT_EQ(status(), "no check");
  EXPECT_EQ(bench.health.switch_check(bench.now, s1, true), "");
  bench.run(1ms);
  EXPECT_EQ(bench.begun_at.back().first, 8001);
  EXPECT_NE(bench.health.switch_agent(bench.now, s1, false), "");
  EXPECT_NE(bench.health.force_agent(bench.now, s1, false), "");
  bench.apply(HealthBench::document(R"("agent": {"port": 9})", {""}));
  EXPECT_EQ(bench.health.force_agent(bench.now, s1, false), "");
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_NE(bench.health.switch_check(bench.now, s1, false), "") << "it has none any more";
  EXPECT_EQ(bench.health.switch_agent(bench.now, s1, false), "");
  EXPECT_TRUE(bench.state("s1").is_up);
}

}  // namespace
}  // namespace poise::control::proxy
