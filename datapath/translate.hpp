#pragma once
#include <cstdint>

#include "datapath/packet.hpp"
#include "datapath/wire/bytes.hpp"

namespace poise::datapath {

// Rewriting addresses and ports in place, checksums kept right incrementally (RFC 1624). Pure functions of the packet's
// bytes.

// The addresses and ports that the packet shall carry; `ports`: whether it has a transport header whose ports (or echo
// identifier) are to be written: false for later fragments and other protocols.
struct Translation {
  IpAddr source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
};
void translate_v4(Packet& packet, const Translation& to);
void translate_v6(Packet& packet, const Translation& to);

// TTL or hop limit, one less (checksum included). The caller has checked that it is above 1.
inline void decrement_ttl(Packet& packet) {
  std::uint8_t* header = packet.l3();
  if (packet.family == 6) {
    --header[7];
    return;
  }
  // The checksum grows by 0x0100 in wire order when the TTL's byte shrinks by one (RFC 1141).
  --header[8];
  const std::uint32_t sum = wire::load16(header + 10) + 0x0100u;
  wire::store16(header + 10, std::uint16_t(sum + (sum >= 0xffff ? 1 : 0)));
}
inline std::uint8_t ttl_of(const Packet& packet) { return packet.l3()[packet.family == 6 ? 7 : 8]; }

}  // namespace poise::datapath
