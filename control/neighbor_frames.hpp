#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "config/types/mac.hpp"

namespace poise::datapath {
struct Tables;
}

namespace poise::control {

// Link - what speaking ARP and ND on an interface takes.
struct Link {
  std::string name;  // identity: an index whose name changed is another interface
  PortIndex port;
  std::uint16_t vlan = 0;  // 0: untagged
  MacAddr mac;
  std::vector<IpPrefix> subnets;  // our addresses with the prefixes they are in
  IpAddr link_local;              // unspecified when there is none
  std::vector<IpAddr> ours;       // every address answered for on this interface, services and snat addresses included
  bool router = true;             // for the flag of advertisements
  bool operator==(const Link&) const = default;

  bool is_on_link(const IpAddr& address) const;
  bool is_ours(const IpAddr& address) const;
  IpAddr source_for(
      const IpAddr& neighbor) const;  // our address to ask a neighbor from; 0.0.0.0 or :: when there is none
};

// The links of a configuration, by InterfaceIndex.
std::vector<Link> links_of(const datapath::Tables& tables);

using FrameBytes = std::vector<std::uint8_t>;

// ARP request or neighbor solicitation: to everyone who could have the address, or only to `mac` when a known one is
// probed.
FrameBytes make_question(const Link& link, const IpAddr& address, const MacAddr* mac);
// Tells everybody on the link that an address is ours: ARP announcement (RFC 5227 2.3) or unsolicited advertisement
// (RFC 4861 7.2.6).
FrameBytes make_announcement(const Link& link, const IpAddr& address);

}  // namespace poise::control
