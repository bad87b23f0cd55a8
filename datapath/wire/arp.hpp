#pragma once
#include "datapath/wire/ethernet.hpp"

// ARP for IPv4 over Ethernet (RFC 826; probes and announcements: RFC 5227).
namespace poise::datapath::wire {

inline constexpr std::uint16_t arp_request = 1, arp_reply = 2, arp_hardware_ethernet = 1;

struct ArpPacket {
  Be16 hardware_type, protocol_type;
  std::uint8_t hardware_length, protocol_length;
  Be16 operation;
  MacAddr sender_mac;
  Be32 sender_ip;
  MacAddr target_mac;
  Be32 target_ip;

  // For IPv4 over Ethernet, a request or a reply, and from one station.
  constexpr bool is_valid() const {
    return hardware_type.host() == arp_hardware_ethernet && protocol_type.host() == ethertype_ipv4 &&
           hardware_length == 6 && protocol_length == 4 &&
           (operation.host() == arp_request || operation.host() == arp_reply) && !sender_mac.is_multicast() &&
           !sender_mac.is_zero() && !IpAddr::v4(sender_ip.host()).is_multicast() && sender_ip.host() != 0xffffffff;
  }
};
static_assert(sizeof(ArpPacket) == 28 && alignof(ArpPacket) == 1);

}  // namespace poise::datapath::wire
