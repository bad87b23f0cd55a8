#pragma once
#include <optional>
#include <span>

#include "config/types/time.hpp"
#include "control/neighbor_frames.hpp"

namespace poise::control {

// What a host tells switches and routers of the multicast groups that it listens to (IGMPv3, MLDv2), and what they ask.
struct GroupChange {
  enum class Kind : std::uint8_t { is_member, leaves, joins };
  IpAddr group;
  Kind kind = Kind::is_member;
};

// One report of the changes, all of one family. Nothing: the interface has no address to send it from.
std::optional<FrameBytes> make_group_report(const Link& link, const std::vector<GroupChange>& changes);
// The report of one membership for a router that knows nothing newer than IGMPv2 or MLDv1.
std::optional<FrameBytes> make_old_group_report(const Link& link, const IpAddr& group);

struct GroupQuery {
  bool v6 = false;
  bool old = false;             // IGMPv2, MLDv1
  std::optional<IpAddr> group;  // nothing: all of them
  Duration response_time{};     // answers are to come within
};
// Reads a query from an Ethernet frame; nothing when it is none, or is damaged.
std::optional<GroupQuery> read_group_query(std::span<const std::uint8_t> frame);

}  // namespace poise::control
