#include "datapath/stages/icmp_error.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/nd.hpp"

namespace poise::datapath {
namespace {

using wire::IcmpHeader;
using wire::Ipv4Header;
using wire::Ipv6Header;

constexpr std::uint8_t error_ttl = 64;
constexpr std::uint8_t error_class = 0xc0;    // internetwork control (RFC 1812 4.3.2.5)
constexpr std::uint16_t v4_length_max = 576;  // of the whole error (RFC 1812 4.3.2.3)
constexpr std::uint16_t v6_length_max = wire::ipv6_mtu_min;

struct Numbers {
  std::uint8_t type, code;
};

Numbers numbers_v4(IcmpProblem problem) {
  switch (problem) {
    case IcmpProblem::ttl_exceeded:
      return {wire::icmp_time_exceeded, 0};
    case IcmpProblem::too_big:
      return {wire::icmp_unreachable, wire::icmp_fragmentation_needed};
    case IcmpProblem::no_route:
      return {wire::icmp_unreachable, wire::icmp_unreachable_net};
    case IcmpProblem::host_unreachable:
      return {wire::icmp_unreachable, wire::icmp_unreachable_host};
    case IcmpProblem::protocol_unreachable:
      return {wire::icmp_unreachable, wire::icmp_unreachable_protocol};
    case IcmpProblem::port_unreachable:
      return {wire::icmp_unreachable, wire::icmp_unreachable_port};
    case IcmpProblem::admin_prohibited:
      return {wire::icmp_unreachable, wire::icmp_unreachable_admin};
  }
  return {};
}

Numbers numbers_v6(IcmpProblem problem) {
  switch (problem) {
    case IcmpProblem::ttl_exceeded:
      return {wire::icmpv6_time_exceeded, 0};
    case IcmpProblem::too_big:
      return {wire::icmpv6_packet_too_big, 0};
    case IcmpProblem::no_route:
      return {wire::icmpv6_unreachable, wire::icmpv6_unreachable_route};
    case IcmpProblem::host_unreachable:
      return {wire::icmpv6_unreachable, wire::icmpv6_unreachable_address};
    case IcmpProblem::protocol_unreachable:
      return {wire::icmpv6_parameter_problem, wire::icmpv6_problem_next_header};
    case IcmpProblem::port_unreachable:
      return {wire::icmpv6_unreachable, wire::icmpv6_unreachable_port};
    case IcmpProblem::admin_prohibited:
      return {wire::icmpv6_unreachable, wire::icmpv6_unreachable_admin};
  }
  return {};
}

// What the packet itself says, not its key: that of an ICMP error belongs to the packet it quotes.
struct Ends {
  IpAddr source, destination;
};
Ends ends_of(const Packet& packet) {
  if (packet.family == 4) {
    const Ipv4Header& ip = wire::at<Ipv4Header>(packet.l3());
    return {wire::to_address(ip.source), wire::to_address(ip.destination)};
  }
  const Ipv6Header& ip = wire::at<Ipv6Header>(packet.l3());
  return {wire::to_address(ip.source), wire::to_address(ip.destination)};
}

// One station's, and not our own: an error may go there.
bool is_one_station(const IpAddr& address) {
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback()) return false;
  return address.is_v6() || (address.octets[12] != 0 && address.octets[12] < 0xe0);
}

bool is_itself_an_error(const Packet& packet) {
  if (packet.has(flag_icmp_error)) return true;
  const std::uint8_t type = packet.l4()[0];
  return (packet.family == 4 && packet.key.protocol == wire::protocol_icmp && wire::is_icmp_error(type)) ||
         (packet.family == 6 && packet.key.protocol == wire::protocol_icmpv6 &&
          (wire::is_icmpv6_error(type) || type == wire::nd_redirect));
}

bool is_allowed(const Worker& worker, const Packet& about, const Ends& ends, IcmpProblem problem) {
  if (about.family == 0 || about.has(flag_generated)) return false;
  if (about.has(flag_fragment) && !about.has(flag_first_fragment)) return false;
  if (is_itself_an_error(about)) return false;
  if (!is_one_station(ends.source) || worker.tables->local.find(ends.source) != nullptr) return false;
  // IPv6 wants path MTU discovery to work for multicast too (RFC 4443 2.4 (e.3)).
  const bool exception = about.family == 6 && problem == IcmpProblem::too_big;
  return exception || (!about.has(flag_link_broadcast) && is_one_station(ends.destination));
}

// The packet's destination when that is ours, else an address of the interface it came in on (RFC 4443 2.2, RFC
// 1812 4.3.2.4).
std::optional<IpAddr> source_of_error(const Worker& worker, const Packet& about, const Ends& ends) {
  const Tables& tables = *worker.tables;
  const Interface& interface = tables.interfaces[about.interface.value];
  if (tables.local.find(ends.destination) != nullptr || ends.destination == interface.link_local)
    return ends.destination;
  if (const auto near = interface.source_for(ends.source)) return near;
  const IpAddr* any = nullptr;
  for (const IpPrefix& prefix : interface.addresses)
    if (prefix.address.is_v4() == (about.family == 4) && (any == nullptr || any->is_link_local()))
      any = &prefix.address;
  if (any == nullptr) return std::nullopt;
  return *any;
}

// Where the field stands that named the protocol nobody understands: in the IPv6 header or the last extension header.
std::uint16_t next_header_pointer(const Packet& packet) {
  std::uint16_t pointer = 6, at = wire::ipv6_length;
  std::uint8_t kind = packet.l3()[pointer];
  while (at < packet.l4_offset - packet.l3_offset) {
    const wire::Ipv6Extension& extension = wire::at<wire::Ipv6Extension>(packet.l3() + at);
    pointer = at;
    at = std::uint16_t(at + (kind == wire::protocol_fragment ? wire::ipv6_fragment_length : extension.length()));
    kind = extension.next_header;
  }
  return pointer;
}

void write_v4(Worker& worker, Packet& error, const Ends& ends, const IcmpHeader& icmp) {
  Ipv4Header& ip = wire::at<Ipv4Header>(error.l3());
  ip = {};
  ip.version_length = 0x45;
  ip.traffic_class = error_class;
  ip.total_length.set(error.l3_length);
  ip.identification.set(std::uint16_t(next_random(worker)));
  ip.ttl = error_ttl;
  ip.protocol = wire::protocol_icmp;
  ip.source = wire::to_wire_v4(ends.source);
  ip.destination = wire::to_wire_v4(ends.destination);
  ip.checksum = wire::ipv4_checksum(error.l3(), wire::ipv4_length);
  IcmpHeader& header = wire::at<IcmpHeader>(error.l4());
  header = icmp;
  header.checksum = wire::Sum().add(error.l4(), error.l3_length - wire::ipv4_length).checksum();
}

void write_v6(Packet& error, const Ends& ends, const IcmpHeader& icmp) {
  const auto length = std::uint16_t(error.l3_length - wire::ipv6_length);
  Ipv6Header& ip = wire::at<Ipv6Header>(error.l3());
  ip.set_version_class_flow(error_class, 0);
  ip.payload_length.set(length);
  ip.next_header = wire::protocol_icmpv6;
  ip.hop_limit = error_ttl;
  wire::write_address(ip.source, ends.source);
  wire::write_address(ip.destination, ends.destination);
  IcmpHeader& header = wire::at<IcmpHeader>(error.l4());
  header = icmp;
  header.checksum = wire::Sum()
                        .add_pseudo_header(ends.source, ends.destination, wire::protocol_icmpv6, length)
                        .add(error.l4(), length)
                        .checksum();
}

IcmpHeader icmp_header(const Packet& about, IcmpError error) {
  const Numbers numbers = about.family == 4 ? numbers_v4(error.problem) : numbers_v6(error.problem);
  IcmpHeader header{numbers.type, numbers.code, {}, {}, {}};
  if (error.problem == IcmpProblem::too_big) header.set_value(error.mtu);
  if (about.family == 6 && error.problem == IcmpProblem::protocol_unreachable)
    header.set_value(next_header_pointer(about));
  return header;
}

}  // namespace

bool send_icmp_error(Worker& worker, const Packet& about, IcmpError error) {
  if (about.family == 0) return false;
  const Ends ends = ends_of(about);
  if (!is_allowed(worker, about, ends, error.problem)) return false;
  const auto source = source_of_error(worker, about, ends);
  if (!source) return false;
  if (!worker.error_budget.take(worker.now, worker.tables->icmp.errors_per_second)) {
    worker.counters.drops[std::size_t(Drop::icmp_rate_limited)].add();
    return false;
  }
  Packet* packet = new_packet(worker);
  if (packet == nullptr) return false;
  const bool v4 = about.family == 4;
  const std::uint16_t headers = std::uint16_t((v4 ? wire::ipv4_length : wire::ipv6_length) + wire::icmp_length);
  const std::uint16_t most = std::min<std::uint16_t>(v4 ? v4_length_max : v6_length_max, packet->tailroom);
  const std::uint16_t quoted = std::min<std::uint16_t>(about.l3_length, std::uint16_t(most - headers));
  packet->family = about.family;
  packet->port = about.port;
  packet->interface = about.interface;
  packet->traffic_class = error_class;
  packet->hash = about.hash;
  packet->l3_length = std::uint16_t(headers + quoted);
  packet->l4_offset = std::uint16_t(packet->l3_offset + headers - wire::icmp_length);
  packet->payload_offset = std::uint16_t(packet->l3_offset + headers);
  packet->length = std::uint16_t(packet->l3_offset + packet->l3_length);
  packet->tailroom = std::uint16_t(packet->tailroom - packet->l3_length);
  packet->key = {*source, ends.source, 0, 0, std::uint8_t(v4 ? wire::protocol_icmp : wire::protocol_icmpv6)};
  std::memcpy(packet->data + packet->payload_offset, about.l3(), quoted);
  const IcmpHeader icmp = icmp_header(about, error);
  v4 ? write_v4(worker, *packet, {*source, ends.source}, icmp) : write_v6(*packet, {*source, ends.source}, icmp);
  worker.counters.icmp_errors_sent.add();
  return true;
}

}  // namespace poise::datapath
