#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "config/model.hpp"
#include "config/types/limits.hpp"
#include "config/types/time.hpp"
#include "control/neighbor_frames.hpp"
#include "datapath/messages.hpp"

namespace poise::control {

// What the machine wants done: a frame sent through a port, a command for every worker, or the operator told.
struct SendFrame {
  InterfaceIndex interface;
  PortIndex port;
  FrameBytes frame;
};
struct AddressConflict {  // another station uses an address of ours
  InterfaceIndex interface;
  IpAddr address;
  MacAddr other;
};
using NeighborAction =
    std::variant<SendFrame, datapath::SetNeighbor, datapath::EraseNeighbor, datapath::AskNeighborUse, AddressConflict>;
using NeighborActions = std::vector<NeighborAction>;

// Neighbors - the true neighbor cache, and ARP (RFC 826, 5227) and neighbor discovery (RFC 4861 7) as a machine without
// I/O. Workers ask by a miss and are all told the same; they hold copies only. Life of an entry: resolving (asked up to
// `tries` times) -> reachable -> after reachable_ms the workers are asked whether they used it: used: probed, and
// reachable again when it answers; unused ten times in a row: erased. One that does not answer is failed for a while,
// in which workers drop packets at once, and is then forgotten so that the next packet asks again. Learning: entries
// begin by a miss of ours or by a request to us from an address on the link; announcements of others only update.
// Bounded: `capacity` entries, a quarter of them unanswered, half of them learned without having been asked; what does
// not fit is refused. Thread: control's. Errors of peers are ignored, or reported as AddressConflict.
class Neighbors {
 public:
  explicit Neighbors(const config::NeighborSettings& settings, std::size_t capacity = limits::neighbors);

  // The interfaces by InterfaceIndex. Entries of interfaces that went away or became another are erased; addresses that
  // are new are announced, twice.
  NeighborActions set_links(Instant now, std::vector<Link> links);
  void set_settings(const config::NeighborSettings& settings) { settings_ = settings; }

  NeighborActions on_miss(Instant now, InterfaceIndex interface, const IpAddr& address);
  NeighborActions on_arp(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  NeighborActions on_nd(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  NeighborActions on_use_answer(Instant now, const datapath::NeighborUse& answer);
  NeighborActions on_deadline(Instant now);  // calling early is harmless; bounded work a call
  Instant deadline() const;                  // when to call next; `never` if there is nothing to wait for

  enum class State { resolving, reachable, stale, probing, failed };
  struct Row {
    InterfaceIndex interface;
    IpAddr address;
    MacAddr mac;
    State state = State::resolving;
    Duration age{};  // since the MAC was last confirmed
  };
  std::vector<Row> rows(Instant now) const;
  std::optional<MacAddr> mac_of(InterfaceIndex interface, const IpAddr& address) const;  // while it is known
  std::size_t size() const { return entries_.size(); }
  std::uint64_t refused() const { return refused_; }  // for want of room

 private:
  using Key = std::pair<InterfaceIndex, IpAddr>;
  struct Resolving {
    std::uint8_t tries_left;
  };
  struct Reachable {
    std::uint8_t unused_rounds;
  };
  struct Asking {  // the workers, whether they used it
    std::uint8_t unused_rounds;
  };
  struct Probing {
    std::uint8_t tries_left;
  };
  struct Failed {};
  struct Entry {
    std::variant<Resolving, Reachable, Asking, Probing, Failed> state;
    MacAddr mac;
    Instant confirmed_at{};
    Instant at = never;  // of its next step; also its place in timers_
    bool learned = false;
  };
  struct Announcement {
    Key what;
    std::uint8_t left = 0;
  };
  struct Heard {  // what a message says about a neighbor
    Key who;
    MacAddr mac;
    bool confirms = false;  // an answer to a question of ours
    bool may_replace = true;
    bool may_create = false;
  };

  const Link* link(InterfaceIndex interface) const;
  Duration retry() const { return std::chrono::milliseconds(settings_.retry_ms); }
  Duration reachable_for() const { return std::chrono::milliseconds(settings_.reachable_ms); }
  Entry* find(const Key& key);
  Entry* create(const Key& key, bool learned);
  void erase(const Key& key, NeighborActions& actions);
  void arm(const Key& key, Entry& entry, Instant at);
  static bool is_unanswered(const Entry& entry);
  template <class NewState>
  void enter(Entry& entry, NewState state);

  void ask(const Key& key, const Entry& entry, bool everybody, NeighborActions& actions) const;
  void step(Instant now, const Key& key, Entry& entry, NeighborActions& actions);
  void fail(Instant now, const Key& key, Entry& entry, NeighborActions& actions);
  void hear(Instant now, const Heard& heard, NeighborActions& actions);
  void report_conflict(Instant now, const Key& address, const MacAddr& other, NeighborActions& actions);
  void announce_due(Instant now, NeighborActions& actions);
  void drop_interface(InterfaceIndex interface, NeighborActions& actions);

  config::NeighborSettings settings_;
  const std::size_t capacity_;
  std::vector<Link> links_;
  std::map<Key, Entry> entries_;
  std::set<std::pair<Instant, Key>> timers_;
  std::multimap<Instant, Announcement> announcements_;
  Instant announce_not_before_{};
  std::map<Key, Instant> defended_;  // conflicts reported lately
  std::size_t unanswered_ = 0, learned_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace poise::control
