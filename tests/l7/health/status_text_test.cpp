#include "l7/health/status_text.hpp"

#include <gtest/gtest.h>

namespace poise::l7::health {
namespace {

using namespace std::chrono_literals;
using report::StatsRow;

class StatusTextTest : public testing::Test {
 protected:
  StatusTextTest() { server.state = &state; }
  void check(std::uint32_t health) {
    state.is_checked = true;
    state.health.check.is_there = true;
    state.health.check.rise = 2;
    state.health.check.fall = 3;
    state.health.check.health = health;
  }
  StatsRow row() const {
    StatsRow row;
    put_health(row, server, Instant(100s));
    return row;
  }
  ServerState state{1};
  Server server;
};

TEST_F(StatusTextTest, names_states_as_haproxy_does) {
  EXPECT_EQ(row().status, "no check");
  state.is_up = false;
  EXPECT_EQ(row().status, "DOWN");
  struct Row {
    bool is_up;
    std::uint32_t health;
    const char* status;
  };
  for (const Row& each : {Row{true, 4, "UP"}, Row{true, 3, "UP 2/3"}, Row{true, 2, "UP 1/3"}, Row{false, 1, "DOWN 1/2"},
                          Row{false, 0, "DOWN"}}) {
    check(each.health);
    state.is_up = each.is_up;
    EXPECT_EQ(row().status, each.status);
  }
  state.is_up = true;
  check(4);
  state.health.operation = Operation::stopping;
  EXPECT_EQ(row().status, "NOLB");
  check(3);
  EXPECT_EQ(row().status, "NOLB 2/3");
  state.health.admin = Admin::drain;
  EXPECT_EQ(row().status, "DRAIN 2/3");
  state.health.agent.is_there = true;
  EXPECT_EQ(row().status, "DRAIN (agent)");
  state.is_up = false;
  EXPECT_EQ(row().status, "DOWN (agent)");
  state.health.admin = Admin::maint;
  EXPECT_EQ(row().status, "MAINT");
  server.tracked = "a/b";
  state.health.is_admin_tracked = true;
  EXPECT_EQ(row().status, "MAINT (via a/b)");
  server.is_disabled = true;
  EXPECT_EQ(row().status, "MAINT");
}

TEST_F(StatusTextTest, tells_of_the_last_check) {
  EXPECT_EQ(row().check_status, "");
  EXPECT_EQ(row().check_fails, std::nullopt);
  check(4);
  state.health.check.status = Status::initializing;
  EXPECT_EQ(row().check_status, "INI");
  EXPECT_EQ(row().check_ms, std::nullopt);
  state.health.check.status = Status::l7_status;
  state.health.check.code = 503;
  state.health.check.took_ms = 7;
  state.health.check.is_running = true;
  state.health.check.output.set("Service Unavailable");
  state.health.failed_checks.add();
  const StatsRow found = row();
  EXPECT_EQ(found.check_status, "* L7STS");
  EXPECT_EQ(found.check_code, 503u);
  EXPECT_EQ(found.check_ms, 7u);
  EXPECT_EQ(found.check_output, "Service Unavailable");
  EXPECT_EQ(found.check_description, "Layer7 wrong status");
  EXPECT_EQ(found.check_rise, 2u);
  EXPECT_EQ(found.check_fall, 3u);
  EXPECT_EQ(found.check_health, 4u);
  EXPECT_EQ(found.check_fails, 1u);
}

TEST_F(StatusTextTest, says_since_when_and_how_long_it_was_down_in_all) {
  Changes& changes = state.health.changes;
  changes.at_ms.set(90'000);
  changes.down_ms.set(5'000);
  changes.downs.set(2);
  EXPECT_EQ(row().last_change_s, 10u);
  EXPECT_EQ(row().downtime_s, 5u);
  EXPECT_EQ(row().downs, 2u);
  changes.is_down = true;
  EXPECT_EQ(row().downtime_s, 15u);
}

TEST_F(StatusTextTest, a_shared_text_is_cut_and_comes_back) {
  SharedText text;
  EXPECT_EQ(text.read(), "");
  text.set("hello");
  EXPECT_EQ(text.read(), "hello");
  text.set(std::string(500, 'x'));
  EXPECT_EQ(text.read(), std::string(SharedText::length_max, 'x'));
  text.set("");
  EXPECT_EQ(text.read(), "");
}

}  // namespace
}  // namespace poise::l7::health
