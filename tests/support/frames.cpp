#include "tests/support/frames.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cctype>

#include "config/types/result.hpp"

namespace poise::datapath {

Bytes hex(std::string_view digits) {
  Bytes bytes;
  std::string packed;
  for (const char digit : digits)
    if (std::isxdigit(static_cast<unsigned char>(digit)) != 0) packed += digit;
  ensure(packed.size() % 2 == 0);
  for (std::size_t i = 0; i < packed.size(); i += 2)
    bytes.push_back(std::uint8_t(std::stoul(packed.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(const Bytes& bytes) {
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    constexpr char digits[] = "0123456789abcdef";
    if (i != 0) result += i % 16 == 0 ? '\n' : ' ';
    result += digits[bytes[i] >> 4];
    result += digits[bytes[i] & 15];
  }
  return result;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes be16(std::uint32_t value) { return {std::uint8_t(value >> 8), std::uint8_t(value)}; }
Bytes be32(std::uint32_t value) { return be16(value >> 16) + be16(value); }
Bytes text(std::string_view characters) { return Bytes(characters.begin(), characters.end()); }

IpAddr ip(std::string_view address) {
  const auto parsed = parse_ip(address);
  ensure(parsed.has_value());
  return *parsed;
}
MacAddr mac(std::string_view address) {
  const auto parsed = parse_mac(address);
  ensure(parsed.has_value());
  return *parsed;
}

namespace {

Bytes wire_address(const IpAddr& address) {
  return Bytes(address.octets.begin() + (address.is_v4() ? 12 : 0), address.octets.end());
}
Bytes wire_mac(std::string_view address) {
  const MacAddr parsed = mac(address);
  return Bytes(parsed.octets.begin(), parsed.octets.end());
}
std::uint16_t word(const Bytes& bytes, std::size_t at) { return std::uint16_t(bytes[at] << 8 | bytes[at + 1]); }

// Puts the checksum of prefix + bytes at a place that is zero now.
Bytes with_checksum(Bytes bytes, std::size_t at, const Bytes& prefix, bool is_udp = false) {
  std::uint16_t checksum = checksum_of(prefix + bytes);
  if (is_udp && checksum == 0) checksum = 0xffff;
  bytes[at] = std::uint8_t(checksum >> 8);
  bytes[at + 1] = std::uint8_t(checksum);
  return bytes;
}

}  // namespace

std::uint16_t checksum_of(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += std::uint32_t(bytes[i]) << 8;
    if (i + 1 < bytes.size()) sum += bytes[i + 1];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return std::uint16_t(0xffff - sum);
}

Bytes pseudo_header(const IpAddr& source, const IpAddr& destination, std::uint8_t protocol, std::size_t length) {
  return wire_address(source) + wire_address(destination) + be32(std::uint32_t(length)) + be32(protocol);
}

Bytes ip_packet(const Ends& ends, std::uint8_t protocol, const Bytes& payload, const IpOptions& options) {
  const IpAddr source = ip(ends.source), destination = ip(ends.destination);
  const Bytes& extra = options.extra;
  if (source.is_v4()) {
    Bytes header{std::uint8_t(0x45 + extra.size() / 4), options.traffic_class};
    header = header + be16(std::uint32_t(20 + extra.size() + payload.size())) + be16(options.identification) +
             be16(options.fragment) + Bytes{options.ttl, protocol, 0, 0} + wire_address(source) +
             wire_address(destination) + extra;
    return with_checksum(header, 10, {}) + payload;
  }
  const std::uint8_t next = extra.empty() ? protocol : options.next_header;
  return be32(6u << 28 | std::uint32_t(options.traffic_class) << 20) +
         be16(std::uint32_t(extra.size() + payload.size())) + Bytes{next, options.ttl} + wire_address(source) +
         wire_address(destination) + extra + payload;
}

Bytes udp(const Ends& ends, const Bytes& payload) {
  const Bytes bytes = be16(ends.source_port) + be16(ends.destination_port) + be16(std::uint32_t(8 + payload.size())) +
                      be16(0) + payload;
  const Bytes pseudo = pseudo_header(ip(ends.source), ip(ends.destination), IPPROTO_UDP, bytes.size());
  return with_checksum(bytes, 6, pseudo, true);
}

Bytes tcp(const Ends& ends, std::uint8_t flags, const Bytes& payload) {
  const Bytes bytes = be16(ends.source_port) + be16(ends.destination_port) + be32(0x01020304) + be32(0x05060708) +
                      Bytes{0x50, flags} + be16(0x2000) + be16(0) + be16(0) + payload;
  return with_checksum(bytes, 16, pseudo_header(ip(ends.source), ip(ends.destination), IPPROTO_TCP, bytes.size()));
}

Bytes icmp(std::uint8_t type, std::uint8_t code, std::uint32_t word32, const Bytes& payload) {
  return with_checksum(Bytes{type, code, 0, 0} + be32(word32) + payload, 2, {});
}

Bytes icmpv6(const Ends& ends, std::uint8_t type, std::uint8_t code, std::uint32_t word32, const Bytes& payload) {
  const Bytes bytes = Bytes{type, code, 0, 0} + be32(word32) + payload;
  return with_checksum(bytes, 2, pseudo_header(ip(ends.source), ip(ends.destination), IPPROTO_ICMPV6, bytes.size()));
}

Bytes ethernet(std::string_view destination, std::string_view source, std::uint16_t type, const Bytes& payload) {
  return wire_mac(destination) + wire_mac(source) + be16(type) + payload;
}
Bytes tagged(std::string_view destination, std::string_view source, std::uint16_t vlan, std::uint16_t type,
             const Bytes& payload) {
  return ethernet(destination, source, 0x8100, be16(vlan) + be16(type) + payload);
}

namespace {

std::string transport_faults(std::uint8_t protocol, const Bytes& pseudo, const Bytes& l4) {
  const std::size_t least = protocol == IPPROTO_TCP ? 20 : 8;
  const bool known =
      protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
  if (!known) return "";
  if (l4.size() < least) return "transport header cut short";
  if (protocol == IPPROTO_UDP && word(l4, 4) != l4.size()) return "UDP length";
  if (protocol == IPPROTO_UDP && word(l4, 6) == 0) return pseudo.size() > 16 ? "IPv6 UDP without checksum" : "";
  const Bytes prefix = protocol == IPPROTO_ICMP ? Bytes{} : pseudo;
  return checksum_of(prefix + l4) == 0 ? "" : "transport checksum";
}

std::string faults_v4(const Bytes& packet) {
  const std::size_t header = (packet[0] & 15u) * 4u;
  if (header < 20 || packet.size() < header || word(packet, 2) != packet.size()) return "IPv4 lengths";
  if (checksum_of(Bytes(packet.begin(), packet.begin() + std::ptrdiff_t(header))) != 0) return "IPv4 header checksum";
  if ((word(packet, 6) & 0x3fff) != 0) return "";  // a fragment: the rest of the sum is elsewhere
  const Bytes l4(packet.begin() + std::ptrdiff_t(header), packet.end());
  const Bytes pseudo =
      Bytes(packet.begin() + 12, packet.begin() + 20) + be32(std::uint32_t(l4.size())) + be32(packet[9]);
  return transport_faults(packet[9], pseudo, l4);
}

std::string faults_v6(const Bytes& packet) {
  if (packet.size() < 40 || word(packet, 4) + 40u != packet.size()) return "IPv6 lengths";
  std::uint8_t next = packet[6];
  std::size_t at = 40;
  while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT) {
    if (at + 8 > packet.size()) return "extension header cut short";
    if (next == IPPROTO_FRAGMENT && (word(packet, at + 2) & 0xfff9) != 0) return "";
    const std::size_t length = next == IPPROTO_FRAGMENT ? 8 : (packet[at + 1] + 1u) * 8u;
    next = packet[at];
    at += length;
    if (at > packet.size()) return "extension header too long";
  }
  const Bytes l4(packet.begin() + std::ptrdiff_t(at), packet.end());
  const Bytes pseudo = Bytes(packet.begin() + 8, packet.begin() + 40) + be32(std::uint32_t(l4.size())) + be32(next);
  return transport_faults(next, pseudo, l4);
}

}  // namespace

std::string faults(const Bytes& packet) {
  if (packet.size() < 20) return "shorter than any IP header";
  if ((packet[0] >> 4) == 4) return faults_v4(packet);
  return (packet[0] >> 4) == 6 ? faults_v6(packet) : "neither IPv4 nor IPv6";
}

}  // namespace poise::datapath
