#include "control/neighbor_frames.hpp"

#include <algorithm>

#include "datapath/holds.hpp"
#include "datapath/tables.hpp"
#include "datapath/wire/arp.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/nd.hpp"

namespace poise::control {
namespace {

namespace wire = datapath::wire;

// A frame with its Ethernet header written and `payload` zero bytes behind it, which start at the returned offset.
std::size_t begin_frame(FrameBytes& frame, const Link& link, const MacAddr& destination, std::uint16_t type) {
  const std::size_t start = wire::ethernet_length + (link.vlan != 0 ? wire::vlan_tag_length : 0);
  frame.insert(frame.begin(), start, 0);
  wire::EthernetHeader& ethernet = wire::at<wire::EthernetHeader>(frame.data());
  ethernet.destination = destination;
  ethernet.source = link.mac;
  ethernet.type.set(type);
  if (link.vlan != 0)
    wire::at<wire::VlanTag>(frame.data() + 12) = {wire::Be16::from(wire::ethertype_vlan), wire::Be16::from(link.vlan),
                                                  wire::Be16::from(type)};
  return start;
}

FrameBytes make_arp(const Link& link, const MacAddr& destination, const IpAddr& sender, const IpAddr& target) {
  FrameBytes frame(sizeof(wire::ArpPacket));
  const std::size_t start = begin_frame(frame, link, destination, wire::ethertype_arp);
  wire::ArpPacket& arp = wire::at<wire::ArpPacket>(frame.data() + start);
  arp.hardware_type.set(wire::arp_hardware_ethernet);
  arp.protocol_type.set(wire::ethertype_ipv4);
  arp.hardware_length = 6;
  arp.protocol_length = 4;
  arp.operation.set(wire::arp_request);
  arp.sender_mac = link.mac;
  arp.sender_ip = wire::to_wire_v4(sender);
  arp.target_ip = wire::to_wire_v4(target);
  return frame;
}

struct NeighborPacket {
  IpAddr source, destination, target;
  std::uint8_t type, option;
  std::uint32_t flags = 0;
};

FrameBytes make_nd(const Link& link, const MacAddr& to, const NeighborPacket& packet) {
  // A sender without an address may not say where it is (RFC 4861 4.3).
  const bool with_option = !packet.source.is_unspecified();
  const auto length = std::uint16_t(sizeof(wire::NeighborMessage) + (with_option ? sizeof(wire::LinkLayerOption) : 0));
  FrameBytes frame(sizeof(wire::Ipv6Header) + length);
  const std::size_t start = begin_frame(frame, link, to, wire::ethertype_ipv6);
  wire::Ipv6Header& ip = wire::at<wire::Ipv6Header>(frame.data() + start);
  ip.set_version_class_flow(0, 0);
  ip.payload_length.set(length);
  ip.next_header = wire::protocol_icmpv6;
  ip.hop_limit = wire::nd_hop_limit;
  wire::write_address(ip.source, packet.source);
  wire::write_address(ip.destination, packet.destination);
  std::uint8_t* bytes = frame.data() + start + sizeof(wire::Ipv6Header);
  wire::NeighborMessage& message = wire::at<wire::NeighborMessage>(bytes);
  message.type = packet.type;
  message.flags.set(packet.flags);
  wire::write_address(message.target, packet.target);
  if (with_option)
    wire::at<wire::LinkLayerOption>(bytes + sizeof(wire::NeighborMessage)) = {packet.option, 1, link.mac};
  message.checksum = wire::Sum()
                         .add_pseudo_header(packet.source, packet.destination, wire::protocol_icmpv6, length)
                         .add(bytes, length)
                         .checksum();
  return frame;
}

void add_if_here(Link& link, const datapath::Tables& tables, InterfaceIndex interface, const IpAddr& address) {
  const datapath::LocalAddress* local = tables.local.find(address);
  if (local == nullptr || local->interface != interface || local->hold != datapath::Holds::none) return;
  if (std::find(link.ours.begin(), link.ours.end(), address) == link.ours.end()) link.ours.push_back(address);
}

}  // namespace

bool Link::is_on_link(const IpAddr& address) const {
  if (address.is_multicast() || address.is_unspecified() || address.is_loopback()) return false;
  if (address.is_v6() && address.is_link_local()) return true;
  return std::any_of(subnets.begin(), subnets.end(), [&](const IpPrefix& subnet) { return subnet.contains(address); });
}

bool Link::is_ours(const IpAddr& address) const {
  if (address == link_local) return !address.is_unspecified();
  return std::find(ours.begin(), ours.end(), address) != ours.end();
}

IpAddr Link::source_for(const IpAddr& neighbor) const {
  if (neighbor.is_v6() && neighbor.is_link_local()) return link_local;
  IpAddr fallback = neighbor.is_v6() ? link_local : IpAddr::v4(0);
  for (const IpPrefix& subnet : subnets) {
    if (subnet.contains(neighbor)) return subnet.address;
    if (subnet.address.is_v4() == neighbor.is_v4() && fallback.is_unspecified()) fallback = subnet.address;
  }
  return fallback;
}

std::vector<Link> links_of(const datapath::Tables& tables) {
  std::vector<Link> links;
  links.reserve(tables.interfaces.size());
  for (std::size_t i = 0; i < tables.interfaces.size(); ++i) {
    const datapath::Interface& interface = tables.interfaces[i];
    const InterfaceIndex index{std::uint16_t(i)};
    Link link{
        interface.name,   interface.port, interface.vlan, interface.mac, interface.addresses, interface.link_local, {},
        tables.forwarding};
    for (const IpPrefix& prefix : interface.addresses) add_if_here(link, tables, index, prefix.address);
    for (const datapath::Service& service : tables.services)
      if (service.enabled) add_if_here(link, tables, index, service.address);
    for (const datapath::SnatPool& pool : tables.snat_pools) {
      for (const IpAddr& address : pool.v4) add_if_here(link, tables, index, address);
      for (const IpAddr& address : pool.v6) add_if_here(link, tables, index, address);
    }
    links.push_back(std::move(link));
  }
  return links;
}

FrameBytes make_question(const Link& link, const IpAddr& address, const MacAddr* mac) {
  const IpAddr source = link.source_for(address);
  if (address.is_v4()) return make_arp(link, mac != nullptr ? *mac : broadcast_mac, source, address);
  const IpAddr group = wire::solicited_node(address);
  return make_nd(link, mac != nullptr ? *mac : wire::multicast_mac(group),
                 {source, mac != nullptr ? address : group, address, wire::nd_neighbor_solicitation,
                  wire::LinkLayerOption::source});
}

FrameBytes make_announcement(const Link& link, const IpAddr& address) {
  if (address.is_v4()) return make_arp(link, broadcast_mac, address, address);
  const std::uint32_t flags = (link.router ? wire::NeighborMessage::router : 0u) | wire::NeighborMessage::override_old;
  return make_nd(
      link, wire::multicast_mac(wire::all_nodes()),
      {address, wire::all_nodes(), address, wire::nd_neighbor_advertisement, wire::LinkLayerOption::target, flags});
}

}  // namespace poise::control
