#include "control/proxy/backend_health.hpp"

#include <algorithm>

namespace poise::control::proxy {
namespace {

using l7::health::AgentReply;
using l7::health::Check;
using l7::health::CheckReport;
using l7::health::Operation;
using l7::health::Result;
using l7::health::Status;
using std::chrono::milliseconds;

constexpr Duration look_period = milliseconds(20);
constexpr auto relaxed = std::memory_order_relaxed;

std::uint64_t ms_of(Instant now) { return std::uint64_t(now.time_since_epoch() / milliseconds(1)); }

template <class T, class U>
bool put(std::atomic<T>& value, U next) {
  return value.exchange(T(next), relaxed) != T(next);
}

void put_check(CheckReport& report, const std::optional<Check>& check, const Result& last) {
  report.is_there.store(check.has_value(), relaxed);
  if (!check) return;
  report.is_running.store(check->is_running(), relaxed);
  report.status.store(last.status, relaxed);
  report.code.store(last.code, relaxed);
  report.took_ms.store(std::uint32_t(last.took / milliseconds(1)), relaxed);
  report.health.store(check->health(), relaxed);
  report.rise.store(check->settings().rise, relaxed);
  report.fall.store(check->settings().fall, relaxed);
}

void change(l7::health::Changes& changes, Instant now, bool is_down) {
  const std::uint64_t now_ms = ms_of(now);
  if (changes.is_down.load(relaxed)) changes.down_ms.add(now_ms - changes.at_ms.read());
  if (is_down && !changes.is_down.load(relaxed)) changes.downs.add();
  changes.at_ms.set(now_ms);
  changes.is_down.store(is_down, relaxed);
}

template <class Locals>
std::uint64_t queued_in(const Locals& locals) {
  std::uint64_t count = 0;
  for (const auto& local : locals) count += local.stats.queued.now();
  return count;
}

std::uint64_t sessions_of(const l7::ServerState& state) {
  std::uint64_t count = 0;
  for (const auto& local : state.local) count += local.stats.sessions.now();
  return count;
}

// As events name it.
std::string name_of(const BackendHealth::ServerHealth::Step& step) {
  const auto is = [](const BackendHealth::ServerHealth::State& state, l7::health::Admin admin) {
    return state.admin == admin;
  };
  using enum l7::health::Admin;
  if (is(step.after, maint) && !is(step.before, maint)) return "maintenance";
  if (step.went_down()) return "down";
  if (step.came_up()) return "up";
  if (is(step.after, drain) && !is(step.before, drain)) return "drain";
  if (step.after.operation == Operation::stopping) return "stopping";
  return step.after.is_up() ? "up" : "down";
}

}  // namespace

const BackendHealth::Row* BackendHealth::find(const std::string& backend, const std::string& server) const {
  const auto found = rows_.find({backend, server});
  return found == rows_.end() ? nullptr : &found->second;
}

void BackendHealth::arm(Row& row) {
  due_.erase({row.due, &row});
  row.due = row.health.share_deadline();
  for (const std::optional<Check>* check : {&row.health.check(), &row.health.agent()})
    if (*check) row.due = std::min(row.due, (*check)->deadline());
  if (row.due != never) due_.emplace(row.due, &row);
}

Instant BackendHealth::deadline() const { return std::min(due_.empty() ? never : due_.begin()->first, next_look_); }

void BackendHealth::on_deadline(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    Row& row = *due_.begin()->second;
    start(now, row);
    row.health.advance(now);
    show(row);
    arm(row);
  }
  if (now < next_look_) return;
  next_look_ = now + look_period;
  look_at_errors(now);
  watch_drains(now);
}

void BackendHealth::start(Instant now, Row& row) {
  const auto begin = [&](std::optional<Check>& check, CheckId id, const std::shared_ptr<const CheckPlan>& plan) {
    if (!check || check->deadline() > now) return;
    check->on_started();
    hooks_.begin(id, plan, row.transport);
  };
  begin(row.health.check(), row.check_id, row.check_plan);
  begin(row.health.agent(), row.agent_id, row.agent_plan);
}

void BackendHealth::on_found(Instant now, const CheckFound& found) {
  const auto known = by_id_.find(found.id);
  if (known == by_id_.end()) return;
  Row& row = *known->second;
  if (found.id == row.check_id && row.health.check()) {
    row.last_check = found.result;
    row.state->health.check.output.set(found.result.description);
    const auto step = row.health.on_check(now, found.result);
    const bool has_failed = l7::health::info_of(found.result.status).outcome == l7::health::Outcome::failed;
    if (has_failed && step.is_counted) row.state->health.failed_checks.add();
    if (step.is_counted && row.check->log) log_result(row, found.result, false);
    follow(now, row, step, &row.last_check);
  } else if (found.id == row.agent_id && row.health.agent()) {
    Result result = found.result;
    const AgentReply reply = result.status == Status::l7_ok ? l7::health::parse_agent_reply(found.reply) : AgentReply{};
    if (result.status == Status::l7_ok) {
      result.status = reply.operation == AgentReply::Operation::down ? Status::l7_status
                      : reply.operation == AgentReply::Operation::up ? Status::l7_ok
                                                                     : Status::no_change;
      result.description = !reply.text.empty()      ? reply.text
                           : !reply.unknown.empty() ? "unknown word: " + reply.unknown
                                                    : reply.word;
    }
    row.last_agent = result;
    row.state->health.agent.output.set(result.description);
    take_agent_orders(row, reply);
    const auto step = row.health.on_agent(now, result, reply);
    if (step.is_counted && row.check && row.check->log) log_result(row, result, true);
    follow(now, row, step, &row.last_agent);
  }
  show(row);
  arm(row);
}

void BackendHealth::take_agent_orders(Row& row, const AgentReply& reply) {
  if (reply.connections_max) row.limit_set = *reply.connections_max;
  if (reply.weight)
    row.weight_set = std::min<std::uint32_t>(
        reply.is_percent ? (row.settings.weight * *reply.weight + 99) / 100 : *reply.weight, 256);
}

// What a step brings with it: the proxies, the statistics, the log, those that track it.
void BackendHealth::follow(Instant now, Row& row, const ServerHealth::Step& step, const Result* result) {
  if (!step.is_change()) return;
  const bool had_any = usable_of(row.key.first).is_any();
  const std::uint64_t requeued = step.went_down() ? queued_in(row.state->local) : 0;
  show(row);
  if (step.before.is_up() != step.after.is_up()) change(row.state->health.changes, now, !step.after.is_up());
  if (step.went_down() && row.reaction.on_marked_down == config::OnMarkedDown::shutdown_sessions)
    end_sessions(row, 'D');
  if (step.came_up() && row.reaction.on_marked_up == config::OnMarkedUp::shutdown_backup_sessions)
    for (auto each = rows_.lower_bound({row.key.first, ""}); each != rows_.end() && each->first.first == row.key.first;
         ++each)
      if (each->second.settings.backup && &each->second != &row) end_sessions(each->second, 'U');
  states_.health_changes()->fetch_add(1, std::memory_order_release);
  hooks_.wake();
  tell(row, step, result, requeued);
  judge_backend(now, row, had_any);
  const auto trackers = trackers_.find(row.key);
  if (trackers == trackers_.end()) return;
  for (Row* each : trackers->second) {
    follow(now, *each, each->health.on_tracked(now, row.health.state()), result);
    show(*each);
    arm(*each);
  }
}

void BackendHealth::end_sessions(Row& row, char cause) {
  row.state->ended_by.store(cause, relaxed);
  row.state->endings.fetch_add(1, relaxed);
}

// As the proxies balance by it, and as the statistics show it.
void BackendHealth::show(Row& row) {
  l7::ServerState& state = *row.state;
  const ServerHealth::State& now = row.health.state();
  bool is_changed = put(state.is_up, now.is_up());
  is_changed |= put(state.is_drained, now.admin == Admin::drain || now.operation == Operation::stopping);
  is_changed |= put(state.weight_share, row.health.share());
  is_changed |= put(state.weight_set, row.weight_set.value_or(~0u));
  put(state.limit_set, row.limit_set.value_or(~0u));
  put(state.is_checked, row.health.check().has_value() || row.health.agent().has_value() || row.tracks.has_value());
  if (is_changed) row.backend_state->generation.fetch_add(1, std::memory_order_release);
  l7::health::ServerReport& report = state.health;
  report.operation.store(now.operation, relaxed);
  report.admin.store(now.admin, relaxed);
  report.is_admin_tracked.store(now.is_admin_tracked, relaxed);
  const bool is_starting = now.operation == Operation::starting;
  report.throttle.store(std::uint16_t(is_starting ? std::max(row.health.share() * 100 / 256, 1u) : 0), relaxed);
  put_check(report.check, row.health.check(), row.last_check);
  put_check(report.agent, row.health.agent(), row.last_agent);
}

BackendHealth::Usable BackendHealth::usable_of(const std::string& backend) const {
  Usable usable;
  for (auto each = rows_.lower_bound({backend, ""}); each != rows_.end() && each->first.first == backend; ++each) {
    const Row& row = each->second;
    const bool is_usable = row.settings.state == config::ServerState::up && row.state->is_up.load(relaxed) &&
                           !row.state->is_drained.load(relaxed) && row.weight_set.value_or(row.settings.weight) > 0;
    usable.active += is_usable && !row.settings.backup;
    usable.backups += is_usable && row.settings.backup;
  }
  return usable;
}

l7::health::ServerWords BackendHealth::words_of(const Row& row) const {
  const Usable usable = usable_of(row.key.first);
  l7::health::ServerWords words{.backend = row.key.first, .server = row.key.second};
  words.tracked = row.settings.track.value_or("");
  words.is_backup = row.settings.backup;
  words.active_left = usable.active;
  words.backups_left = usable.backups;
  words.sessions = sessions_of(*row.state);
  words.is_weightless = row.weight_set.value_or(row.settings.weight) == 0;
  return words;
}

void BackendHealth::tell(Row& row, const ServerHealth::Step& step, const Result* result, std::uint64_t requeued) {
  l7::health::ServerWords words = words_of(row);
  words.result = result;
  words.requeued = requeued;
  words.queued = step.after.is_up() ? queued_in(row.state->local) : 0;
  const l7::health::LogLine line = l7::health::words_of(step, words);
  if (!line.text.empty()) hooks_.tell({row.key.first, row.key.second, name_of(step), line});
}

void BackendHealth::log_result(Row& row, const Result& result, bool is_agent) {
  const Check& check = is_agent ? *row.health.agent() : *row.health.check();
  hooks_.tell(
      {row.key.first, row.key.second, "check", l7::health::check_words(result, check, words_of(row), is_agent)});
}

void BackendHealth::judge_backend(Instant now, Row& row, bool had_any) {
  const bool has_any = usable_of(row.key.first).is_any();
  if (has_any == had_any) return;
  change(row.backend_state->changes, now, !has_any);
  if (!has_any) hooks_.tell({row.key.first, "", "down", l7::health::no_server_words(row.key.first)});
  if (has_any) hooks_.tell({row.key.first, "", "up", {}});
}

// Of sessions that the proxies observe: as many errors as may be, one after the other.
void BackendHealth::look_at_errors(Instant now) {
  for (Row* row : observed_) {
    const std::uint32_t limits = row->state->error_limits.load(relaxed);
    if (std::exchange(row->error_limits, limits) == limits || !row->health.check()) continue;
    row->state->health.observed_failures.add();
    using enum ServerHealth::Errors;
    constexpr ServerHealth::Errors reactions[] = {hurry, fail, fragile, down};
    const auto step = row->health.on_errors(now, reactions[std::size_t(*row->reaction.on_error)]);
    if (row->reaction.on_error != config::CheckOnError::fastinter) {
      const std::string count = std::to_string(*row->reaction.error_limit);
      row->last_check = {.status = Status::observed, .description = "Detected " + count + " consecutive errors"};
      row->state->health.check.output.set(row->last_check.description);
      if (step.is_counted && row->check->log) log_result(*row, row->last_check, false);
    }
    follow(now, *row, step, &row->last_check);
    show(*row);
    arm(*row);
  }
}

void BackendHealth::watch_drains(Instant now) {
  for (Row* row : draining_) {
    Drain& drain = *row->drain;
    if (drain.is_over) continue;
    const std::uint64_t left = sessions_of(*row->state);
    const std::string name = row->key.first + "/" + row->key.second;
    if (left == 0) {
      drain.is_over = true;
      hooks_.tell({row->key.first, row->key.second, "drained", {.text = "Server " + name + " is drained."}});
    } else if (now >= drain.deadline) {
      drain.deadline = never;
      end_sessions(*row, 'K');
      states_.health_changes()->fetch_add(1, std::memory_order_release);
      hooks_.wake();
      const std::string text =
          "Server " + name + ": drain deadline passed, " + std::to_string(left) + " sessions are ended.";
      hooks_.tell({row->key.first, row->key.second, "drain_deadline", {.text = text}});
    }
  }
}

}  // namespace poise::control::proxy
