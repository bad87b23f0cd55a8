#include "datapath/ip_facts.hpp"

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"
#include "datapath/wire/udp.hpp"

namespace poise::datapath {
namespace {

using wire::Be16;
using wire::Ipv4Header;
using wire::Ipv6Header;
using wire::Sum;

constexpr int extension_headers_max = 8;
constexpr std::uint16_t may_be_fragmented_length = 1260;  // such a packet has DF clear (RFC 7915 5.1)

// A loose or strict source route whose pointer is not past its end (RFC 791 3.1).
bool has_pending_source_route(const std::uint8_t* at, const std::uint8_t* end) {
  constexpr std::uint8_t option_end = 0, option_nop = 1, loose = 131, strict = 137;
  while (at < end && *at != option_end) {
    if (*at == option_nop) {
      ++at;
      continue;
    }
    if (end - at < 3 || at[1] < 2 || at[1] > end - at) return false;
    if ((*at == loose || *at == strict) && at[2] <= at[1]) return true;
    at += at[1];
  }
  return false;
}

std::optional<IpFacts> read_v4(const std::uint8_t* bytes, std::size_t available) {
  if (available < wire::ipv4_length) return std::nullopt;
  const Ipv4Header& ip = wire::at<Ipv4Header>(bytes);
  const std::uint16_t length = ip.header_length(), total = ip.total_length.host();
  if (length < wire::ipv4_length || length > available || total < length) return std::nullopt;
  IpFacts facts;
  facts.family = 4;
  facts.traffic_class = ip.traffic_class;
  facts.ttl = ip.ttl;
  facts.protocol = ip.protocol;
  facts.header_length = length;
  facts.payload_length = std::uint16_t(total - length);
  facts.fragment_header = ip.is_fragment();
  facts.more_fragments = (ip.fragment.host() & Ipv4Header::more_fragments) != 0;
  facts.dont_fragment = !ip.may_fragment();
  facts.source_routed = has_pending_source_route(bytes + wire::ipv4_length, bytes + length);
  facts.fragment_offset = ip.fragment_offset();
  facts.identification = ip.identification.host();
  facts.source = wire::to_address(ip.source);
  facts.destination = wire::to_address(ip.destination);
  return facts;
}

void read_fragment_header(const std::uint8_t* bytes, IpFacts& facts) {
  const wire::Ipv6Fragment& fragment = wire::at<wire::Ipv6Fragment>(bytes);
  facts.fragment_header = true;
  facts.fragment_offset = std::uint16_t(fragment.offset_more.host() & 0xfff8);
  facts.more_fragments = (fragment.offset_more.host() & 1) != 0;
  facts.identification = fragment.identification.host();
}

// Extension headers up to the transport header; false: cut short or too many.
bool skip_extensions(const std::uint8_t* bytes, std::size_t available, IpFacts& facts) {
  for (int i = 0; i < extension_headers_max; ++i) {
    const bool fragment = facts.protocol == wire::protocol_fragment;
    const bool routing = facts.protocol == wire::protocol_routing;
    if (!fragment && !routing && facts.protocol != wire::protocol_hop_by_hop &&
        facts.protocol != wire::protocol_destination)
      return true;
    const std::uint8_t* at = bytes + facts.header_length;
    const std::size_t left = available - facts.header_length;
    if (left < wire::ipv6_fragment_length) return false;
    const wire::Ipv6Extension& extension = wire::at<wire::Ipv6Extension>(at);
    const std::uint16_t length = fragment ? wire::ipv6_fragment_length : extension.length();
    if (length > left || length > facts.payload_length) return false;
    if (fragment && facts.fragment_header) return false;  // a fragment of a fragment: nobody sends that
    if (fragment) read_fragment_header(at, facts);
    if (routing && at[3] != 0) facts.source_routed = true;  // segments left
    facts.protocol = extension.next_header;
    facts.header_length = std::uint16_t(facts.header_length + length);
    facts.payload_length = std::uint16_t(facts.payload_length - length);
    if (facts.fragment_offset != 0) return true;  // what follows is the middle of something
  }
  return false;
}

std::optional<IpFacts> read_v6(const std::uint8_t* bytes, std::size_t available) {
  if (available < wire::ipv6_length) return std::nullopt;
  const Ipv6Header& ip = wire::at<Ipv6Header>(bytes);
  IpFacts facts;
  facts.family = 6;
  facts.traffic_class = ip.traffic_class();
  facts.ttl = ip.hop_limit;
  facts.protocol = ip.next_header;
  facts.header_length = wire::ipv6_length;
  facts.payload_length = ip.payload_length.host();
  facts.source = wire::to_address(ip.source);
  facts.destination = wire::to_address(ip.destination);
  if (!skip_extensions(bytes, available, facts)) return std::nullopt;
  return facts;
}

void write_v4(std::uint8_t* bytes, const IpFacts& facts) {
  Ipv4Header& ip = wire::at<Ipv4Header>(bytes);
  std::uint16_t fragment = std::uint16_t(facts.fragment_offset / 8);
  if (facts.more_fragments) fragment |= Ipv4Header::more_fragments;
  if (facts.dont_fragment) fragment |= Ipv4Header::dont_fragment;
  ip.version_length = 0x45;
  ip.traffic_class = facts.traffic_class;
  ip.total_length.set(std::uint16_t(wire::ipv4_length + facts.payload_length));
  ip.identification.set(std::uint16_t(facts.identification));
  ip.fragment.set(fragment);
  ip.ttl = facts.ttl;
  ip.protocol = facts.protocol;
  ip.source = wire::to_wire_v4(facts.source);
  ip.destination = wire::to_wire_v4(facts.destination);
  ip.checksum = wire::ipv4_checksum(bytes, wire::ipv4_length);
}

void write_v6(std::uint8_t* bytes, const IpFacts& facts) {
  Ipv6Header& ip = wire::at<Ipv6Header>(bytes);
  ip.set_version_class_flow(facts.traffic_class, 0);
  ip.payload_length.set(std::uint16_t(facts.header_length - wire::ipv6_length + facts.payload_length));
  ip.next_header = facts.fragment_header ? std::uint8_t(wire::protocol_fragment) : facts.protocol;
  ip.hop_limit = facts.ttl;
  wire::write_address(ip.source, facts.source);
  wire::write_address(ip.destination, facts.destination);
  if (!facts.fragment_header) return;
  wire::Ipv6Fragment& fragment = wire::at<wire::Ipv6Fragment>(bytes + wire::ipv6_length);
  fragment.next_header = facts.protocol;
  fragment.reserved = 0;
  fragment.offset_more.set(std::uint16_t(facts.fragment_offset | (facts.more_fragments ? 1 : 0)));
  fragment.identification.set(facts.identification);
}

// ICMPv6 has a pseudo header, ICMP has none.
void change_icmp_pseudo_header(Sum& sum, const IpFacts& from, const IpFacts& to) {
  if (from.family == 6) {
    sum.remove(from.source.octets.data(), 16).remove(from.destination.octets.data(), 16);
    sum.replace16(wire::protocol_icmpv6, 0).replace16(from.payload_length, 0);
  }
  if (to.family == 6) sum.add_pseudo_header(to.source, to.destination, wire::protocol_icmpv6, to.payload_length);
}

struct Echo {
  bool known = false, request = false;
};
Echo echo_of(std::uint8_t family, std::uint8_t type) {
  if (family == 4)
    return {type == wire::icmp_echo_request || type == wire::icmp_echo_reply, type == wire::icmp_echo_request};
  return {type == wire::icmpv6_echo_request || type == wire::icmpv6_echo_reply, type == wire::icmpv6_echo_request};
}
std::uint8_t echo_type(std::uint8_t family, bool request) {
  if (family == 4) return request ? wire::icmp_echo_request : wire::icmp_echo_reply;
  return request ? wire::icmpv6_echo_request : wire::icmpv6_echo_reply;
}

Drop change_echo(std::uint8_t* l4, std::size_t available, const TransportChange& change) {
  const bool other_family = change.from.family != change.to.family;
  if (other_family && change.from.is_fragment())
    return Drop::fragment_unsupported;  // the pseudo header has the whole length
  if (available < wire::icmp_length) return Drop::malformed_l4;
  wire::IcmpHeader& icmp = wire::at<wire::IcmpHeader>(l4);
  const Echo echo = echo_of(change.from.family, icmp.type);
  if (!echo.known && other_family) return Drop::nat64_untranslatable;
  Sum sum;
  change_icmp_pseudo_header(sum, change.from, change.to);
  if (echo.known) {
    const std::uint8_t type = echo_type(change.to.family, echo.request);
    const std::uint16_t identifier = echo.request ? change.source_port : change.destination_port;
    sum.replace16(std::uint16_t(icmp.type << 8), std::uint16_t(type << 8)).replace16(icmp.word1.host(), identifier);
    icmp.type = type;
    icmp.word1.set(identifier);
  }
  icmp.checksum = sum.applied_to(icmp.checksum);
  return Drop::count_;
}

// IPv6 knows no UDP without a checksum: it is computed when the datagram is all there (RFC 7915 4.5).
Drop give_udp_checksum(std::uint8_t* l4, std::size_t available, const TransportChange& change) {
  wire::UdpHeader& udp = wire::at<wire::UdpHeader>(l4);
  const std::uint16_t length = udp.length.host();
  if (change.from.is_fragment()) return Drop::fragment_unsupported;
  if (length < wire::udp_length || length > available) return Drop::malformed_l4;
  udp.source_port.set(change.source_port);
  udp.destination_port.set(change.destination_port);
  Sum sum;
  sum.add_pseudo_header(change.to.source, change.to.destination, wire::protocol_udp, length).add(l4, length);
  udp.checksum = wire::udp_checksum(sum.checksum());
  return Drop::count_;
}

Drop change_udp(std::uint8_t* l4, std::size_t available, const TransportChange& change, Sum sum) {
  wire::UdpHeader& udp = wire::at<wire::UdpHeader>(l4);
  const bool has_checksum = udp.checksum.host() != 0;
  if (!has_checksum && change.from.family == 4 && change.to.family == 6) {
    // A quote is not sent on: nobody checks it, and it may be cut short.
    if (available >= udp.length.host() || change.from.is_fragment()) return give_udp_checksum(l4, available, change);
  }
  udp.source_port.set(change.source_port);
  udp.destination_port.set(change.destination_port);
  if (has_checksum) udp.checksum = wire::udp_checksum(sum.applied_to(udp.checksum));
  return Drop::count_;
}

}  // namespace

std::optional<IpFacts> read_ip(const std::uint8_t* ip, std::size_t available) {
  if (available == 0) return std::nullopt;
  if ((ip[0] >> 4) == 4) return read_v4(ip, available);
  return (ip[0] >> 4) == 6 ? read_v6(ip, available) : std::nullopt;
}

void write_ip(std::uint8_t* ip, const IpFacts& facts) { facts.family == 4 ? write_v4(ip, facts) : write_v6(ip, facts); }

IpFacts in_other_family(const IpFacts& facts, const IpAddr& source, const IpAddr& destination) {
  IpFacts other = facts;
  other.source = source;
  other.destination = destination;
  other.source_routed = false;
  if (facts.family == 4) {
    other.family = 6;
    other.dont_fragment = false;
    other.header_length = std::uint16_t(wire::ipv6_length + (facts.fragment_header ? wire::ipv6_fragment_length : 0));
    if (facts.protocol == wire::protocol_icmp) other.protocol = wire::protocol_icmpv6;
  } else {
    other.family = 4;
    other.header_length = wire::ipv4_length;
    other.dont_fragment = !facts.fragment_header && wire::ipv4_length + facts.payload_length > may_be_fragmented_length;
    if (facts.protocol == wire::protocol_icmpv6) other.protocol = wire::protocol_icmp;
  }
  return other;
}

void place_ip_header(Packet& packet, std::uint8_t* l4, const IpFacts& facts) {
  const std::uint8_t* old_end = packet.data + packet.length;
  const int l4_header = packet.payload_offset - packet.l4_offset;
  std::uint8_t* ip = l4 - facts.header_length;
  write_ip(ip, facts);
  std::uint8_t* frame = ip - packet.l3_offset;
  packet.headroom = std::uint16_t(packet.headroom + (frame - packet.data));
  packet.data = frame;
  packet.family = facts.family;
  packet.l3_length = std::uint16_t(facts.header_length + facts.payload_length);
  packet.length = std::uint16_t(packet.l3_offset + packet.l3_length);
  packet.tailroom = std::uint16_t(packet.tailroom + (old_end - (frame + packet.length)));
  packet.l4_offset = std::uint16_t(packet.l3_offset + facts.header_length);
  packet.payload_offset = std::uint16_t(packet.l4_offset + l4_header);
  packet.flags &= std::uint16_t(~flag_ip_options);
  if (facts.family == 6 && facts.fragment_header) packet.set(flag_ip_options);
}

Drop change_transport(std::uint8_t* l4, std::size_t available, const TransportChange& change) {
  const std::uint8_t protocol = change.from.protocol;
  const bool echo = protocol == (change.from.family == 4 ? wire::protocol_icmp : wire::protocol_icmpv6);
  const bool ports = protocol == wire::protocol_tcp || protocol == wire::protocol_udp;
  if (echo) return change_echo(l4, available, change);
  if (!ports) return change.from.family == change.to.family ? Drop::count_ : Drop::unsupported_protocol;
  if (change.from.fragment_offset != 0) return Drop::count_;
  if (available < wire::udp_length) return Drop::malformed_l4;  // also what a quote holds at least
  const wire::UdpHeader& old = wire::at<wire::UdpHeader>(l4);   // TCP's ports stand in the same place
  Sum sum;
  sum.replace_address(change.from.source, change.to.source)
      .replace_address(change.from.destination, change.to.destination)
      .replace16(old.source_port.host(), change.source_port)
      .replace16(old.destination_port.host(), change.destination_port);
  if (protocol == wire::protocol_udp) return change_udp(l4, available, change, sum);
  wire::TcpHeader& tcp = wire::at<wire::TcpHeader>(l4);
  tcp.source_port.set(change.source_port);
  tcp.destination_port.set(change.destination_port);
  constexpr std::size_t checksum_end = 18;
  if (available >= checksum_end) tcp.checksum = sum.applied_to(tcp.checksum);
  return Drop::count_;
}

}  // namespace poise::datapath
