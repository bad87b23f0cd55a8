#include "vrrp/instance.hpp"

#include <algorithm>
#include <utility>

namespace poise::vrrp {
namespace {

// Between adverts that are sent because somebody else spoke: a flood of his must not become one of ours.
constexpr int prompted_adverts_per_interval = 8;
constexpr int lease_while_leaving = 8, hold_margin = 8;  // parts of an interval

}  // namespace

Instance::Instance(InstanceSettings settings)
    : settings_(std::move(settings)), priority_(settings_.priority), state_(Initial{}) {}

State Instance::state() const {
  constexpr State states[] = {State::init, State::backup, State::master, State::master, State::fault};
  return states[state_.index()];
}

bool Instance::wants_master() const {
  const Backing* backup = std::get_if<Backing>(&state_);
  return backup != nullptr && backup->wants_master;
}

std::optional<Instance::Rival> Instance::rival() const {
  const Mastering* master = std::get_if<Mastering>(&state_);
  return master == nullptr ? std::nullopt : master->rival;
}

Duration Instance::master_interval() const {
  const Backing* backup = std::get_if<Backing>(&state_);
  return backup != nullptr ? backup->master_interval : settings_.interval;
}

Duration Instance::down_interval(Duration interval) const {
  return settings_.down_timer_adverts * interval + skew_time(settings_.version, priority_, interval);
}
Duration Instance::master_down_interval() const { return down_interval(master_interval()); }

Duration Instance::learned(Duration interval) const {
  if (settings_.version == Version::v2) return settings_.interval;
  return std::min(interval, settings_.learned_interval_max);
}

Instant Instance::deadline() const {
  if (const auto* initial = std::get_if<Initial>(&state_)) return initial->start_at;
  if (const auto* backup = std::get_if<Backing>(&state_)) return backup->master_down_at;
  if (const auto* master = std::get_if<Mastering>(&state_)) return std::min(master->advert_at, master->announce_at);
  if (const auto* leaving = std::get_if<Leaving>(&state_)) return leaving->until;
  return never;
}

// Every backup waits at least three intervals since the last advert, and then its skew; once told that the master
// leaves, only its skew. The margin is for clocks that do not run alike.
Instant Instance::hold_until(Instant now) const {
  if (const auto* master = std::get_if<Mastering>(&state_))
    return master->sent_at + 3 * settings_.interval - settings_.interval / hold_margin;
  if (const auto* leaving = std::get_if<Leaving>(&state_))
    return std::min(leaving->until, now + settings_.interval / lease_while_leaving);
  return Instant::min();
}

Actions Instance::start(Instant now) {
  ensure(std::holds_alternative<Initial>(state_));
  if (settings_.start_delay == Duration::zero()) return begin(now);
  state_ = Initial{now + settings_.start_delay};
  return {};
}

Actions Instance::begin(Instant now) {
  if (fault_) {
    state_ = Faulty{};
    Actions actions;
    actions.push(Changed{State::init, State::fault, Reason::tracking});
    return actions;
  }
  if (priority_ == priority_owner && !settings_.grouped) return to_master(now, Reason::priority);
  return to_backup(now, Reason::started, settings_.interval);
}

Actions Instance::to_backup(Instant now, Reason reason, Duration interval) {
  Actions actions;
  actions.push(Changed{state(), State::backup, reason});
  const bool at_once = priority_ == priority_owner;  // an owner in a group, which waits for the others
  state_ = Backing{at_once ? now : now + down_interval(interval), interval, {}, Reason::master_not_responding, {}, {}};
  return actions;
}

Actions Instance::to_master(Instant now, Reason reason) {
  Actions actions;
  const State from = state();
  Mastering master{now, now, now, 0, now};
  held_back_ = false;
  actions.push(Hold{});
  send(now, master, actions);
  announce(now, master, actions);
  actions.push(Changed{from, State::master, reason});
  state_ = master;
  return actions;
}

void Instance::send(Instant now, Mastering& master, Actions& actions) {
  actions.push(SendAdvert{priority_});
  master.sent_at = now;
  master.advert_at = now + settings_.interval;
}

// One round now, and when the next one is due.
void Instance::announce(Instant now, Mastering& master, Actions& actions) {
  const Announcements& wanted = settings_.announcements;
  actions.push(Announce{});
  ++master.announced;
  if (master.announced < wanted.after.size())
    master.announce_at = std::max(now, master.since + wanted.after[master.announced]);
  else
    master.announce_at = wanted.refresh == Duration::zero() ? never : now + wanted.refresh;
}

Actions Instance::stop(Instant now) {
  if (std::holds_alternative<Mastering>(state_)) return leave(now, State::init, Reason::stopped);
  if (auto* leaving = std::get_if<Leaving>(&state_)) {
    leaving->next = State::init;
    leaving->resume = false;
    return {};
  }
  Actions actions;
  if (state() != State::init) actions.push(Changed{state(), State::init, Reason::stopped});
  state_ = Initial{};
  return actions;
}

// Says so (priority 0), and goes on holding the addresses until the next master is heard.
Actions Instance::leave(Instant now, State next, Reason reason) {
  Actions actions;
  actions.push(SendAdvert{priority_leaving});
  // The lowest backup takes its skew, then the advert must come; nobody needs longer.
  const Duration most = skew_time(settings_.version, 1, settings_.interval) + 2 * settings_.interval;
  const bool resume = reason == Reason::switched_over && !settings_.grouped;
  state_ = Leaving{now + most, next, reason, resume, settings_.interval};
  return actions;
}

Actions Instance::arrive(Instant now, bool heard) {
  const Leaving leaving = std::get<Leaving>(state_);
  if (!heard && leaving.resume) {
    state_ = Mastering{now, now, now, settings_.announcements.after.size(), never};
    auto& master = std::get<Mastering>(state_);
    Actions actions;
    send(now, master, actions);
    announce(now, master, actions);
    held_back_ = false;
    return actions;
  }
  Actions actions;
  actions.push(Release{heard ? settings_.interval : Duration::zero()});
  if (leaving.next == State::backup) {
    actions.append(to_backup(now, leaving.reason, leaving.master_interval));
    return actions;
  }
  actions.push(Changed{State::master, leaving.next, leaving.reason});
  if (leaving.next == State::fault)
    state_ = Faulty{};
  else
    state_ = Initial{};
  return actions;
}

Actions Instance::on_advert(Instant now, const Heard& heard) {
  if (heard.priority != priority_leaving) heard_master_ = Master{heard.sender, heard.priority};
  if (auto* backup = std::get_if<Backing>(&state_)) return backup_on_advert(now, *backup, heard);
  if (auto* master = std::get_if<Mastering>(&state_)) {
    if (!was_away(now, *master)) return master_on_advert(now, *master, heard);
    Actions actions = master_on_deadline(now, *master);  // was away for too long: a backup by now
    actions.append(backup_on_advert(now, std::get<Backing>(state_), heard));
    return actions;
  }
  auto* leaving = std::get_if<Leaving>(&state_);
  if (leaving == nullptr || heard.priority == priority_leaving) return {};
  leaving->master_interval = learned(heard.interval);
  return arrive(now, true);
}

bool Instance::is_better(const Heard& heard) const {
  return heard.priority > priority_ || (heard.priority == priority_ && heard.sender > settings_.address);
}

bool Instance::preempts(Instant now, Backing& backup) const {
  if (!settings_.preempt || held_back_) return false;
  if (!backup.preempt_at) backup.preempt_at = now + settings_.preempt_delay;
  return now >= *backup.preempt_at;
}

Actions Instance::backup_on_advert(Instant now, Backing& backup, const Heard& heard) {
  if (heard.priority == priority_leaving) {
    const Instant at = now + skew_time(settings_.version, priority_, backup.master_interval);
    backup.master_down_at = std::min(backup.master_down_at, at);
    backup.reason = Reason::master_left;
    return {};
  }
  if (heard.priority < priority_ && preempts(now, backup)) {  // does not listen to it: the timer runs on
    backup.reason = Reason::priority;
    return {};
  }
  if (heard.priority >= priority_) backup.preempt_at.reset();
  backup.master_interval = learned(heard.interval);
  backup.master_down_at = now + down_interval(backup.master_interval);
  backup.reason = Reason::master_not_responding;
  backup.restarted = backup.wants_master = false;
  return {};
}

Actions Instance::master_on_advert(Instant now, Mastering& master, const Heard& heard) {
  Actions actions;
  if (heard.priority != priority_leaving && is_better(heard)) {
    actions.push(Release{settings_.interval});
    actions.append(to_backup(now, Reason::preempted, learned(heard.interval)));
    return actions;
  }
  if (heard.priority != priority_leaving) {
    const bool goes_on = master.rival && now - master.rival->last <= 3 * settings_.interval;
    master.rival = Rival{heard.sender, goes_on ? master.rival->first : now, now};
  }
  if (now - master.sent_at < settings_.interval / prompted_adverts_per_interval) return actions;
  send(now, master, actions);
  if (heard.priority != priority_leaving) actions.push(Announce{});  // it may have told our clients otherwise
  return actions;
}

Actions Instance::on_deadline(Instant now) {
  if (now < deadline()) return {};
  if (std::holds_alternative<Initial>(state_)) return begin(now);
  if (auto* backup = std::get_if<Backing>(&state_)) return backup_on_deadline(now, *backup);
  if (auto* master = std::get_if<Mastering>(&state_)) return master_on_deadline(now, *master);
  if (std::holds_alternative<Leaving>(state_)) return arrive(now, false);
  return {};
}

Actions Instance::backup_on_deadline(Instant now, Backing& backup) {
  const Duration late = now - backup.master_down_at;
  if (late > backup.master_interval / 2 && !backup.restarted) {  // we were away, not he
    backup.restarted = true;
    backup.master_down_at = now + down_interval(backup.master_interval);
    return {};
  }
  if (!settings_.grouped) return to_master(now, backup.reason);
  backup.wants_master = true;
  backup.master_down_at = now + backup.master_interval;
  return {};
}

// For so long that another must have taken over: listen first.
bool Instance::was_away(Instant now, const Mastering& master) const {
  return now - master.sent_at > down_interval(settings_.interval);
}

Actions Instance::master_on_deadline(Instant now, Mastering& master) {
  Actions actions;
  if (was_away(now, master)) {
    actions.push(Release{});
    actions.append(to_backup(now, Reason::stalled, settings_.interval));
    std::get<Backing>(state_).master_down_at = now + settings_.interval;
    return actions;
  }
  if (now >= master.advert_at) {
    const Instant due = master.advert_at;
    send(now, master, actions);
    master.advert_at = std::max(due + settings_.interval, now);  // by the schedule, not by when we came to it
  }
  if (now >= master.announce_at) announce(now, master, actions);
  return actions;
}

Actions Instance::on_priority(Instant now, std::uint8_t effective) {
  const std::uint8_t before = std::exchange(priority_, effective);
  Actions actions;
  if (before == effective) return actions;
  if (auto* backup = std::get_if<Backing>(&state_)) {
    backup->master_down_at += skew_time(settings_.version, effective, backup->master_interval) -
                              skew_time(settings_.version, before, backup->master_interval);
  } else if (auto* master = std::get_if<Mastering>(&state_)) {
    send(now, *master, actions);
  }
  return actions;
}

Actions Instance::change(Instant now, const InstanceSettings& settings, bool other_addresses) {
  const bool other_interval = settings.interval != settings_.interval;
  settings_ = settings;
  Actions actions;
  if (auto* backup = std::get_if<Backing>(&state_); backup != nullptr && other_interval) {
    backup->master_interval = settings_.interval;
    backup->master_down_at = now + down_interval(settings_.interval);
  }
  auto* master = std::get_if<Mastering>(&state_);
  if (master == nullptr || !(other_interval || other_addresses)) return actions;
  if (other_addresses) actions.push(Hold{});
  send(now, *master, actions);
  if (other_addresses) actions.push(Announce{});
  return actions;
}

Actions Instance::on_fault(Instant now, bool fault) {
  if (std::exchange(fault_, fault) == fault) return {};
  if (fault) {
    if (std::holds_alternative<Mastering>(state_)) return leave(now, State::fault, Reason::tracking);
    if (auto* leaving = std::get_if<Leaving>(&state_)) {
      if (leaving->next == State::backup) leaving->next = State::fault;
      leaving->resume = false;
      return {};
    }
    if (!std::holds_alternative<Backing>(state_)) return {};
    Actions actions;
    actions.push(Changed{State::backup, State::fault, Reason::tracking});
    state_ = Faulty{};
    return actions;
  }
  if (auto* leaving = std::get_if<Leaving>(&state_)) {
    if (leaving->next == State::fault) leaving->next = State::backup;
    return {};
  }
  if (!std::holds_alternative<Faulty>(state_)) return {};
  return to_backup(now, Reason::tracking, settings_.interval);
}

Actions Instance::on_peer_silent(Instant now, const IpAddr& peer, Duration heartbeat_interval) {
  auto* backup = std::get_if<Backing>(&state_);
  if (backup == nullptr || !heard_master_ || heard_master_->address != peer) return {};
  const Instant at = now + skew_time(Version::v3, priority_, heartbeat_interval);
  if (at >= backup->master_down_at) return {};
  backup->master_down_at = at;
  backup->reason = Reason::peer_silent;
  return {};
}

Actions Instance::switch_over(Instant now) {
  if (!std::holds_alternative<Mastering>(state_)) return {};
  held_back_ = true;
  return leave(now, State::backup, Reason::switched_over);
}

Actions Instance::become_master(Instant now, Reason reason) {
  if (!std::holds_alternative<Backing>(state_)) return {};
  return to_master(now, reason);
}

Actions Instance::yield(Instant now, Reason reason) {
  if (!std::holds_alternative<Mastering>(state_)) return {};
  return leave(now, State::backup, reason);
}

}  // namespace poise::vrrp
