#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// Tells the server who the client is, for services with client_address toa or proxy_v2. The packet is a TCP segment of
// a flow, already translated. Worker thread only.
//
// toa: TCP option 254 (kind, length, port, address: 8 bytes for IPv4, 20 for IPv6) in the client's SYN and in its
// segments until the
//   server's first byte is acknowledged past the handshake; left out where neither the option space nor the MTU has
//   room.
// proxy_v2: the PROXY protocol header, version 2 (28 or 52 bytes), is the first payload the server sees. It is put
// before the client's
//   first byte in every segment that starts there until the server has acknowledged it (so a lost one is sent again
//   with the client's own retransmission); all later sequence numbers are shifted by its length, and the server's
//   acknowledgements back.
// For both, the MSS that the server offers in its SYN-ACK is lowered so that what is added always fits.
// A client cannot speak in our name: TOA options of its own become no-operations, and what it sends in its SYN or
// before its first byte is cut off, so that nothing but our header comes first. Drop::count_: done; else no_headroom.
Drop pass_client_address(Worker& worker, const Service& service, Packet& packet);

// Bytes by which pass_client_address must lengthen this packet, as it came in: 0 or the length of a PROXY header.
std::uint16_t client_address_growth(const Worker& worker, const Packet& packet);

// Length of the PROXY v2 header for a client of this family.
constexpr std::uint16_t proxy_header_length(bool v4) { return v4 ? 28 : 52; }

}  // namespace poise::datapath
