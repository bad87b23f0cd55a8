#pragma once
#include <cstdint>

#include "datapath/packet.hpp"

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
void decrement_ttl(Packet& packet);
std::uint8_t ttl_of(const Packet& packet);

}  // namespace poise::datapath
