#pragma once
#include <cstdint>

#include "datapath/packet.hpp"
#include "datapath/translate.hpp"

// IP/ICMP translation between the families (RFC 7915), stateful part by the caller (RFC 6146): which addresses and
// ports. Pure functions of the packet. The header grows or shrinks in front of the transport header, so `data`,
// `length`, `headroom`, the offsets, `family` and `l3_length` change; an Ethernet header that was there is gone, its
// room is left (18 bytes). The TTL is copied: the caller decrements it. Nothing is fragmented here: the caller compares
// l3_length with the MTU afterwards.
namespace poise::datapath {

// Drop::count_: done. Otherwise the packet is unchanged and the reason says why: nat64_untranslatable (an ICMP type
// without counterpart, an unexpired source route), fragment_unsupported (ICMP in fragments; a UDP fragment without
// checksum), unsupported_protocol, no_headroom. `identification`: for packets that may be fragmented on their way and
// have none (RFC 7915 5.1).
Drop translate_6_to_4(Packet& packet, const Translation& to, std::uint16_t identification);
Drop translate_4_to_6(Packet& packet, const Translation& to);

// What the header of a translated packet will need more (or less, negative) in bytes.
int growth_6_to_4(const Packet& packet);
int growth_4_to_6(const Packet& packet);

}  // namespace poise::datapath
