#include "tests/behaviours/difference.hpp"

#include <algorithm>
#include <iterator>

#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

struct Field {
  std::size_t length;
  const char* name;
};
constexpr Field ethernet_fields[] = {{6, "destination MAC"}, {6, "source MAC"}, {2, "ethertype"}};
constexpr Field vlan_fields[] = {{2, "VLAN tag"}, {2, "ethertype behind the VLAN tag"}};
constexpr Field arp_fields[] = {{2, "ARP hardware type"}, {2, "ARP protocol type"}, {2, "ARP lengths"},
                                {2, "ARP operation"},     {6, "ARP sender MAC"},    {4, "ARP sender address"},
                                {6, "ARP target MAC"},    {4, "ARP target address"}};
constexpr Field ipv4_fields[] = {{1, "IPv4 version and header length"},
                                 {1, "IPv4 traffic class"},
                                 {2, "IPv4 total length"},
                                 {2, "IPv4 identification"},
                                 {2, "IPv4 flags and fragment offset"},
                                 {1, "IPv4 TTL"},
                                 {1, "IPv4 protocol"},
                                 {2, "IPv4 checksum"},
                                 {4, "IPv4 source"},
                                 {4, "IPv4 destination"}};
constexpr Field ipv6_fields[] = {{4, "IPv6 version, traffic class and flow label"},
                                 {2, "IPv6 payload length"},
                                 {1, "IPv6 next header"},
                                 {1, "IPv6 hop limit"},
                                 {16, "IPv6 source"},
                                 {16, "IPv6 destination"}};
constexpr Field tcp_fields[] = {{2, "TCP source port"},
                                {2, "TCP destination port"},
                                {4, "TCP sequence number"},
                                {4, "TCP acknowledgment number"},
                                {2, "TCP data offset and flags"},
                                {2, "TCP window"},
                                {2, "TCP checksum"},
                                {2, "TCP urgent pointer"}};
constexpr Field udp_fields[] = {
    {2, "UDP source port"}, {2, "UDP destination port"}, {2, "UDP length"}, {2, "UDP checksum"}};
constexpr Field icmp_fields[] = {{1, "ICMP type"}, {1, "ICMP code"}, {2, "ICMP checksum"}, {4, "ICMP second word"}};

// Walks over one header: true when `offset` (from its start) is inside, and then `name` is set; else `offset` is behind
// it.
bool is_in(std::span<const Field> header, std::size_t& offset, std::string& name) {
  for (const Field& field : header) {
    name = field.name;
    if (offset < field.length) return true;
    offset -= field.length;
  }
  return false;
}

std::span<const Field> transport(std::uint8_t protocol) {
  switch (protocol) {
    case 6:
      return tcp_fields;
    case 17:
      return udp_fields;
    case 1:
    case 58:
      return icmp_fields;
    default:
      return {};
  }
}

// Where the IP header is, and of which family; 0: not IP.
struct IpHeader {
  std::size_t offset = 14;
  int family = 0;
};
IpHeader find_ip(std::span<const std::uint8_t> frame) {
  IpHeader header;
  if (frame.size() < 18) return header;
  if (wire::load16(frame.data() + 12) == 0x8100) header.offset = 18;
  const std::uint16_t type = wire::load16(frame.data() + header.offset - 2);
  if (type == 0x0800 && frame.size() >= header.offset + 20) header.family = 4;
  if (type == 0x86dd && frame.size() >= header.offset + 40) header.family = 6;
  return header;
}

std::string hex_digits(std::size_t value, int digits) {
  std::string text;
  while (digits-- > 0) text += "0123456789abcdef"[value >> (4 * digits) & 0xf];
  return text;
}

// All lines of a frame; '*' before those that differ from the other frame's.
std::string hex_lines(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> other) {
  constexpr std::size_t width = 16;
  std::string text;
  for (std::size_t line = 0; line < bytes.size(); line += width) {
    const std::size_t length = std::min(width, bytes.size() - line);
    const bool same = line + length <= other.size() && std::equal(&bytes[line], &bytes[line] + length, &other[line]);
    text += (same ? "      " : "    * ") + hex_digits(line, 4) + " ";
    for (std::size_t i = line; i < line + length; ++i) text += " " + hex_digits(bytes[i], 2);
    text += '\n';
  }
  return text;
}

// Writes 16 bits and keeps a checksum right that covers them (RFC 1624).
void change16(std::uint8_t* at, std::uint16_t value, std::uint8_t* checksum) {
  std::uint32_t sum = std::uint16_t(~wire::load16(checksum)) + std::uint32_t(std::uint16_t(~wire::load16(at))) + value;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  wire::store16(checksum, std::uint16_t(~sum));
  wire::store16(at, value);
}

void adopt_udp_source_port(std::uint8_t* udp_header, std::uint16_t value) {
  std::uint8_t no_checksum[2] = {0, 0};
  const bool has_checksum = wire::load16(udp_header + 6) != 0;
  change16(udp_header, value, has_checksum ? udp_header + 6 : no_checksum);
  if (has_checksum && wire::load16(udp_header + 6) == 0) wire::store16(udp_header + 6, 0xffff);
}

}  // namespace

std::string field_name(std::span<const std::uint8_t> frame, std::size_t offset) {
  std::string name;
  if (is_in(ethernet_fields, offset, name)) return name;
  const IpHeader ip = find_ip(frame);
  if (ip.offset == 18 && is_in(vlan_fields, offset, name)) return name;
  if (ip.family == 0) return is_in(arp_fields, offset, name) ? name : "payload";
  if (is_in(ip.family == 4 ? std::span<const Field>(ipv4_fields) : std::span<const Field>(ipv6_fields), offset, name))
    return name;
  const std::uint8_t* header = frame.data() + ip.offset;
  const std::size_t options = ip.family == 4 ? std::size_t(header[0] & 0x0f) * 4 - 20 : 0;
  if (offset < options) return "IPv4 options";
  offset -= options;
  return is_in(transport(header[ip.family == 4 ? 9 : 6]), offset, name) ? name : "payload";
}

std::string difference(std::span<const std::uint8_t> expected, std::span<const std::uint8_t> got) {
  const std::size_t common = std::min(expected.size(), got.size());
  const auto at = std::size_t(
      std::mismatch(expected.begin(), expected.begin() + std::ptrdiff_t(common), got.begin()).first - expected.begin());
  if (at == common && expected.size() == got.size()) return "";
  std::string text;
  if (expected.size() != got.size())
    text += "  " + std::to_string(got.size()) + " bytes instead of " + std::to_string(expected.size()) + "\n";
  if (at < common) {
    text += "  first at byte " + std::to_string(at) + " (" + field_name(expected, at) + "): " + hex_digits(got[at], 2) +
            " instead of " + hex_digits(expected[at], 2) + "\n";
  }
  return text + "  expected\n" + hex_lines(expected, got) + "  got\n" + hex_lines(got, expected);
}

void adopt_free_field(const std::string& name, std::span<const std::uint8_t> expected, Bytes& got) {
  const IpHeader ip = find_ip(got);
  const bool alike = ip.family != 0 && find_ip(expected).family == ip.family && got.size() == expected.size();
  std::uint8_t* header = alike ? got.data() + ip.offset : nullptr;
  const std::uint8_t* wanted = alike ? expected.data() + ip.offset : nullptr;
  const std::size_t ip_length = ip.family == 4 ? 20 : 40;
  if (name == "ipv4_identification") {
    if (alike && ip.family == 4) change16(header + 4, wire::load16(wanted + 4), header + 10);
  } else if (name == "udp_source_port") {
    if (alike && got.size() >= ip.offset + ip_length + 8)
      adopt_udp_source_port(header + ip_length, wire::load16(wanted + ip_length));
  } else if (name == "ipv6_flow_label") {
    if (alike && ip.family == 6)
      wire::store32(header, (wire::load32(header) & 0xfff00000) | (wire::load32(wanted) & 0xfffff));
  } else if (name == "ipv6_fragment_identification") {
    constexpr std::size_t at = 40 + 4;
    if (alike && ip.family == 6 && header[6] == 44 && got.size() >= ip.offset + 48)
      std::copy_n(wanted + at, 4, header + at);
  } else {
    ensure(false);
  }
}

}  // namespace poise::datapath
