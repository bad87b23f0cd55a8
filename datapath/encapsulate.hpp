#pragma once
#include <cstdint>

#include "config/model.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// Tunnel headers in front of an IP packet: IPIP family (RFC 2003, 2473, 4213), GRE (RFC 2784), GUE variant 0 (UDP port
// 6080, draft-ietf-intarea-gue). Pure functions.
struct Tunnel {
  config::Encapsulation encapsulation = config::Encapsulation::ipip;
  IpAddr source, destination;  // of the outer header; both of one family
};

// Bytes the headers add: to be taken off the MTU.
std::uint16_t tunnel_overhead(config::Encapsulation encapsulation, bool outer_v4);

// Prepends the headers; afterwards the packet is the outer one (family, l3_offset, l3_length). False: no headroom,
// nothing changed. The outer TTL is 64; traffic class and, over IPv4, DF are copied from the inner header; GUE's source
// port comes from packet.hash.
bool encapsulate(Packet& packet, const Tunnel& tunnel);

}  // namespace poise::datapath
