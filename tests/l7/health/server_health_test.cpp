#include "l7/health/server_health.hpp"

#include <gtest/gtest.h>

namespace poise::l7::health {
namespace {

using namespace std::chrono_literals;

const Instant start(100s);
const Result passed{.status = Status::l7_ok, .code = 200}, failed{.status = Status::l7_status, .code = 503},
    refused{.status = Status::l4_connection};

ServerHealth::Settings settings_of(Duration slow_start = 0s, bool has_agent = false) {
  ServerHealth::Settings settings{.check = Check::Settings{}, .slow_start = slow_start};
  if (has_agent) settings.agent = Check::Settings{.rise = 1, .fall = 1};
  return settings;
}

TEST(ServerHealth, goes_down_and_comes_up_by_its_check) {
  ServerHealth server(settings_of(), start);
  EXPECT_TRUE(server.state().is_up());
  EXPECT_TRUE(server.on_check(start, refused).went_down()) << "an unproven server, by the first one";
  EXPECT_FALSE(server.on_check(start, passed).came_up());
  EXPECT_TRUE(server.on_check(start, passed).came_up());
  EXPECT_FALSE(server.on_check(start, failed).went_down());
  EXPECT_FALSE(server.on_check(start, failed).went_down());
  EXPECT_TRUE(server.on_check(start, failed).went_down()) << "a proven one, by the third";
}

TEST(ServerHealth, an_agent_and_a_check_must_both_find_it_good) {
  ServerHealth server(settings_of(0s, true), start);
  EXPECT_FALSE(server.on_agent(start, refused, {}).is_change()) << "an agent that can't be asked says nothing";
  EXPECT_TRUE(server.on_agent(start, failed, {.operation = AgentReply::Operation::down}).went_down());
  EXPECT_FALSE(server.on_check(start, passed).came_up());
  EXPECT_TRUE(server.on_agent(start, passed, {.operation = AgentReply::Operation::up}).came_up());
}

TEST(ServerHealth, maintenance_stops_checks_and_ends_as_up_but_unproven) {
  ServerHealth server(settings_of(), start);
  server.on_check(start, passed);
  const auto step = server.set_admin(start, Admin::maint);
  EXPECT_TRUE(step.went_down());
  EXPECT_EQ(server.check()->deadline(), never);
  EXPECT_FALSE(server.on_check(start, passed).is_change()) << "one that was under way";
  EXPECT_TRUE(server.set_admin(start + 9s, Admin::ready).came_up());
  EXPECT_EQ(server.check()->deadline(), start + 9s);
  EXPECT_TRUE(server.on_check(start + 9s, refused).went_down());
}

TEST(ServerHealth, a_drained_server_stays_up) {
  ServerHealth server(settings_of(), start);
  const auto step = server.set_admin(start, Admin::drain);
  EXPECT_FALSE(step.went_down());
  EXPECT_EQ(step.after.admin, Admin::drain);
  EXPECT_EQ(server.set_admin(start, Admin::ready).after.admin, Admin::ready);
}

TEST(ServerHealth, an_agent_s_ready_takes_back_what_an_agent_or_an_operator_has_set) {
  ServerHealth server(settings_of(0s, true), start);
  EXPECT_EQ(server.on_agent(start, {}, {.admin = AgentReply::Admin::drain}).after.admin, Admin::drain);
  EXPECT_EQ(server.on_agent(start, {}, {.admin = AgentReply::Admin::ready}).after.admin, Admin::ready);
  server.set_admin(start, Admin::maint);
  EXPECT_NE(server.agent()->deadline(), never) << "or nobody would hear it";
  EXPECT_EQ(server.on_agent(start, {}, {.admin = AgentReply::Admin::ready}).after.admin, Admin::ready);
}

TEST(ServerHealth, a_conditional_pass_stops_it_until_a_full_one) {
  ServerHealth server(settings_of(), start);
  server.on_check(start, passed);
  server.on_check(start, {.status = Status::l7_ok_conditionally, .code = 404});
  EXPECT_EQ(server.state().operation, Operation::stopping);
  EXPECT_TRUE(server.state().is_up());
  server.on_check(start, passed);
  EXPECT_EQ(server.state().operation, Operation::running);
}

TEST(ServerHealth, errors_of_sessions_do_what_on_error_says) {
  struct Row {
    ServerHealth::Errors what;
    int errors_until_down;
  };
  using enum ServerHealth::Errors;
  for (const Row& row : {Row{down, 1}, Row{fragile, 2}, Row{fail, 3}}) {
    ServerHealth server(settings_of(), start);
    server.on_check(start, passed);
    int errors = 0;
    while (server.state().is_up() && errors < 10) ++errors, server.on_errors(start, row.what);
    EXPECT_EQ(errors, row.errors_until_down);
  }
  ServerHealth server(settings_of(), start);
  server.on_check(start, passed);
  EXPECT_FALSE(server.on_errors(start, hurry).is_counted);
}

TEST(ServerHealth, follows_the_one_that_it_tracks) {
  ServerHealth server({.is_tracking = true}, start);
  EXPECT_TRUE(server.on_tracked(start, {.operation = Operation::stopped}).went_down());
  EXPECT_TRUE(server.on_tracked(start, {.operation = Operation::starting}).came_up());
  const auto step = server.on_tracked(start, {.operation = Operation::stopped, .admin = Admin::maint});
  EXPECT_EQ(step.after.admin, Admin::maint);
  EXPECT_TRUE(step.after.is_admin_tracked);
}

TEST(ServerHealth, starts_slowly_after_it_was_down_but_not_at_first) {
  ServerHealth server(settings_of(10s), start);
  EXPECT_EQ(server.share(), 256u);
  server.on_check(start, refused);
  server.on_check(start, passed);
  server.on_check(start, passed);
  EXPECT_EQ(server.state().operation, Operation::starting);
  EXPECT_EQ(server.share(), 1u);
  std::uint32_t before = 0;
  int steps = 0;
  while (server.share_deadline() != never && steps < 100) {
    ++steps;
    EXPECT_GT(server.share(), before);
    before = server.share();
    server.advance(server.share_deadline());
  }
  EXPECT_EQ(steps, 20);
  EXPECT_EQ(server.share(), 256u);
  EXPECT_EQ(server.state().operation, Operation::running);
}

TEST(ServerHealth, a_slow_start_ends_when_the_server_goes_down_again) {
  ServerHealth server(settings_of(10s), start);
  server.set_admin(start, Admin::maint);
  server.set_admin(start, Admin::ready);
  EXPECT_EQ(server.state().operation, Operation::starting);
  EXPECT_TRUE(server.on_check(start + 1s, refused).went_down());
  EXPECT_EQ(server.share_deadline(), never);
}

TEST(ServerHealth, what_is_forced_lasts_until_checks_say_otherwise) {
  ServerHealth server(settings_of(), start);
  EXPECT_TRUE(server.force(start, ServerHealth::Forced::down).went_down());
  server.on_check(start, passed);
  EXPECT_TRUE(server.on_check(start, passed).came_up());
  server.force(start, ServerHealth::Forced::stopping);
  EXPECT_EQ(server.state().operation, Operation::stopping);
  server.on_check(start, passed);
  EXPECT_EQ(server.state().operation, Operation::running);
  ServerHealth unchecked({}, start);
  EXPECT_TRUE(unchecked.force(start, ServerHealth::Forced::down).went_down());
  EXPECT_TRUE(unchecked.force(start, ServerHealth::Forced::up).came_up());
}

TEST(ServerHealth, keeps_what_it_knows_when_settings_change) {
  ServerHealth server(settings_of(), start);
  server.on_check(start, refused);
  ServerHealth::Settings other = settings_of();
  other.check->rise = 5;
  server.continue_with(other, start);
  EXPECT_FALSE(server.state().is_up());
  other.check.reset();
  server.continue_with(other, start);
  EXPECT_TRUE(server.set_admin(start, Admin::ready).came_up()) << "nobody checks it any more";
}

}  // namespace
}  // namespace poise::l7::health
