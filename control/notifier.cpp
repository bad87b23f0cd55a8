#include "control/notifier.hpp"

#include <algorithm>
#include <utility>

namespace poise::control {
namespace {

constexpr std::size_t queue_max = 4096;
constexpr int mail_tries = 3;
constexpr auto mail_pause = std::chrono::seconds(10);

// keepalived's words.
const char* word_of(vrrp::State state) {
  switch (state) {
    case vrrp::State::master:
      return "MASTER";
    case vrrp::State::backup:
      return "BACKUP";
    case vrrp::State::fault:
      return "FAULT";
    case vrrp::State::init:
      break;
  }
  return "STOP";
}

const std::vector<std::string>& command_of(const config::VrrpNotify& notify, vrrp::State state) {
  switch (state) {
    case vrrp::State::master:
      return notify.master;
    case vrrp::State::backup:
      return notify.backup;
    case vrrp::State::fault:
      return notify.fault;
    case vrrp::State::init:
      break;
  }
  return notify.stop;
}

}  // namespace

void Notifier::apply(const config::Config& config) {
  vrrp_ = config.vrrp;
  mail_ = config.mail;
  node_ = config.node.name;
}

void Notifier::on_change(const std::string& instance, const vrrp::Changed& changed, std::uint8_t priority) {
  states_[instance] = changed.to;
  const auto found = vrrp_.instances.find(instance);
  if (found == vrrp_.instances.end()) return;
  tell(found->second.notify, "INSTANCE", instance, changed.to, priority);
  follow_group(instance, changed.to, priority);
}

// A group is what all of its members are; at fault as soon as one is.
void Notifier::follow_group(const std::string& instance, vrrp::State state, std::uint8_t priority) {
  for (const auto& [name, group] : vrrp_.groups) {
    if (std::find(group.members.begin(), group.members.end(), instance) == group.members.end()) continue;
    const bool all = std::all_of(group.members.begin(), group.members.end(), [&](const std::string& member) {
      return states_.contains(member) && states_.at(member) == state;
    });
    if (!all && state != vrrp::State::fault) return;
    const auto known = group_states_.find(name);
    if (known != group_states_.end() && known->second == state) return;
    group_states_[name] = state;
    return tell(group.notify, "GROUP", name, state, priority);
  }
}

void Notifier::tell(const config::VrrpNotify& notify, const std::string& kind, const std::string& name,
                    vrrp::State state, std::uint8_t priority) {
  const std::string word = word_of(state);
  Job job;
  job.user = vrrp_.script_user;
  job.timeout_ms = vrrp_.notify_timeout_ms;
  if (const auto& command = command_of(notify, state); !command.empty()) {
    job.command = command;
    push(job, command[0]);
  }
  if (!notify.any.empty()) {
    job.command = notify.any;
    job.command.insert(job.command.end(), {kind, name, word, std::to_string(priority)});
    push(job, notify.any[0]);
  }
  if (!notify.mail || !mail_) return;
  job = Job{};
  job.kind = Job::Kind::mail;
  job.mail = *mail_;
  job.timeout_ms = mail_->timeout_ms;
  const std::string what = std::string(kind == "GROUP" ? "VRRP group " : "VRRP instance ") + name;
  job.subject = "[" + node_ + "] " + what + " is " + word;
  job.body = what + " on " + node_ + " is " + word + " now, with priority " + std::to_string(priority) + ".\n";
  push(job, "mail to " + (mail_->to.empty() ? "" : mail_->to[0]));
}

void Notifier::push(Job job, std::string what) {
  Lane& lane = job.kind == Job::Kind::mail ? mails_ : commands_;
  if (lane.queue.size() >= queue_max) {
    if (counters_.dropped++ == 0) hooks_.failed(what, "the queue of notifications is full: this and others are lost");
    return;
  }
  lane.queue.push_back({std::move(job), std::move(what), 0});
}

void Notifier::on_deadline(Instant now) {
  now_ = now;
  go_on(now, commands_);
  go_on(now, mails_);
}

void Notifier::go_on(Instant now, Lane& lane) {
  if (now < lane.deadline()) return;
  lane.is_running = true;
  ++lane.queue.front().tries;
  hooks_.run(lane.queue.front().job, [this, &lane](const JobResult& result) { take(lane, result); });
}

void Notifier::take(Lane& lane, const JobResult& result) {
  lane.is_running = false;
  Notice& notice = lane.queue.front();
  if (result.outcome == JobResult::Outcome::done) {
    ++counters_.done;
    lane.queue.pop_front();
    return;
  }
  const std::string why = result.outcome == JobResult::Outcome::timed_out
                              ? "ended after " + std::to_string(notice.job.timeout_ms) + " ms"
                              : result.text;
  const bool again = notice.job.kind == Job::Kind::mail && notice.tries < mail_tries;
  hooks_.failed(notice.what, again ? why + "; to be sent again" : why);
  if (again) {
    lane.not_before = now_ + mail_pause;
    return;
  }
  ++counters_.failed;
  lane.queue.pop_front();
}

}  // namespace poise::control
