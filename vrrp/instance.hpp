#pragma once
#include <optional>
#include <variant>
#include <vector>

#include "config/types/ip.hpp"
#include "vrrp/actions.hpp"

namespace poise::vrrp {

// When addresses are announced after a take-over, and how often again while master.
struct Announcements {
  std::vector<Duration> after{Duration{}, std::chrono::milliseconds(10), std::chrono::milliseconds(100),
                              std::chrono::seconds(1)};  // rising
  Duration refresh = std::chrono::seconds(60);           // 0: never again
  bool operator==(const Announcements&) const = default;
};

// InstanceSettings - what the state machine of one virtual router needs to know.
struct InstanceSettings {
  Version version = Version::v3;
  IpAddr address;  // our own on the interface: decides between equal priorities
  std::uint8_t priority = priority_default;
  Duration interval = std::chrono::seconds(1);
  bool preempt = true;
  bool grouped = false;  // member of a sync group: becomes master only when told
  Duration preempt_delay{};
  Duration start_delay{};               // listens for so long before it may claim anything
  std::uint8_t down_timer_adverts = 3;  // missed ones before the master counts as gone (RFC: 3)
  Duration learned_interval_max = std::chrono::milliseconds(40950);  // version 3: a longer one is taken as this
  Announcements announcements;
  bool operator==(const InstanceSettings&) const = default;
};

// Instance - the state machine of one virtual router (RFC 9568 6.4, RFC 3768 6.4), with a fault state as keepalived has
// it and without its gaps: addresses are held until the next master has spoken (make before break), at most
// Master_Down_Interval. Sans-io: time comes in, actions go out; nothing is sent, read or logged here.
// Owner: control. Memory: none beyond itself. Invariant: the addresses are held exactly in master (and while leaving).
class Instance {
 public:
  explicit Instance(InstanceSettings settings);

  struct Heard {  // an advertisement that passed every check
    IpAddr sender;
    std::uint8_t priority = 0;
    Duration interval{};
  };
  Actions start(Instant now);
  Actions stop(Instant now);  // leaves: priority 0; over when state() is init
  Actions on_advert(Instant now, const Heard& heard);
  Actions on_deadline(Instant now);  // calling early is harmless
  Actions on_priority(Instant now, std::uint8_t effective);
  Actions on_fault(Instant now, bool fault);
  // Other settings, the same version and address, without a change of state; `other_addresses`: the virtual ones are
  // not the same, and a master says so. The priority is set by on_priority alone.
  Actions change(Instant now, const InstanceSettings& settings, bool other_addresses);
  // The heartbeat session to `peer` went down; if that is the master, the skew of the heartbeat's interval is left.
  Actions on_peer_silent(Instant now, const IpAddr& peer, Duration heartbeat_interval);
  Actions switch_over(Instant now);  // a master hands over, and does not preempt until it has been master again
  Actions become_master(Instant now, Reason reason);  // a sync group's order; no effect unless backup
  Actions yield(Instant now, Reason reason);          // the same: a master leaves and becomes backup

  Instant deadline() const;  // when to call on_deadline next
  // Held addresses must fall silent then, should nobody extend it; in the past: not held.
  Instant hold_until(Instant now) const;

  State state() const;
  bool is_leaving() const { return std::holds_alternative<Leaving>(state_); }
  bool wants_master() const;  // a grouped backup whose master is gone
  std::uint8_t priority() const { return priority_; }
  Duration master_interval() const;       // ours, or the master's that was learned
  Duration master_down_interval() const;  // of a backup
  const InstanceSettings& settings() const { return settings_; }
  struct Master {  // who was heard last; for people
    IpAddr address;
    std::uint8_t priority = 0;
  };
  const std::optional<Master>& heard_master() const { return heard_master_; }
  // Who else says that it is master while we are: since when, and when last. Once is a master that is being replaced.
  struct Rival {
    IpAddr address;
    Instant first{}, last{};
  };
  std::optional<Rival> rival() const;

 private:
  // Each state owns its data (times that mean nothing in another state do not exist there).
  struct Initial {
    Instant start_at = never;
  };
  struct Backing {
    Instant master_down_at;
    Duration master_interval;
    std::optional<Instant> preempt_at;  // preempt_delay runs
    Reason reason = Reason::started;    // what becoming master would be due to
    bool restarted = false;             // the timer, because this loop was late
    bool wants_master = false;
  };
  struct Mastering {
    Instant advert_at, sent_at;
    Instant since;
    std::size_t announced = 0;
    Instant announce_at;
    std::optional<Rival> rival = {};
  };
  struct Leaving {
    Instant until;
    State next = State::init;
    Reason reason = Reason::stopped;
    bool resume = false;  // nobody took over: master again
    Duration master_interval{};
  };
  struct Faulty {};

  Actions begin(Instant now);
  Actions to_backup(Instant now, Reason reason, Duration master_interval);
  Actions to_master(Instant now, Reason reason);
  Actions leave(Instant now, State next, Reason reason);
  Actions arrive(Instant now, bool heard);  // the end of leaving
  Actions backup_on_advert(Instant now, Backing& backup, const Heard& heard);
  Actions master_on_advert(Instant now, Mastering& master, const Heard& heard);
  Actions backup_on_deadline(Instant now, Backing& backup);
  Actions master_on_deadline(Instant now, Mastering& master);
  bool preempts(Instant now, Backing& backup) const;
  bool was_away(Instant now, const Mastering& master) const;
  bool is_better(const Heard& heard) const;
  void send(Instant now, Mastering& master, Actions& actions);
  void announce(Instant now, Mastering& master, Actions& actions);
  Duration learned(Duration interval) const;
  Duration down_interval(Duration master_interval) const;

  InstanceSettings settings_;
  std::uint8_t priority_;
  bool held_back_ = false;  // after switch_over
  bool fault_ = false;
  std::optional<Master> heard_master_;
  std::variant<Initial, Backing, Mastering, Leaving, Faulty> state_;
};

}  // namespace poise::vrrp
