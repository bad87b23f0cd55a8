#include <netinet/in.h>

#include <utility>

#include "datapath/stages/stages.hpp"
#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

using wire::load16;
using wire::load32;

constexpr std::uint16_t ethertype_ipv4 = 0x0800, ethertype_ipv6 = 0x86dd, ethertype_vlan = 0x8100;
constexpr std::uint16_t ethernet_length = 14, vlan_length = 4, ipv6_length = 40;
constexpr int extension_headers_max = 8;

// Where the parser stands: what is left of the IP packet and which protocol comes next.
struct Rest {
  const std::uint8_t* at;
  std::uint16_t length;
  std::uint8_t protocol;
};

std::uint64_t sum_of_words(const std::uint8_t* header, std::size_t bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes; i += 4) {
    std::uint32_t word;
    std::memcpy(&word, header + i, 4);
    sum += word;
  }
  return sum;
}

bool ipv4_checksum_fits(const std::uint8_t* header, std::uint16_t length) {
  std::uint64_t sum = length == 20 ? sum_of_words(header, 20) : sum_of_words(header, length);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return std::uint16_t((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

Drop parse_ipv4(Packet& packet, std::uint16_t available, Rest& rest) {
  const std::uint8_t* header = packet.l3();
  if (available < 20) return Drop::malformed_ipv4;
  const auto header_length = std::uint16_t((header[0] & 0x0f) * 4);
  const std::uint16_t total = load16(header + 2);
  if ((header[0] >> 4) != 4 || header_length < 20 || total < header_length || total > available)
    return Drop::malformed_ipv4;
  if (!ipv4_checksum_fits(header, header_length)) return Drop::bad_ip_checksum;
  if (header[12] == 127 || (header[12] & 0xf0) == 0xe0) return Drop::martian_source;  // loopback, multicast
  packet.family = 4;
  packet.l3_length = total;
  packet.traffic_class = header[1];
  packet.key.source = IpAddr::v4_at(header + 12);
  packet.key.destination = IpAddr::v4_at(header + 16);
  if (header_length > 20) packet.set(flag_ip_options);
  const std::uint16_t fragment = load16(header + 6);
  if ((fragment & 0x3fff) != 0) {
    packet.set(flag_fragment);
    packet.fragment_offset = std::uint16_t((fragment & 0x1fff) * 8);
    packet.fragment_id = load16(header + 4);
    if (packet.fragment_offset == 0) packet.set(flag_first_fragment);
  }
  rest = {header + header_length, std::uint16_t(total - header_length), header[9]};
  return Drop::count_;
}

// Walks the extension headers (RFC 8200 4) up to the transport header or a later fragment's bytes.
Drop skip_extensions(Packet& packet, Rest& rest) {
  bool fragment_header = false;
  for (int i = 0; i < extension_headers_max; ++i) {
    std::uint16_t length = 0;
    switch (rest.protocol) {
      case IPPROTO_HOPOPTS:
      case IPPROTO_ROUTING:
      case IPPROTO_DSTOPTS:
        if (rest.length < 8) return Drop::malformed_ipv6;
        length = std::uint16_t((rest.at[1] + 1) * 8);
        break;
      case IPPROTO_FRAGMENT: {
        if (rest.length < 8 || std::exchange(fragment_header, true)) return Drop::malformed_ipv6;
        length = 8;
        const std::uint16_t offset = load16(rest.at + 2);
        packet.fragment_id = load32(rest.at + 4);
        packet.fragment_offset = std::uint16_t(offset & 0xfff8);
        if ((offset & 0xfff9) != 0) packet.set(flag_fragment);  // else an atomic fragment (RFC 6946): whole
        if ((offset & 0xfff9) == 1) packet.set(flag_first_fragment);
        break;
      }
      default:
        return Drop::count_;
    }
    if (length > rest.length) return Drop::malformed_ipv6;
    packet.set(flag_ip_options);
    rest = {rest.at + length, std::uint16_t(rest.length - length), rest.at[0]};
    if (packet.has(flag_fragment) && !packet.has(flag_first_fragment)) return Drop::count_;
  }
  return Drop::malformed_ipv6;
}

Drop parse_ipv6(Packet& packet, std::uint16_t available, Rest& rest) {
  const std::uint8_t* header = packet.l3();
  if (available < ipv6_length || (header[0] >> 4) != 6) return Drop::malformed_ipv6;
  const std::uint16_t payload = load16(header + 4);
  if (payload + ipv6_length > available) return Drop::malformed_ipv6;
  packet.family = 6;
  packet.l3_length = std::uint16_t(ipv6_length + payload);
  packet.traffic_class = std::uint8_t(header[0] << 4 | header[1] >> 4);
  packet.key.source = IpAddr::v6(header + 8);
  packet.key.destination = IpAddr::v6(header + 24);
  // An IPv4-mapped address may not be on the wire, and here it would be taken for the IPv4 one (RFC 4291 2.5.5.2, RFC
  // 6890).
  if (header[8] == 0xff || packet.key.source.is_loopback() || packet.key.source.is_v4() ||
      packet.key.destination.is_v4())
    return Drop::martian_source;
  rest = {header + ipv6_length, payload, header[6]};
  return skip_extensions(packet, rest);
}

// The ports, or the echo identifier as a port, of a transport header of 8 bytes or more.
void read_ports(const Rest& rest, FlowKey& key) {
  if (rest.protocol == IPPROTO_TCP || rest.protocol == IPPROTO_UDP) [[likely]] {
    key.source_port = load16(rest.at);
    key.destination_port = load16(rest.at + 2);
    return;
  }
  const bool v4_echo = rest.protocol == IPPROTO_ICMP && rest.length >= 8 && (rest.at[0] == 8 || rest.at[0] == 0);
  const bool v6_echo = rest.protocol == IPPROTO_ICMPV6 && rest.length >= 8 && (rest.at[0] == 128 || rest.at[0] == 129);
  if (v4_echo || v6_echo) {  // the asking side owns the identifier, as it would own a source port
    const bool request = rest.at[0] == 8 || rest.at[0] == 128;
    (request ? key.source_port : key.destination_port) = load16(rest.at + 4);
  }
}

bool is_icmp_error(const Rest& rest) {
  if (rest.protocol == IPPROTO_ICMP) return rest.at[0] == 3 || rest.at[0] == 4 || rest.at[0] == 11 || rest.at[0] == 12;
  return rest.protocol == IPPROTO_ICMPV6 && rest.at[0] >= 1 && rest.at[0] <= 4;
}

// The key of the packet that an ICMP error quotes, reversed: the error travels like that packet's answer.
Drop parse_quoted(Packet& packet, const Rest& outer) {
  Packet quoted;
  quoted.data = const_cast<std::uint8_t*>(outer.at) + 8;
  Rest rest{quoted.data, std::uint16_t(outer.length - 8), 0};
  const std::uint8_t* header = quoted.data;
  if (outer.protocol == IPPROTO_ICMP) {
    const auto header_length = std::uint16_t(rest.length < 20 ? 0 : (header[0] & 0x0f) * 4);
    if (header_length < 20 || (header[0] >> 4) != 4 || rest.length < header_length + 8)
      return Drop::icmp_error_malformed;
    if ((load16(header + 6) & 0x1fff) != 0)
      return Drop::icmp_error_malformed;  // about a later fragment: no ports to find its flow
    quoted.key.source = IpAddr::v4_at(header + 12);
    quoted.key.destination = IpAddr::v4_at(header + 16);
    rest = {header + header_length, std::uint16_t(rest.length - header_length), header[9]};
  } else {
    if (rest.length < ipv6_length + 8 || (header[0] >> 4) != 6) return Drop::icmp_error_malformed;
    quoted.key.source = IpAddr::v6(header + 8);
    quoted.key.destination = IpAddr::v6(header + 24);
    rest = {header + ipv6_length, std::uint16_t(rest.length - ipv6_length), header[6]};
    if (skip_extensions(quoted, rest) != Drop::count_) return Drop::icmp_error_malformed;
    if (quoted.has(flag_fragment) && !quoted.has(flag_first_fragment)) return Drop::icmp_error_malformed;
  }
  const bool has_ports = rest.protocol == IPPROTO_TCP || rest.protocol == IPPROTO_UDP;
  if (has_ports && rest.length < 8) return Drop::icmp_error_malformed;
  read_ports(rest, quoted.key);
  if (quoted.key.source != packet.key.destination)
    return Drop::icmp_error_malformed;  // errors go to the sender of what they quote
  quoted.key.protocol = rest.protocol;
  packet.key = quoted.key.reversed();
  packet.set(flag_icmp_error);
  if (has_ports) packet.set(flag_ports_known);
  return Drop::count_;
}

Drop parse_transport(Packet& packet, const Rest& rest) {
  packet.key.protocol = rest.protocol;
  packet.l4_offset = packet.payload_offset = std::uint16_t(rest.at - packet.data);
  packet.tcp_flags = 0;
  if (packet.has(flag_fragment) && !packet.has(flag_first_fragment)) return Drop::count_;
  switch (rest.protocol) {
    [[likely]] case IPPROTO_TCP: {
      if (rest.length < 20) return Drop::malformed_l4;
      const auto header_length = std::uint16_t((rest.at[12] >> 4) * 4);
      if (header_length < 20 || header_length > rest.length) return Drop::malformed_l4;
      packet.tcp_flags = rest.at[13];
      packet.payload_offset = std::uint16_t(packet.l4_offset + header_length);
      break;
    }
    case IPPROTO_UDP: {
      const std::uint16_t length = rest.length < 8 ? 0 : load16(rest.at + 4);
      if (rest.length < 8 || length < 8 || (length > rest.length && !packet.has(flag_fragment)))
        return Drop::malformed_l4;
      packet.payload_offset = std::uint16_t(packet.l4_offset + 8);
      break;
    }
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      if (rest.length < 8) return Drop::malformed_l4;
      packet.payload_offset = std::uint16_t(packet.l4_offset + 8);
      if (is_icmp_error(rest)) return parse_quoted(packet, rest);
      break;
    default:
      return Drop::count_;
  }
  read_ports(rest, packet.key);
  if (rest.protocol == IPPROTO_TCP || rest.protocol == IPPROTO_UDP) packet.set(flag_ports_known);
  return Drop::count_;
}

// 00-00-5E-00-01-VRID, 00-00-5E-00-02-VRID (RFC 9568 7.3), while this node holds that virtual router's addresses.
[[gnu::noinline]] bool is_held_virtual_mac(const Worker& worker, const Interface& interface, const std::uint8_t* mac) {
  constexpr std::uint8_t prefix[] = {0, 0, 0x5e, 0};
  if (interface.virtual_macs.empty() || std::memcmp(mac, prefix, 4) != 0 || mac[4] < 1 || mac[4] > 2) return false;
  const HoldIndex hold = interface.virtual_macs[std::size_t(mac[4] - 1) * 256 + mac[5]];
  return hold != Holds::none && worker.holds[hold].accepts(worker.now);
}

Drop parse_ethernet(const Worker& worker, Packet& packet, std::uint16_t& ethertype) {
  if (packet.length < ethernet_length) return Drop::malformed_ethernet;
  const Tables& tables = *worker.tables;
  const PortInfo& port = tables.ports[packet.port.value];
  ethertype = load16(packet.data + 12);
  packet.l3_offset = ethernet_length;
  packet.interface = port.untagged;
  if (ethertype == ethertype_vlan) {
    if (packet.length < ethernet_length + vlan_length) return Drop::malformed_ethernet;
    const std::uint16_t id = load16(packet.data + 14) & 0x0fff;
    ethertype = load16(packet.data + 16);
    packet.l3_offset = ethernet_length + vlan_length;
    if (id != 0) packet.interface = port.vlans.empty() ? InterfaceIndex{0xffff} : port.vlans[id];  // 0: priority only
  }
  if (packet.interface.value == 0xffff) return Drop::unknown_vlan;
  if ((packet.data[0] & 1) != 0)
    packet.set(flag_link_broadcast);
  else if (const Interface& interface = tables.interfaces[packet.interface.value];
           std::memcmp(packet.data, interface.mac.octets.data(), 6) != 0 &&
           !is_held_virtual_mac(worker, interface, packet.data))
    return Drop::not_our_mac;
  return Drop::count_;
}

Drop parse_packet(const Worker& worker, Packet& packet) {
  packet.family = 0;
  packet.fragment_offset = 0;
  std::uint16_t ethertype = 0;
  // Of a fragment that another worker, or the fragment table, has found them for.
  const std::uint16_t source_port = packet.key.source_port, destination_port = packet.key.destination_port;
  packet.key.source_port = packet.key.destination_port = packet.key.protocol = 0;
  if (const Drop failed = parse_ethernet(worker, packet, ethertype); failed != Drop::count_) return failed;
  const auto available = std::uint16_t(packet.length - packet.l3_offset);
  Rest rest{};
  Drop failed = Drop::count_;
  if (ethertype == ethertype_ipv4)
    failed = parse_ipv4(packet, available, rest);
  else if (ethertype == ethertype_ipv6)
    failed = parse_ipv6(packet, available, rest);
  else
    return Drop::count_;
  if (failed == Drop::count_) failed = parse_transport(packet, rest);
  if (packet.has(flag_fragment) && !packet.has(flag_first_fragment) && packet.has(flag_ports_known)) {
    packet.key.source_port = source_port;
    packet.key.destination_port = destination_port;
  }
  return failed;
}

}  // namespace

void parse(Worker& worker, Batch& batch) {
  std::uint16_t flags = 0;
  batch.keep_if([&](Packet& packet) {
    const Drop failed = parse_packet(worker, packet);
    if (failed == Drop::count_) [[likely]] {
      flags |= packet.flags;
      packet.flow_hash = worker.flows.hash(packet.key);
      worker.flows.prefetch_bucket(packet.flow_hash);  // looked into a few stages later
      return true;
    }
    drop(worker, batch, packet, failed);
    return false;
  });
  batch.no_fragments = (flags & flag_fragment) == 0;
}

}  // namespace poise::datapath
