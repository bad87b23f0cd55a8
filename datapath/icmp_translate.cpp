#include "datapath/icmp_translate.hpp"

#include <algorithm>
#include <array>

#include "datapath/ip_facts.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::datapath {
namespace {

using wire::IcmpHeader;
using wire::Sum;

// Quote - the packet inside an error: where it lies, what it says, how it shall look.
struct Quote {
  std::uint8_t* ip = nullptr;
  std::size_t length = 0;  // bytes that are there
  TransportChange change;
  std::uint8_t* l4() const { return ip + change.from.header_length; }
  std::size_t l4_length() const { return length - change.from.header_length; }
};

// The quoted packet travelled the other way, so that what the flow calls source is its destination.
std::optional<Quote> find_quote(const Packet& packet, const IpFacts& outer, const Translation& to) {
  if (outer.payload_length < wire::icmp_length) return std::nullopt;
  Quote quote;
  quote.ip = packet.l4() + wire::icmp_length;
  quote.length = outer.payload_length - wire::icmp_length;
  const auto facts = read_ip(quote.ip, quote.length);
  if (!facts || facts->family != outer.family || facts->fragment_offset != 0) return std::nullopt;
  quote.change.from = *facts;
  quote.change.source_port = to.destination_port;
  quote.change.destination_port = to.source_port;
  return quote;
}

IpAddr outer_source(const IpFacts& outer, const Quote& quote, const Translation& to) {
  return quote.change.from.destination == to.source ? outer.source : to.source;
}

void write_addresses(std::uint8_t* ip, std::uint8_t family, const IpAddr& source, const IpAddr& destination) {
  if (family == 4) {
    wire::Ipv4Header& header = wire::at<wire::Ipv4Header>(ip);
    Sum sum;
    sum.replace_address(wire::to_address(header.source), source);
    sum.replace_address(wire::to_address(header.destination), destination);
    header.source = wire::to_wire_v4(source);
    header.destination = wire::to_wire_v4(destination);
    header.checksum = sum.applied_to(header.checksum);
  } else {
    wire::Ipv6Header& header = wire::at<wire::Ipv6Header>(ip);
    wire::write_address(header.source, source);
    wire::write_address(header.destination, destination);
  }
}

// Addresses, ports and checksums change in place; the ICMP checksum follows by difference.
Drop translate_in_place(Packet& packet, const IpFacts& outer, Quote& quote, const Translation& to) {
  constexpr std::size_t transport_changed_max = 18;  // up to TCP's checksum
  quote.change.to = quote.change.from;
  quote.change.to.source = to.destination;
  quote.change.to.destination = to.source;
  const IpAddr source = outer_source(outer, quote, to);
  const std::size_t touched =
      std::min(quote.length, quote.change.from.header_length + transport_changed_max) & ~std::size_t{1};
  Sum sum;
  sum.remove(quote.ip, touched);
  if (const Drop failed = change_transport(quote.l4(), quote.l4_length(), quote.change); failed != Drop::count_)
    return Drop::icmp_error_malformed;
  write_addresses(quote.ip, outer.family, to.destination, to.source);
  sum.add(quote.ip, touched);
  if (outer.family == 6) sum.replace_address(outer.source, source).replace_address(outer.destination, to.destination);
  write_addresses(packet.l3(), outer.family, source, to.destination);
  IcmpHeader& icmp = wire::at<IcmpHeader>(packet.l4());
  icmp.checksum = sum.applied_to(icmp.checksum);
  return Drop::count_;
}

// Where in the other family's header the field stands that a parameter problem points at (RFC 7915 4.2 and 5.2, figures
// 3 and 6).
constexpr std::uint8_t nowhere = 0xff;
std::uint8_t pointer_to_v6(std::uint32_t pointer) {
  constexpr std::array<std::uint8_t, 20> fields{0,       1,       4, 4, nowhere, nowhere, nowhere, nowhere, 7,  6,
                                                nowhere, nowhere, 8, 8, 8,       8,       24,      24,      24, 24};
  return pointer < fields.size() ? fields[pointer] : nowhere;
}
std::uint8_t pointer_to_v4(std::uint32_t pointer) {
  constexpr std::array<std::uint8_t, 8> fields{0, 1, nowhere, nowhere, 2, 2, 9, 8};
  if (pointer < fields.size()) return fields[pointer];
  if (pointer < wire::ipv6_length) return pointer < 24 ? 12 : 16;
  return nowhere;
}

std::optional<IcmpHeader> with_pointer(std::uint8_t type, std::uint8_t pointer, bool v4) {
  if (pointer == nowhere) return std::nullopt;
  IcmpHeader icmp{type, 0, {}, {}, {}};
  icmp.set_value(v4 ? std::uint32_t(pointer) << 24 : pointer);
  return icmp;
}

// A router that knows no MTU to name (RFC 1191 7): the next usual size below what did not fit.
std::uint16_t plateau_below(std::uint32_t length) {
  constexpr std::array<std::uint16_t, 10> plateaus{65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
  for (const std::uint16_t plateau : plateaus)
    if (plateau < length) return plateau;
  return 68;
}

// The error's first eight bytes in the other family; nothing: no counterpart. (RFC 7915 4.2)
std::optional<IcmpHeader> header_to_v6(const IcmpHeader& icmp, const IpFacts& quoted) {
  const std::uint32_t growth = 20u + (quoted.fragment_header ? wire::ipv6_fragment_length : 0u);
  const auto unreachable = [](std::uint8_t code) { return IcmpHeader{wire::icmpv6_unreachable, code, {}, {}, {}}; };
  switch (icmp.type) {
    case wire::icmp_time_exceeded:
      return IcmpHeader{wire::icmpv6_time_exceeded, icmp.code, {}, {}, {}};
    case wire::icmp_parameter_problem:
      if (icmp.code != 0 && icmp.code != 2) return std::nullopt;
      return with_pointer(wire::icmpv6_parameter_problem, pointer_to_v6(icmp.word1.bytes[0]), false);
    case wire::icmp_unreachable:
      break;
    default:
      return std::nullopt;
  }
  switch (icmp.code) {
    case 0:
    case 1:
    case 5:
    case 6:
    case 7:
    case 8:
    case 11:
    case 12:
      return unreachable(wire::icmpv6_unreachable_route);
    case 9:
    case 10:
    case 13:
    case 15:
      return unreachable(wire::icmpv6_unreachable_admin);
    case wire::icmp_unreachable_port:
      return unreachable(wire::icmpv6_unreachable_port);
    case wire::icmp_unreachable_protocol: {
      constexpr std::uint32_t next_header_field = 6;
      IcmpHeader problem{wire::icmpv6_parameter_problem, wire::icmpv6_problem_next_header, {}, {}, {}};
      problem.set_value(next_header_field);
      return problem;
    }
    case wire::icmp_fragmentation_needed: {
      const std::uint32_t named = icmp.word2.host();
      const std::uint32_t whole = std::uint32_t(quoted.header_length) + quoted.payload_length;
      IcmpHeader too_big{wire::icmpv6_packet_too_big, 0, {}, {}, {}};
      too_big.set_value(
          std::max<std::uint32_t>(wire::ipv6_mtu_min, (named != 0 ? named : plateau_below(whole)) + growth));
      return too_big;
    }
    default:
      return std::nullopt;
  }
}

// (RFC 7915 5.2)
std::optional<IcmpHeader> header_to_v4(const IcmpHeader& icmp, const IpFacts& quoted) {
  const auto unreachable = [](std::uint8_t code) { return IcmpHeader{wire::icmp_unreachable, code, {}, {}, {}}; };
  switch (icmp.type) {
    case wire::icmpv6_time_exceeded:
      return IcmpHeader{wire::icmp_time_exceeded, icmp.code, {}, {}, {}};
    case wire::icmpv6_parameter_problem:
      if (icmp.code == wire::icmpv6_problem_next_header) return unreachable(wire::icmp_unreachable_protocol);
      if (icmp.code != wire::icmpv6_problem_field) return std::nullopt;
      return with_pointer(wire::icmp_parameter_problem, pointer_to_v4(icmp.value()), true);
    case wire::icmpv6_packet_too_big: {
      constexpr std::uint32_t ipv4_mtu_min = 68;
      const std::uint32_t shrinkage = 20u + (quoted.fragment_header ? wire::ipv6_fragment_length : 0u);
      const std::uint32_t named = std::min<std::uint32_t>(icmp.value(), 65535);
      IcmpHeader needed = unreachable(wire::icmp_fragmentation_needed);
      needed.word2.set(std::uint16_t(std::max(ipv4_mtu_min, named > shrinkage ? named - shrinkage : 0)));
      return needed;
    }
    case wire::icmpv6_unreachable:
      break;
    default:
      return std::nullopt;
  }
  constexpr std::uint8_t host_prohibited = 10;
  switch (icmp.code) {
    case wire::icmpv6_unreachable_route:
    case wire::icmpv6_unreachable_scope:
    case wire::icmpv6_unreachable_address:
      return unreachable(wire::icmp_unreachable_host);
    case wire::icmpv6_unreachable_admin:
      return unreachable(host_prohibited);
    case wire::icmpv6_unreachable_port:
      return unreachable(wire::icmp_unreachable_port);
    default:
      return std::nullopt;
  }
}

// How much of the quote is packet; the rest are extensions (RFC 4884), whose numbers belong to the old family: they are
// left out.
std::size_t quoted_packet_length(const IcmpHeader& icmp, const Quote& quote) {
  const bool v4 = quote.change.from.family == 4;
  const bool can_have = v4 ? icmp.type != wire::icmp_source_quench
                           : icmp.type == wire::icmpv6_unreachable || icmp.type == wire::icmpv6_time_exceeded;
  const std::size_t said = !can_have ? 0 : v4 ? icmp.word1.bytes[1] * 4u : icmp.word1.bytes[0] * 8u;
  const std::size_t declared = std::size_t(quote.change.from.header_length) + quote.change.from.payload_length;
  std::size_t length = std::min(quote.length, declared);
  const std::size_t useful = std::size_t(quote.change.from.header_length) + wire::icmp_length;
  if (said >= useful) length = std::min(length, said);
  return length;
}

bool icmp_checksum_fits(const Packet& packet, const IpFacts& outer) {
  Sum sum;
  if (outer.family == 6)
    sum.add_pseudo_header(outer.source, outer.destination, wire::protocol_icmpv6, outer.payload_length);
  return sum.add(packet.l4(), outer.payload_length).is_valid();
}

// The new error is built backwards from the quoted transport header, which stays where it is.
Drop translate_between_families(Packet& packet, const IpFacts& outer, Quote& quote, const Translation& to) {
  const IcmpHeader old = wire::at<IcmpHeader>(packet.l4());
  if (outer.is_fragment()) return Drop::fragment_unsupported;
  if (!icmp_checksum_fits(packet, outer)) return Drop::icmp_error_malformed;
  auto icmp = outer.family == 4 ? header_to_v6(old, quote.change.from) : header_to_v4(old, quote.change.from);
  if (!icmp) return Drop::nat64_untranslatable;
  quote.change.to = in_other_family(quote.change.from, to.destination, to.source);
  if (quote.change.to.header_length + quote.change.to.payload_length > 0xffff)  // no IPv4 packet can be so long
    return Drop::icmp_error_malformed;
  quote.length = quoted_packet_length(old, quote);
  IpFacts error = in_other_family(outer, to.source, to.destination);
  const std::uint16_t before_l4 =
      std::uint16_t(error.header_length + wire::icmp_length + quote.change.to.header_length);
  const std::size_t longest = error.family == 6 ? wire::ipv6_mtu_min : 576;
  const std::size_t kept = std::min(quote.l4_length(), longest - before_l4);
  if (packet.headroom + (quote.l4() - packet.l3()) < before_l4) return Drop::no_headroom;
  const Drop failed = change_transport(quote.l4(), quote.l4_length(), quote.change);
  if (failed != Drop::count_)
    return failed == Drop::malformed_l4 ? Drop::icmp_error_malformed : Drop::nat64_untranslatable;
  std::uint8_t* quoted_ip = quote.l4() - quote.change.to.header_length;
  write_ip(quoted_ip, quote.change.to);
  std::uint8_t* l4 = quoted_ip - wire::icmp_length;
  error.payload_length = std::uint16_t(wire::icmp_length + quote.change.to.header_length + kept);
  Sum sum;
  if (error.family == 6)
    sum.add_pseudo_header(error.source, error.destination, wire::protocol_icmpv6, error.payload_length);
  wire::at<IcmpHeader>(l4) = *icmp;
  wire::at<IcmpHeader>(l4).checksum = sum.add(l4, error.payload_length).checksum();
  place_ip_header(packet, l4, error);
  return Drop::count_;
}

}  // namespace

Drop translate_icmp_error(Packet& packet, const Translation& to) {
  const auto outer = read_ip(packet.l3(), packet.l3_length);
  if (!outer || to.source.is_v4() != to.destination.is_v4()) return Drop::icmp_error_malformed;
  auto quote = find_quote(packet, *outer, to);
  if (!quote) return Drop::icmp_error_malformed;
  const bool same_family = to.destination.is_v4() == (outer->family == 4);
  return same_family ? translate_in_place(packet, *outer, *quote, to)
                     : translate_between_families(packet, *outer, *quote, to);
}

}  // namespace poise::datapath
