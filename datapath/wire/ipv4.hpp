#pragma once
#include "config/types/ip.hpp"
#include "datapath/wire/big_endian.hpp"

// IPv4 (RFC 791).
namespace poise::datapath::wire {

enum IpProtocol : std::uint8_t {
  protocol_hop_by_hop = 0,
  protocol_icmp = 1,
  protocol_ipip = 4,
  protocol_tcp = 6,
  protocol_udp = 17,
  protocol_ipv6 = 41,
  protocol_routing = 43,
  protocol_fragment = 44,
  protocol_gre = 47,
  protocol_icmpv6 = 58,
  protocol_none = 59,
  protocol_destination = 60
};

struct Ipv4Header {
  std::uint8_t version_length, traffic_class;
  Be16 total_length, identification, fragment;
  std::uint8_t ttl, protocol;
  Be16 checksum;
  Be32 source, destination;

  static constexpr std::uint16_t dont_fragment = 0x4000, more_fragments = 0x2000, offset_mask = 0x1fff;
  constexpr std::uint8_t version() const { return version_length >> 4; }
  constexpr std::uint16_t header_length() const { return std::uint16_t((version_length & 0x0f) * 4); }
  constexpr std::uint16_t fragment_offset() const { return std::uint16_t((fragment.host() & offset_mask) * 8); }
  constexpr bool is_fragment() const { return (fragment.host() & (more_fragments | offset_mask)) != 0; }
  constexpr bool may_fragment() const { return (fragment.host() & dont_fragment) == 0; }
};
static_assert(sizeof(Ipv4Header) == 20 && alignof(Ipv4Header) == 1);

inline constexpr std::uint16_t ipv4_length = 20, ipv4_length_max = 60;

inline IpAddr to_address(const Be32& wire) { return IpAddr::v4(wire.host()); }
inline Be32 to_wire_v4(const IpAddr& address) { return Be32::from(address.v4_value()); }

}  // namespace poise::datapath::wire
