#pragma once
#include <cstdint>
#include <optional>

#include "config/types/ip.hpp"
#include "datapath/drops.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// IpFacts - what an IP header says, in words of neither family: the common ground of a packet and its translation. Pure
// value.
struct IpFacts {
  std::uint8_t family = 4;  // 4 or 6
  std::uint8_t traffic_class = 0;
  std::uint8_t ttl = 0;
  std::uint8_t protocol = 0;         // of the transport header
  std::uint16_t header_length = 0;   // up to the transport header: options and extension headers included
  std::uint16_t payload_length = 0;  // behind it, as the header declares; a quote may hold less
  bool fragment_header = false;      // IPv6: has one; IPv4: is a fragment
  bool more_fragments = false;
  bool dont_fragment = false;         // IPv4 only
  bool source_routed = false;         // a source route that has not been followed to its end
  std::uint16_t fragment_offset = 0;  // in bytes
  std::uint32_t identification = 0;
  IpAddr source, destination;

  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

// Reads a header of either family. Nothing: cut short, of neither version, or lengths that contradict each other.
std::optional<IpFacts> read_ip(const std::uint8_t* ip, std::size_t available);

// Writes facts.header_length bytes: 20 for IPv4, 40 for IPv6, or 48 with a fragment header. No options, no flow label.
void write_ip(std::uint8_t* ip, const IpFacts& facts);

// The same packet in the other family (RFC 7915 4.1, 5.1): options gone, ICMP renamed, addresses as given.
IpFacts in_other_family(const IpFacts& facts, const IpAddr& source, const IpAddr& destination);

// Gives a packet a new IP header, the one of `facts`, right in front of `l4`, a place inside the packet's buffer.
// Everything in Packet that says where things are follows; bytes behind the IP packet (padding) are cut off. The caller
// has checked the headroom.
void place_ip_header(Packet& packet, std::uint8_t* l4, const IpFacts& facts);

// TransportChange - a transport header goes from one IP header to another, with new ports (or echo identifier).
struct TransportChange {
  IpFacts from, to;
  std::uint16_t source_port = 0, destination_port = 0;
};
// Rewrites ports, identifier, ICMP type and, as far as the bytes are there (a quote may be short), the checksum by
// difference. Later fragments have nothing to rewrite. Drop::count_: done; else untouched: nat64_untranslatable,
// fragment_unsupported, unsupported_protocol, malformed_l4.
Drop change_transport(std::uint8_t* l4, std::size_t available, const TransportChange& change);

}  // namespace poise::datapath
