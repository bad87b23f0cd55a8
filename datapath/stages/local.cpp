#include <cstring>

#include "datapath/neighbor_message.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/wire/arp.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/group.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/nd.hpp"

namespace poise::datapath {
namespace {

using wire::ArpPacket;
using wire::Ipv4Header;
using wire::Ipv6Header;
using wire::NeighborMessage;

constexpr std::uint8_t answer_ttl = 64;

bool refuse(Worker& worker, Batch& batch, Packet& packet, Drop reason) {
  drop(worker, batch, packet, reason);
  return false;
}

// For nobody in particular: the host may listen, the appliance does not.
bool give_to_host(Worker& worker, Batch& batch, Packet& packet, Drop otherwise) {
  if (!worker.tables->interfaces[packet.interface.value].host_path) return refuse(worker, batch, packet, otherwise);
  if (punt(worker, Punt::host, packet)) worker.counters.host_path_frames.add();
  batch.free_later(packet);
  return false;
}

bool give_to_control(Worker& worker, Batch& batch, Packet& packet, Punt::Kind kind) {
  punt(worker, kind, packet);
  batch.free_later(packet);
  return false;
}

// An address that is answered for on the interface the packet came in on.
bool is_ours(const Worker& worker, const Packet& packet, const IpAddr& address) {
  const LocalAddress* local = worker.tables->local.find(address);
  if (local != nullptr)
    return (local->interface.value == 0xffff || local->interface == packet.interface) &&
           worker.holds.answers(local->hold, worker.now);
  return address == worker.tables->interfaces[packet.interface.value].link_local && !address.is_unspecified();
}

// The MAC address that an address of ours is answered with: a virtual router's, or the interface's.
MacAddr mac_of(const Worker& worker, const Packet& packet, const IpAddr& ours) {
  const LocalAddress* local = worker.tables->local.find(ours);
  if (local != nullptr && local->hold != Holds::none) return worker.tables->virtual_routers[local->hold.value].mac;
  return worker.tables->interfaces[packet.interface.value].mac;
}

// The frame goes back where it came from, or to `to`, from the address that it was for.
void turn_round(Packet& packet, const MacAddr& to, const MacAddr& from) {
  wire::EthernetHeader& ethernet = wire::at<wire::EthernetHeader>(packet.data);
  ethernet.destination = to;
  ethernet.source = from;
  packet.out_interface = packet.interface;
  packet.set(flag_generated);
}
MacAddr sender_of(const Packet& packet) { return wire::at<wire::EthernetHeader>(packet.data).source; }

// ARP (RFC 826). What tells control something about a neighbor, or of another station with an address of ours, is
// punted (RFC 5227).
bool handle_arp(Worker& worker, Batch& batch, Packet& packet) {
  if (packet.length < packet.l3_offset + sizeof(ArpPacket)) return refuse(worker, batch, packet, Drop::arp_invalid);
  ArpPacket& arp = wire::at<ArpPacket>(packet.l3());
  if (!arp.is_valid()) return refuse(worker, batch, packet, Drop::arp_invalid);
  const MacAddr our_mac = mac_of(worker, packet, wire::to_address(arp.target_ip));
  const bool own_echo = arp.sender_mac == our_mac;
  const bool for_us = is_ours(worker, packet, wire::to_address(arp.target_ip));
  const bool conflict = is_ours(worker, packet, wire::to_address(arp.sender_ip));
  const bool announcement = arp.sender_ip == arp.target_ip;
  if (own_echo || !(for_us || conflict || announcement))
    return refuse(worker, batch, packet, Drop::multicast_unhandled);
  if (!for_us || conflict || arp.operation.host() == wire::arp_reply)
    return give_to_control(worker, batch, packet, Punt::arp);
  punt(worker, Punt::arp, packet);
  arp.operation.set(wire::arp_reply);
  const wire::Be32 our_ip = arp.target_ip;
  arp.target_ip = arp.sender_ip;
  arp.target_mac = arp.sender_mac;
  arp.sender_ip = our_ip;
  arp.sender_mac = our_mac;
  turn_round(packet, arp.target_mac, our_mac);
  packet.length = std::uint16_t(packet.l3_offset + sizeof(ArpPacket));
  worker.counters.arp_replies.add();
  return true;
}

std::uint16_t l4_length(const Packet& packet) {
  return std::uint16_t(packet.l3_offset + packet.l3_length - packet.l4_offset);
}

// The solicitation becomes an advertisement (RFC 4861 7.2.4): to all nodes if the asker has no address yet.
bool advertise(Worker& worker, Batch& batch, Packet& packet) {
  constexpr std::uint16_t length = sizeof(NeighborMessage) + sizeof(wire::LinkLayerOption);
  const auto whole = std::uint16_t(packet.l3_offset + wire::ipv6_length + length);
  if (whole > packet.length + packet.tailroom) return refuse(worker, batch, packet, Drop::no_buffer);
  Ipv6Header& ip = wire::at<Ipv6Header>(packet.l3());
  NeighborMessage& message = wire::at<NeighborMessage>(packet.l4());
  const IpAddr asker = wire::to_address(ip.source);
  const MacAddr our_mac = mac_of(worker, packet, wire::to_address(message.target));
  const bool to_all = asker.is_unspecified();
  const MacAddr to = to_all ? wire::multicast_mac(wire::all_nodes()) : sender_of(packet);
  wire::write_address(ip.destination, to_all ? wire::all_nodes() : asker);
  std::memcpy(ip.source, message.target, 16);
  ip.payload_length.set(length);
  message.type = wire::nd_neighbor_advertisement;
  message.flags.set((worker.tables->forwarding ? NeighborMessage::router : 0u) |
                    (to_all ? 0u : NeighborMessage::solicited) | NeighborMessage::override_old);
  wire::LinkLayerOption& option = wire::at<wire::LinkLayerOption>(packet.l4() + sizeof(NeighborMessage));
  option = {wire::LinkLayerOption::target, 1, our_mac};
  message.checksum = {};
  message.checksum =
      wire::Sum().add(ip.source, 32).add16(wire::protocol_icmpv6).add16(length).add(packet.l4(), length).checksum();
  packet.tailroom = std::uint16_t(packet.tailroom + packet.length - whole);
  packet.length = whole;
  packet.l3_length = std::uint16_t(wire::ipv6_length + length);
  turn_round(packet, to, our_mac);
  worker.counters.neighbor_advertisements.add();
  return true;
}

bool handle_nd(Worker& worker, Batch& batch, Packet& packet) {
  const std::uint8_t type = packet.l4()[0];
  const bool neighbor_message = type == wire::nd_neighbor_solicitation || type == wire::nd_neighbor_advertisement;
  if (!neighbor_message)
    return give_to_host(worker, batch, packet, Drop::multicast_unhandled);  // routers and redirects
  const auto message = read_neighbor_message({packet.l3(), packet.l3_length});
  if (!message) return refuse(worker, batch, packet, Drop::nd_invalid);
  const bool conflict = is_ours(worker, packet, message->source);
  if (message->advertisement || conflict) return give_to_control(worker, batch, packet, Punt::nd);
  if (!is_ours(worker, packet, message->target)) return refuse(worker, batch, packet, Drop::multicast_unhandled);
  punt(worker, Punt::nd, packet);
  return advertise(worker, batch, packet);
}

// Whatever options came are not sent back: they would have to be reversed or filled in (RFC 1122 3.2.2.6).
void answer_echo_v4(Packet& packet) {
  Ipv4Header& ip = wire::at<Ipv4Header>(packet.l3());
  wire::IcmpHeader& echo = wire::at<wire::IcmpHeader>(packet.l4());
  std::swap(ip.source, ip.destination);
  ip.ttl = answer_ttl;
  std::memset(packet.l3() + wire::ipv4_length, 1, ip.header_length() - wire::ipv4_length);  // no operation
  ip.checksum = wire::ipv4_checksum(packet.l3(), ip.header_length());
  echo.type = wire::icmp_echo_reply;
  echo.checksum =
      wire::Sum().replace16(wire::icmp_echo_request << 8, wire::icmp_echo_reply << 8).applied_to(echo.checksum);
}

void answer_echo_v6(Packet& packet) {
  Ipv6Header& ip = wire::at<Ipv6Header>(packet.l3());
  std::swap(ip.source, ip.destination);
  ip.hop_limit = answer_ttl;
  const std::uint16_t length = l4_length(packet);
  std::memmove(packet.l3() + wire::ipv6_length, packet.l4(), length);  // extension headers go
  packet.l4_offset = std::uint16_t(packet.l3_offset + wire::ipv6_length);
  packet.l3_length = std::uint16_t(wire::ipv6_length + length);
  ip.next_header = wire::protocol_icmpv6;
  ip.payload_length.set(length);
  wire::IcmpHeader& echo = wire::at<wire::IcmpHeader>(packet.l4());
  echo.type = wire::icmpv6_echo_reply;
  echo.checksum =
      wire::Sum().replace16(wire::icmpv6_echo_request << 8, wire::icmpv6_echo_reply << 8).applied_to(echo.checksum);
}

bool answer_echo(Worker& worker, Batch& batch, Packet& packet) {
  if (!worker.tables->icmp.echo) return refuse(worker, batch, packet, Drop::echo_disabled);
  if (packet.key.source.is_unspecified() || worker.tables->local.find(packet.key.source) != nullptr)
    return refuse(worker, batch, packet, Drop::martian_source);
  const MacAddr our_mac = mac_of(worker, packet, packet.key.destination);
  packet.family == 4 ? answer_echo_v4(packet) : answer_echo_v6(packet);
  const auto whole = std::uint16_t(packet.l3_offset + packet.l3_length);
  packet.tailroom = std::uint16_t(packet.tailroom + packet.length - whole);
  packet.length = whole;
  turn_round(packet, sender_of(packet), our_mac);
  worker.counters.echo_replies.add();
  return true;
}

// Multicast, broadcast, and the reserved addresses above multicast.
bool is_for_many(const Packet& packet) {
  if (packet.has(flag_link_broadcast)) return true;
  return packet.family == 4 ? packet.key.destination.octets[12] >= 0xe0 : packet.key.destination.octets[0] == 0xff;
}

bool is_for_one_of_ours(const Worker& worker, const Packet& packet) {
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  if (local == nullptr) return is_ours(worker, packet, packet.key.destination);
  if (local->hold == Holds::none) return true;
  return worker.holds[local->hold].accepts(worker.now) && worker.tables->virtual_routers[local->hold.value].accept;
}

// VRRP (RFC 9568 5.1) is control's: to the group, or to an address of ours that is nobody else's.
bool is_vrrp(const Worker& worker, const Packet& packet) {
  constexpr std::uint8_t protocol_vrrp = 112, protocol_ah = 51;
  if (packet.key.protocol != protocol_vrrp && packet.key.protocol != protocol_ah) return false;
  if (worker.tables->virtual_routers.empty() || packet.has(flag_fragment)) return false;
  if (packet.key.protocol == protocol_ah && packet.l4()[0] != protocol_vrrp) return false;  // what is behind the header
  if (is_for_many(packet)) return true;
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  return local == nullptr ? is_ours(worker, packet, packet.key.destination)
                          : local->kind == LocalAddress::interface_address;
}

// Others' adverts would only fill the way to control: a flood of them does not keep ours from it.
bool is_of_our_routers(const Worker& worker, const Packet& packet) {
  constexpr std::uint16_t ah_length = 24, vrrp_length = 8, vrid_at = 1;
  const bool ah = packet.key.protocol != 112;
  const std::uint16_t message = std::uint16_t(packet.l4_offset + (ah ? ah_length : 0));
  if (message + vrrp_length > packet.length) return false;
  const std::vector<bool>& vrids = worker.tables->interfaces[packet.interface.value].vrids;
  return !vrids.empty() && vrids[std::size_t(packet.family == 6 ? 256 : 0) + packet.data[message + vrid_at]];
}

// Routers and switches ask who listens to which group (RFC 3376, RFC 3810).
bool is_group_query(const Packet& packet, bool icmpv6) {
  if (packet.has(flag_fragment) || packet.has(flag_icmp_error)) return false;
  const bool igmp = packet.family == 4 && packet.key.protocol == wire::protocol_igmp;
  return (igmp && packet.l4()[0] == wire::igmp_query) || (icmpv6 && packet.l4()[0] == wire::mld_query);
}

// BFD to an address of this node alone (RFC 5881).
bool is_bfd(const Worker& worker, const Packet& packet) {
  constexpr std::uint16_t bfd_port = 3784;
  if (!worker.tables->heartbeats || packet.key.protocol != wire::protocol_udp) return false;
  if (packet.key.destination_port != bfd_port || packet.has(flag_fragment)) return false;
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  return local == nullptr ? is_ours(worker, packet, packet.key.destination)
                          : local->kind == LocalAddress::interface_address;
}

// What a server that health checks probe answers to their ports and echo identifiers, and ICMP errors about those.
bool is_probe_answer(const Worker& worker, const Packet& packet) {
  const auto port = std::uint16_t(packet.key.destination_port - limits::probe_port_first);
  if (port >= limits::probe_ports || worker.tables->probed.size() == 0 || packet.has(flag_fragment)) return false;
  const std::uint8_t protocol = packet.key.protocol;
  if (protocol != wire::protocol_udp && protocol != wire::protocol_tcp && protocol != wire::protocol_icmp &&
      protocol != wire::protocol_icmpv6)
    return false;
  if (worker.tables->probed.find(packet.key.source) == nullptr) return false;
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  return local == nullptr ? is_ours(worker, packet, packet.key.destination)
                          : local->kind == LocalAddress::interface_address;
}

// False: the packet has left the batch.
bool handle(Worker& worker, Batch& batch, Packet& packet) {
  if (packet.family == 0) {
    const std::uint16_t type = wire::at<wire::Be16>(packet.l3() - 2).host();
    if (type == wire::ethertype_arp) return handle_arp(worker, batch, packet);
    return give_to_host(worker, batch, packet, Drop::no_address_family);
  }
  const bool has_l4 = !packet.has(flag_fragment) || packet.has(flag_first_fragment);
  const bool icmp = has_l4 && packet.family == 4 && packet.key.protocol == wire::protocol_icmp;
  const bool icmpv6 = has_l4 && packet.family == 6 && packet.key.protocol == wire::protocol_icmpv6;
  if (icmpv6 && !packet.has(flag_icmp_error) && wire::is_nd(packet.l4()[0])) return handle_nd(worker, batch, packet);
  if (is_vrrp(worker, packet)) {
    if (!is_of_our_routers(worker, packet)) return refuse(worker, batch, packet, Drop::vrrp_unknown_vrid);
    return give_to_control(worker, batch, packet, Punt::vrrp);
  }
  if (is_bfd(worker, packet)) return give_to_control(worker, batch, packet, Punt::bfd);
  if (is_probe_answer(worker, packet)) return give_to_control(worker, batch, packet, Punt::probe);
  if (is_for_many(packet)) {
    if (!is_group_query(packet, icmpv6)) return give_to_host(worker, batch, packet, Drop::multicast_unhandled);
    return give_to_control(worker, batch, packet, Punt::group_query);
  }
  const bool echo =
      (icmp && packet.l4()[0] == wire::icmp_echo_request) || (icmpv6 && packet.l4()[0] == wire::icmpv6_echo_request);
  if (echo && !packet.has(flag_icmp_error) && !packet.has(flag_fragment) && is_for_one_of_ours(worker, packet))
    return answer_echo(worker, batch, packet);
  return true;
}

}  // namespace

void local(Worker& worker, Batch& batch) {
  batch.keep_if([&](Packet& packet) { return handle(worker, batch, packet); });
}

}  // namespace poise::datapath
