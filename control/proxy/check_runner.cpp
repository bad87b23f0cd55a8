#include "control/proxy/check_runner.hpp"

namespace poise::control::proxy {

template <class Step>
void CheckRunner::step(CheckId id, std::uint64_t connection, Step&& step) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || found->second.connections != connection || found->second.check.result()) return;
  carry_out(id, step(found->second.check));
}

void CheckRunner::begin(Instant now, CheckId id, std::shared_ptr<const CheckPlan> plan) {
  now_ = now;
  cancel(id);
  const auto [at, is_new] = runs_.try_emplace(id, std::move(plan));
  carry_out(id, at->second.check.start(now));
}

void CheckRunner::cancel(CheckId id) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  due_.erase({found->second.due, id});
  if (found->second.connection != nullptr) ended_.push_back(std::move(found->second.connection));
  runs_.erase(found);
}

void CheckRunner::carry_out(CheckId id, const CheckActions& actions) {
  Run& run = runs_.at(id);
  for (const CheckAction& action : actions) {
    if (const auto* target = std::get_if<OpenConnection>(&action)) open(id, run, target->target);
    if (const auto* text = std::get_if<SendText>(&action); text != nullptr && run.connection != nullptr)
      run.connection->send(text->text);
  }
  if (!run.check.result()) return arm(id, run);
  CheckFound found{id, *run.check.result(), run.check.received()};
  cancel(id);
  done_(std::move(found));
}

void CheckRunner::open(CheckId id, Run& run, const health::ConnectionTarget& target) {
  if (run.connection != nullptr) ended_.push_back(std::move(run.connection));
  const std::uint64_t number = ++run.connections;
  health::ConnectionEvents events;
  events.opened = [this, id, number] { step(id, number, [&](CheckRun& check) { return check.on_opened(now_); }); };
  events.connected = [this, id, number] {
    step(id, number, [&](CheckRun& check) { return check.on_connected(now_); });
  };
  events.bytes = [this, id, number](std::string_view bytes) {
    step(id, number, [&](CheckRun& check) { return check.on_bytes(now_, bytes); });
  };
  events.closed = [this, id, number] { step(id, number, [&](CheckRun& check) { return check.on_closed(now_); }); };
  events.failed = [this, id, number](const std::string& reason) {
    step(id, number, [&](CheckRun& check) { return check.on_failed(now_, reason); });
  };
  run.connection = connector_(target, std::move(events));
  if (run.connection == nullptr) run.check.on_unavailable(now_, "there is no socket for it");
}

void CheckRunner::arm(CheckId id, Run& run) {
  due_.erase({run.due, id});
  run.due = run.check.deadline();
  if (run.due != never) due_.emplace(run.due, id);
}

void CheckRunner::on_deadline(Instant now) {
  now_ = now;
  ended_.clear();
  while (!due_.empty() && due_.begin()->first <= now) {
    const CheckId id = due_.begin()->second;
    carry_out(id, runs_.at(id).check.on_deadline(now));
  }
}

Instant CheckRunner::deadline() const {
  if (!ended_.empty()) return now_;
  return due_.empty() ? never : due_.begin()->first;
}

}  // namespace poise::control::proxy
