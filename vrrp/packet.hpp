#pragma once
#include <cstdint>
#include <optional>

#include "config/types/mac.hpp"
#include "vrrp/advert.hpp"

namespace poise::vrrp {

inline IpAddr group_of(bool v6) {  // 224.0.0.18, ff02::12
  if (!v6) return IpAddr::v4(0xe0000012);
  IpAddr group;
  group.octets = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12};
  return group;
}

// 00-00-5E-00-01-VRID, 00-00-5E-00-02-VRID (RFC 9568 7.3).
inline MacAddr virtual_mac(VirtualRouterId vrid, bool v6) {
  return {{0x00, 0x00, 0x5e, 0x00, std::uint8_t(v6 ? 2 : 1), vrid.value}};
}

// The IP packet around a VRRP message (RFC 9568 5.1.1, 5.1.2): no options, not fragmented, protocol 112; over IPv4 also
// one with an authentication header before the message (protocol 51).
struct Received {
  Envelope envelope;
  std::uint8_t ttl = 0;
  ByteView message;
  ByteView packet;                           // all of it
  std::optional<std::uint32_t> ah_sequence;  // there is an authentication header; not checked yet
};
// Errors: not_ip, ip_options. Padding of short frames behind the packet is left out.
tl::expected<Received, Discard> read_packet(ByteView packet);

// An IP packet without options, class CS6: the header alone, for a payload of so many bytes.
struct IpHeader {
  Envelope envelope;
  std::uint8_t protocol = 0, ttl = 0;
  std::uint16_t identification = 0;  // IPv4
};
Bytes make_ip_header(const IpHeader& header, std::size_t payload_length);
Bytes make_packet(ByteView message, const Envelope& envelope, std::uint8_t ttl, std::uint16_t identification);

}  // namespace poise::vrrp
