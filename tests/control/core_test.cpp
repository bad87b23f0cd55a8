#include "control/core.hpp"

#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

ServerIndex row(Appliance& appliance) { return appliance.machine.engine().server_index("web", "web1"); }

TEST(Core, a_worker_that_makes_no_progress_is_noticed_and_a_live_one_is_not) {
  Appliance appliance;
  appliance.pass(500ms);
  EXPECT_TRUE(appliance.core.workers_alive());
  const auto stall = std::chrono::milliseconds(appliance.first.node.worker_stall_ms);
  for (const Instant end = appliance.now + stall + 200ms; appliance.now < end;) {
    appliance.now += 10ms;
    appliance.machine.run_worker(0, appliance.now);
    appliance.core.tick(appliance.now);
  }
  EXPECT_EQ(appliance.core.stalled_worker(), 1);
}

TEST(Core, links_are_followed_and_told) {
  Appliance appliance;
  const auto events = appliance.core.open_events();
  appliance.machine.links[1] = true;
  appliance.pass(200ms);
  EXPECT_TRUE(appliance.core.link_up(PortIndex{1}));
  EXPECT_FALSE(appliance.core.link_up(PortIndex{0}));
  const std::string text = events->take();
  EXPECT_NE(text.find("event: link\ndata: {"), std::string::npos) << text;
  EXPECT_NE(text.find("\"interface\":\"lan\""), std::string::npos);
}

TEST(Core, a_drain_ends_when_the_last_connection_has_gone) {
  Appliance appliance;
  appliance.machine.engine().servers()[row(appliance)].connections = 2;
  const auto events = appliance.core.open_events();
  ASSERT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/drain").status, 200);
  appliance.pass(200ms);
  ASSERT_NE(appliance.core.drain_of("web", "web1"), nullptr);
  EXPECT_EQ(appliance.core.drain_of("web", "web1")->connections_before, 2u);
  EXPECT_FALSE(appliance.core.drain_of("web", "web1")->over);
  EXPECT_EQ(appliance.core.connections(), 2u);
  appliance.machine.engine().servers()[row(appliance)].connections = 0;
  appliance.pass(200ms);
  EXPECT_TRUE(appliance.core.drain_of("web", "web1")->over);
  EXPECT_NE(events->take().find("\"state\":\"drained\""), std::string::npos);
  ASSERT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/enable").status, 200);
  EXPECT_EQ(appliance.core.drain_of("web", "web1"), nullptr);
}

TEST(Core, a_drain_past_its_deadline_resets_what_is_left_and_enabling_ends_that) {
  Appliance appliance;
  appliance.machine.engine().servers()[row(appliance)].connections = 2;
  ASSERT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/drain", R"({"deadline_ms": 1000})").status, 200);
  appliance.pass(900ms);
  EXPECT_FALSE(appliance.machine.engine().servers()[row(appliance)].reset_flows.load());
  appliance.pass(300ms);
  EXPECT_TRUE(appliance.machine.engine().servers()[row(appliance)].reset_flows.load());
  ASSERT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/enable").status, 200);
  EXPECT_FALSE(appliance.machine.engine().servers()[row(appliance)].reset_flows.load());
  appliance.machine.engine().servers()[row(appliance)].connections = 0;
}

TEST(Core, an_unconfirmed_commit_reverts_by_itself_and_is_told) {
  Appliance appliance;
  const auto events = appliance.core.open_events();
  ASSERT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight?confirm_s=2", "7").status, 200);
  EXPECT_NE(events->take().find("event: commit\ndata: {"), std::string::npos);
  appliance.pass(2100ms);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  EXPECT_NE(events->take().find("\"author\":\"poised\""), std::string::npos);
}

TEST(Core, the_stop_drains_every_service_without_a_revision) {
  Appliance appliance;
  appliance.core.drain_all();
  appliance.pass(5ms);
  EXPECT_EQ(appliance.core.transactions().revision(), 1u);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  const auto is_open = [&] {
    const auto verdict = appliance.ask("POST", "/v1/explain",
                                       R"({"protocol":"tcp","source":"192.0.2.7:5","destination":"192.0.2.100:80"})");
    return nlohmann::json::parse(verdict.body)["drop"].is_null();
  };
  EXPECT_FALSE(is_open());
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "7").status, 200);
  EXPECT_FALSE(is_open()) << "a commit during the stop opens nothing again";
}

}  // namespace
}  // namespace poise::control
