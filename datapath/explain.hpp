#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "datapath/drops.hpp"
#include "datapath/packet.hpp"
#include "datapath/server_states.hpp"
#include "datapath/tables.hpp"

namespace poise::datapath {

// Verdict - what would happen to the first packet of a flow (for TCP a SYN), and why, without sending one. Uses the
// look-ups of the stages. What each worker remembers for itself (flows, persistence, whose turn it is) is not
// consulted: where it matters, a step says so.
struct Verdict {
  std::string_view stage;    // the last stage that decided: "service", "schedule", "route" ...
  std::string reason;        // a sentence
  Drop drop = Drop::count_;  // count_: it would be forwarded
  ServiceIndex service{~0u};
  RealIndex real{~0u};
  std::string frontend;  // where the connection ends here, in a proxy; "": nowhere
  WorkerId owner;        // who would handle it
  InterfaceIndex out_interface{0xffff};
  IpAddr next_hop;
  std::vector<std::string> steps;  // one sentence per stage passed, for `poise explain`
};
// `is_held`: whether the address of this virtual router is held here now.
using IsHeld = std::function<bool(HoldIndex router)>;
Verdict explain(const Tables& tables, const ServerStates& servers, const FlowKey& key, const IsHeld& is_held);

}  // namespace poise::datapath
