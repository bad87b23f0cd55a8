#pragma once
#include "config/types/ip.hpp"
#include "datapath/wire/big_endian.hpp"

// IPv6 and its extension headers (RFC 8200).
namespace poise::datapath::wire {

struct Ipv6Header {
  Be32 version_class_flow;
  Be16 payload_length;
  std::uint8_t next_header, hop_limit;
  std::uint8_t source[16], destination[16];

  constexpr std::uint8_t version() const { return version_class_flow.bytes[0] >> 4; }
  constexpr std::uint8_t traffic_class() const { return std::uint8_t(version_class_flow.host() >> 20); }
  constexpr void set_version_class_flow(std::uint8_t traffic_class, std::uint32_t flow_label) {
    version_class_flow.set(6u << 28 | std::uint32_t(traffic_class) << 20 | (flow_label & 0xfffff));
  }
};
static_assert(sizeof(Ipv6Header) == 40 && alignof(Ipv6Header) == 1);

struct Ipv6Fragment {
  std::uint8_t next_header, reserved;
  Be16 offset_more;  // offset in 8-byte units << 3, bit 0: more fragments
  Be32 identification;
};
static_assert(sizeof(Ipv6Fragment) == 8 && alignof(Ipv6Fragment) == 1);

// Hop-by-hop, routing and destination options start alike.
struct Ipv6Extension {
  std::uint8_t next_header, length_in_8_bytes_more_than_8;
  constexpr std::uint16_t length() const { return std::uint16_t((length_in_8_bytes_more_than_8 + 1) * 8); }
};
static_assert(sizeof(Ipv6Extension) == 2 && alignof(Ipv6Extension) == 1);

inline constexpr std::uint16_t ipv6_length = 40, ipv6_fragment_length = 8, ipv6_mtu_min = 1280;

inline IpAddr to_address(const std::uint8_t (&wire)[16]) { return IpAddr::v6(wire); }
inline void write_address(std::uint8_t (&wire)[16], const IpAddr& address) {
  std::memcpy(wire, address.octets.data(), 16);
}

// ff02::1:ffXX:XXXX, where neighbor solicitations for an address are sent (RFC 4291 2.7.1).
constexpr IpAddr solicited_node(const IpAddr& address) {
  IpAddr group;
  group.octets = {
      0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, address.octets[13], address.octets[14], address.octets[15]};
  return group;
}
constexpr IpAddr all_nodes() {
  IpAddr group;
  group.octets[0] = 0xff;
  group.octets[1] = 0x02;
  group.octets[15] = 1;
  return group;
}

}  // namespace poise::datapath::wire
