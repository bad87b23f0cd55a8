#pragma once
#include <cstdint>

#include "datapath/packet.hpp"
#include "datapath/translate.hpp"

// IP/ICMP translation between the families (RFC 7915); the caller knows the flow and says which addresses and ports
// (RFC 6146). Pure functions of the packet. The IP header grows or shrinks in front of the transport header, so `data`,
// `length`, `headroom`, offsets, `family` and `l3_length` change. An Ethernet header that was there is gone, its room
// (l3_offset) is left. The TTL is copied: the caller decrements it. Nothing is cut in pieces here: the caller compares
// l3_length with the MTU.
namespace poise::datapath {

// Drop::count_: done. Else the packet is unchanged and the reason says why: nat64_untranslatable (an ICMP type without
// counterpart, an unexpired source route), fragment_unsupported (ICMP in fragments, a UDP fragment without checksum),
// unsupported_protocol (not TCP, UDP, ICMP), no_headroom. An ICMP error goes to translate_icmp_error instead.
Drop nat64_to_v4(Packet& packet, const Translation& to);
Drop nat64_to_v6(Packet& packet, const Translation& to);

// Bytes that a packet gains on its way to the other family; negative: loses.
int nat64_growth(const Packet& packet);

}  // namespace poise::datapath
