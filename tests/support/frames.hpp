#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/types/ip.hpp"
#include "config/types/mac.hpp"

// Frames as tests write them, byte by byte, with an arithmetic of their own: nothing here uses the code under test.
namespace poise::datapath {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(std::string_view digits);  // blanks are ignored
std::string to_hex(const Bytes& bytes);
Bytes operator+(Bytes left, const Bytes& right);
Bytes be16(std::uint32_t value);
Bytes be32(std::uint32_t value);
Bytes text(std::string_view characters);
IpAddr ip(std::string_view address);
MacAddr mac(std::string_view address);

std::uint16_t checksum_of(const Bytes& bytes);  // RFC 1071, two bytes at a time
Bytes pseudo_header(const IpAddr& source, const IpAddr& destination, std::uint8_t protocol, std::size_t length);

// Ends - whom a packet goes between; ports where the protocol has them.
struct Ends {
  std::string_view source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
};
struct IpOptions {
  std::uint8_t ttl = 64, traffic_class = 0;
  std::uint16_t identification = 0, fragment = 0;  // IPv4: flags and offset as on the wire
  Bytes extra;                                     // IPv4 options, or IPv6 extension headers
  std::uint8_t next_header = 0;                    // of the IPv6 header when there are extension headers
};

// An IP packet of the family of the addresses, header checksum included.
Bytes ip_packet(const Ends& ends, std::uint8_t protocol, const Bytes& payload, const IpOptions& options = {});
// Transport headers with payload and right checksums.
Bytes udp(const Ends& ends, const Bytes& payload);
Bytes tcp(const Ends& ends, std::uint8_t flags, const Bytes& payload);
Bytes icmp(std::uint8_t type, std::uint8_t code, std::uint32_t word, const Bytes& payload);
Bytes icmpv6(const Ends& ends, std::uint8_t type, std::uint8_t code, std::uint32_t word, const Bytes& payload);

Bytes ethernet(std::string_view destination, std::string_view source, std::uint16_t type, const Bytes& payload);
Bytes tagged(std::string_view destination, std::string_view source, std::uint16_t vlan, std::uint16_t type,
             const Bytes& payload);

// What is wrong with an IP packet: lengths and every checksum, computed from scratch. "" when nothing is.
std::string faults(const Bytes& packet);

}  // namespace poise::datapath
