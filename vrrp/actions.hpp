#pragma once
#include <array>
#include <variant>

#include "config/types/result.hpp"
#include "vrrp/types.hpp"

namespace poise::vrrp {

// Why a state was entered; the first three are RFC 6527's vrrpv3StatisticsNewMasterReason.
enum class Reason : std::uint8_t {
  priority,               // start-up or a higher priority than the master's
  preempted,              // a better master spoke
  master_not_responding,  // nothing heard for Master_Down_Interval
  master_left,            // the master said so (priority 0)
  peer_silent,            // its heartbeat stopped
  started,
  stopped,
  tracking,       // something tracked went down or came back
  switched_over,  // an operator's order
  nobody_took_over,
  stalled,  // this node did not run for longer than Master_Down_Interval
  group     // another member of the sync group
};

constexpr std::string_view name_of(Reason reason) {
  constexpr std::string_view names[] = {
      "priority", "preempted", "master_not_responding", "master_left",      "peer_silent", "started",
      "stopped",  "tracking",  "switched_over",         "nobody_took_over", "stalled",     "group"};
  return names[std::size_t(reason)];
}

// What an instance has decided; carried out in this order, at once.
struct Hold {};   // the datapath answers for the addresses and takes their traffic, until hold_until()
struct Release {  // it stops answering now, and takes what still comes by old ARP entries for `linger` longer
  Duration linger{};
};
struct SendAdvert {
  std::uint8_t priority = 0;
};
struct Announce {};  // one gratuitous ARP or unsolicited neighbor advertisement for each address
struct Changed {
  State from = State::init, to = State::init;
  Reason reason = Reason::started;
};
using Action = std::variant<Hold, Release, SendAdvert, Announce, Changed>;

// Actions - what one step decided: a few, in place.
class Actions {
 public:
  void push(Action action) {
    ensure(count_ < actions_.size());
    actions_[count_++] = action;
  }
  void append(const Actions& more) {
    for (const Action& action : more) push(action);
  }
  const Action* begin() const { return actions_.data(); }
  const Action* end() const { return actions_.data() + count_; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

 private:
  std::array<Action, 8> actions_;
  std::size_t count_ = 0;
};

}  // namespace poise::vrrp
