#pragma once
#include "config/types/ip.hpp"
#include "config/types/mac.hpp"
#include "datapath/wire/big_endian.hpp"

// Ethernet II and its VLAN tag (IEEE 802.3, 802.1Q).
namespace poise::datapath::wire {

enum EtherType : std::uint16_t {
  ethertype_ipv4 = 0x0800,
  ethertype_arp = 0x0806,
  ethertype_vlan = 0x8100,
  ethertype_ipv6 = 0x86dd
};

struct EthernetHeader {
  MacAddr destination, source;
  Be16 type;
};
static_assert(sizeof(EthernetHeader) == 14 && alignof(EthernetHeader) == 1);

// What stands between the addresses and the type of a tagged frame, seen from the 13th byte on.
struct VlanTag {
  Be16 tag_type;  // ethertype_vlan
  Be16 control;   // priority 3 bits, drop eligible 1, VLAN id 12
  Be16 type;      // of the payload
  constexpr std::uint16_t id() const { return control.host() & 0x0fff; }
};
static_assert(sizeof(VlanTag) == 6 && alignof(VlanTag) == 1);

inline constexpr std::uint16_t ethernet_length = 14, vlan_tag_length = 4;

// The group addresses that IP multicast is sent to (RFC 1112 6.4, RFC 2464 7).
constexpr MacAddr multicast_mac(const IpAddr& group) {
  const auto& octets = group.octets;
  if (group.is_v4()) return {{0x01, 0x00, 0x5e, std::uint8_t(octets[13] & 0x7f), octets[14], octets[15]}};
  return {{0x33, 0x33, octets[12], octets[13], octets[14], octets[15]}};
}

}  // namespace poise::datapath::wire
