#pragma once
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "config/model.hpp"
#include "control/group_frames.hpp"
#include "datapath/tables.hpp"

namespace poise::control {

// GroupMemberships - tells the network which multicast groups this node listens to, so that switches that snoop forward
// them: the VRRP groups, and the solicited-node groups of every IPv6 address that is or may become ours. A change is
// told twice (RFC 3376 8.1, RFC 3810 9.1), a query is answered within its time. Sans-io. Thread: control's.
class GroupMemberships {
 public:
  using Send = std::function<void(PortIndex port, const FrameBytes& frame)>;
  explicit GroupMemberships(Send send) : send_(std::move(send)) {}

  void apply(Instant now, const config::Vrrp& vrrp, const datapath::Tables& tables);
  void on_link_up(Instant now, PortIndex port);  // another switch, maybe
  void on_query(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  void on_deadline(Instant now);
  Instant deadline() const;

 private:
  struct Row {
    Link link;
    std::set<IpAddr> groups;
    // What is to be told, and how many times still.
    std::map<IpAddr, GroupChange::Kind> changes;
    int left = 0;
    Instant report_at = never;
    struct Answer {
      bool old = false;
      Instant at = never;
      std::set<IpAddr> groups;
    };
    Answer answers[2];  // IPv4, IPv6
  };
  void tell(const Row& row, const std::map<IpAddr, GroupChange::Kind>& changes);

  Send send_;
  std::vector<Row> rows_;  // by InterfaceIndex
};

}  // namespace poise::control
