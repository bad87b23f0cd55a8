#include "l7/health/server_health.hpp"

#include <algorithm>

namespace poise::l7::health {
namespace {

constexpr std::uint32_t share_whole = 256;
constexpr Duration share_step_least = std::chrono::milliseconds(100), share_step_most = std::chrono::seconds(1);

}  // namespace

ServerHealth::ServerHealth(const Settings& settings, Instant first) {
  continue_with(settings, first);
  state_ = {operation_of(), admin_of(), false};
}

void ServerHealth::continue_with(const Settings& settings, Instant first) {
  const auto carry_on = [&](std::optional<Check>& check, const std::optional<Check::Settings>& wanted,
                            Check::Start start) {
    if (!wanted)
      check.reset();
    else if (check)
      check->continue_with(*wanted);
    else
      check.emplace(*wanted, start, first);
  };
  settings_ = settings;
  carry_on(check_, settings.check, settings.start);
  carry_on(agent_, settings.agent, Check::Start::fully_up);
  if (!settings.agent) agent_admin_ = Admin::ready;
  if (check_ && admin_of() == Admin::maint) check_->pause();
}

Admin ServerHealth::admin_of() const {
  Admin admin = std::max(admin_, agent_admin_);
  if (settings_.is_tracking) admin = std::max(admin, tracked_.admin);
  return settings_.is_disabled ? Admin::maint : admin;
}

Operation ServerHealth::operation_of() const {
  if (admin_of() == Admin::maint) return Operation::stopped;
  if (settings_.is_tracking) return tracked_.operation;
  if (is_forced_down_ || (check_ && !check_->is_up()) || (agent_ && !agent_->is_up())) return Operation::stopped;
  return is_stopping_ ? Operation::stopping : Operation::running;
}

ServerHealth::Step ServerHealth::settle(Instant now) {
  Step step{.before = state_};
  const bool was_maint = state_.admin == Admin::maint;
  state_.admin = admin_of();
  state_.is_admin_tracked = settings_.is_tracking && !settings_.is_disabled && state_.admin != Admin::ready &&
                            tracked_.admin == state_.admin && std::max(admin_, agent_admin_) != state_.admin;
  const bool is_maint = state_.admin == Admin::maint;
  if (is_maint && check_) check_->pause();  // agents go on: they may take it back
  if (!is_maint && was_maint) {
    is_stopping_ = is_forced_down_ = false;
    if (check_) check_->resume(now);
  }
  const Operation next = operation_of();
  const bool comes_up = state_.operation == Operation::stopped && next == Operation::running;
  const bool goes_on_starting = state_.operation == Operation::starting && next == Operation::running;
  if (comes_up && settings_.slow_start > Duration::zero()) {
    state_.operation = Operation::starting;
    started_at_ = now;
    advance(now);
  } else if (!goes_on_starting) {
    state_.operation = next;
    share_ = share_whole;
    next_share_ = never;
  }
  step.after = state_;
  return step;
}

void ServerHealth::advance(Instant now) {
  if (state_.operation != Operation::starting || now < (next_share_ == never ? now : next_share_)) return;
  const Duration passed = now - started_at_;
  if (passed >= settings_.slow_start) {
    state_.operation = Operation::running;
    share_ = share_whole;
    next_share_ = never;
    return;
  }
  share_ = std::max(std::uint32_t(share_whole * passed / settings_.slow_start), 1u);
  const Duration step = std::clamp(settings_.slow_start / 20, share_step_least, share_step_most);
  next_share_ = now + std::min(step, settings_.slow_start - passed);
}

ServerHealth::Step ServerHealth::on_check(Instant now, const Result& result) {
  if (!check_) return settle(now);
  const bool is_ignored = check_->is_paused();
  bool is_counted = false;
  if (is_ignored) {
    check_->on_no_result(now);
  } else {
    is_counted = check_->on_result(now, result);
    const Outcome outcome = info_of(result.status).outcome;
    if (outcome == Outcome::passed) is_stopping_ = is_forced_down_ = false;
    if (outcome == Outcome::conditionally_passed) is_stopping_ = check_->is_up();
  }
  Step step = settle(now);
  step.is_counted = is_counted;
  return step;
}

ServerHealth::Step ServerHealth::on_agent(Instant now, const Result& result, const AgentReply& reply) {
  if (!agent_) return settle(now);
  // What keeps an agent from speaking says nothing of its server.
  const bool says_something = result.status == Status::l7_ok || result.status == Status::l7_status;
  bool is_counted = false;
  if (says_something)
    is_counted = agent_->on_result(now, result);
  else
    agent_->on_no_result(now);
  if (reply.admin != AgentReply::Admin::none)
    agent_admin_ = reply.admin == AgentReply::Admin::ready   ? Admin::ready
                   : reply.admin == AgentReply::Admin::drain ? Admin::drain
                                                             : Admin::maint;
  // An agent that is ready takes back what operators have set, as in HAProxy.
  if (reply.admin == AgentReply::Admin::ready) admin_ = Admin::ready;
  Step step = settle(now);
  step.is_counted = is_counted;
  return step;
}

ServerHealth::Step ServerHealth::refresh(Instant now) { return settle(now); }

ServerHealth::Step ServerHealth::on_tracked(Instant now, const State& other) {
  tracked_ = other;
  if (tracked_.operation == Operation::starting) tracked_.operation = Operation::running;
  return settle(now);
}

ServerHealth::Step ServerHealth::on_errors(Instant now, Errors what) {
  if (!check_ || check_->is_paused()) return settle(now);
  const std::uint32_t before = check_->health();
  if (what == Errors::fragile) check_->make_fragile();
  if (what == Errors::down) check_->set(false);
  if (what == Errors::fail || what == Errors::fragile) check_->fail_once();
  check_->hurry(now);
  Step step = settle(now);
  step.is_counted = check_->health() != before;
  return step;
}

ServerHealth::Step ServerHealth::set_admin(Instant now, Admin admin) {
  admin_ = admin;
  if (admin == Admin::ready) agent_admin_ = Admin::ready;
  return settle(now);
}

ServerHealth::Step ServerHealth::force(Instant now, Forced health) {
  is_stopping_ = health == Forced::stopping;
  is_forced_down_ = health == Forced::down;
  if (check_) check_->set(health != Forced::down);
  if (agent_ && health != Forced::down) agent_->set(true);
  return settle(now);
}

}  // namespace poise::l7::health
