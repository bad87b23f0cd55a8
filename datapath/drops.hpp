#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poise::datapath {

// Drop - why a packet went no further. One row of `drops` each: counter name, CLI text and docs line.
enum class Drop : std::uint8_t {
  malformed_ethernet,
  unknown_vlan,
  not_our_mac,
  no_address_family,
  malformed_ipv4,
  malformed_ipv6,
  malformed_l4,
  bad_ip_checksum,
  martian_source,
  ttl_exceeded,
  no_route,
  packet_too_big,
  no_service_port,
  service_disabled,
  no_server_available,
  flow_table_full,
  embryonic_limit,
  no_flow,
  flow_conflict,
  no_snat_port,
  server_removed,
  server_failed,
  drained,
  fragment_table_full,
  fragment_timeout,
  fragment_unsupported,
  neighbor_queue_full,
  neighbor_unresolved,
  neighbor_table_full,
  transmit_full,
  hand_off_full,
  punt_full,
  no_buffer,
  no_headroom,
  icmp_error_unmatched,
  icmp_error_malformed,
  icmp_rate_limited,
  nat64_untranslatable,
  forwarding_off,
  multicast_unhandled,
  unsupported_protocol,
  arp_invalid,
  nd_invalid,
  vrrp_unknown_vrid,
  echo_disabled,
  address_not_held,
  count_
};
inline constexpr std::size_t drop_count = std::size_t(Drop::count_);

struct DropInfo {
  Drop reason;
  std::string_view counter;  // Prometheus label and CLI name
  std::string_view meaning;  // what happened and what to look at
};

inline constexpr std::array<DropInfo, drop_count> drops{{
    {Drop::malformed_ethernet, "malformed_ethernet", "the frame is shorter than its Ethernet or VLAN header"},
    {Drop::unknown_vlan, "unknown_vlan", "the VLAN tag is not configured on the interface it came in on"},
    {Drop::not_our_mac, "not_our_mac",
     "unicast to another station's MAC address (a promiscuous port or a flooding switch)"},
    {Drop::no_address_family, "no_address_family", "neither IPv4, IPv6 nor ARP, and the interface has no host path"},
    {Drop::malformed_ipv4, "malformed_ipv4", "IPv4 version, header length or total length does not fit the frame"},
    {Drop::malformed_ipv6, "malformed_ipv6", "IPv6 version, payload length or extension headers do not fit the frame"},
    {Drop::malformed_l4, "malformed_l4", "the TCP, UDP or ICMP header is cut short or its length is impossible"},
    {Drop::bad_ip_checksum, "bad_ip_checksum", "the IPv4 header checksum is wrong"},
    {Drop::martian_source, "martian_source",
     "the source address is loopback, multicast, unspecified or one of our own"},
    {Drop::ttl_exceeded, "ttl_exceeded", "TTL or hop limit ran out here; an ICMP error went back"},
    {Drop::no_route, "no_route", "no route to the destination; an ICMP error went back"},
    {Drop::packet_too_big, "packet_too_big",
     "larger than the outgoing MTU and may not be fragmented; an ICMP error went back"},
    {Drop::no_service_port, "no_service_port",
     "the address is a service's or a frontend's, but nothing listens on that protocol and port"},
    {Drop::service_disabled, "service_disabled", "the service is disabled in the configuration"},
    {Drop::no_server_available, "no_server_available",
     "every server of the pool is down, drained, at weight 0 or at its connection limit"},
    {Drop::flow_table_full, "flow_table_full", "no free flow entry and none that may be evicted; raise memory.flows"},
    {Drop::embryonic_limit, "embryonic_limit",
     "too many flows that are not yet established (a flood?); see memory.embryonic_percent"},
    {Drop::no_flow, "no_flow", "a TCP segment that belongs to no known flow and does not open one"},
    {Drop::flow_conflict, "flow_conflict",
     "mode nat: the client uses the same port to the same server through a service already"},
    {Drop::no_snat_port, "no_snat_port",
     "the snat pool has no free address and port towards that server; add addresses"},
    {Drop::server_removed, "server_removed", "the flow's server was removed and the service resets such flows"},
    {Drop::server_failed, "server_failed",
     "the flow's server fails its health checks and the service resets such flows"},
    {Drop::drained, "drained", "the drain deadline of the flow's server has passed"},
    {Drop::fragment_table_full, "fragment_table_full", "too many fragmented datagrams at once"},
    {Drop::fragment_timeout, "fragment_timeout", "the first fragment of the datagram did not come in time"},
    {Drop::fragment_unsupported, "fragment_unsupported",
     "a fragment that cannot be translated (overlapping header, or NAT64 without checksum)"},
    {Drop::neighbor_queue_full, "neighbor_queue_full", "too many packets wait for the next hop's MAC address"},
    {Drop::neighbor_unresolved, "neighbor_unresolved", "the next hop does not answer ARP or neighbor solicitation"},
    {Drop::neighbor_table_full, "neighbor_table_full", "too many neighbors"},
    {Drop::transmit_full, "transmit_full", "the transmit queue of the outgoing port is full"},
    {Drop::hand_off_full, "hand_off_full", "the ring to the worker that owns the flow is full"},
    {Drop::punt_full, "punt_full", "the ring to the control core is full"},
    {Drop::no_buffer, "no_buffer", "no packet buffer for an answer; raise memory.packet_buffers"},
    {Drop::no_headroom, "no_headroom", "no room before the packet for an encapsulation header"},
    {Drop::icmp_error_unmatched, "icmp_error_unmatched", "an ICMP error about a flow that is not known"},
    {Drop::icmp_error_malformed, "icmp_error_malformed",
     "an ICMP error whose embedded packet is cut short or impossible"},
    {Drop::icmp_rate_limited, "icmp_rate_limited",
     "an ICMP error or TCP reset was not sent because of icmp.errors_per_second"},
    {Drop::nat64_untranslatable, "nat64_untranslatable",
     "a packet or ICMP message that has no counterpart in the other family"},
    {Drop::forwarding_off, "forwarding_off", "not for a service, and forwarding is false"},
    {Drop::multicast_unhandled, "multicast_unhandled", "multicast or broadcast that nothing here listens to"},
    {Drop::unsupported_protocol, "unsupported_protocol", "a protocol that the service's mode cannot carry"},
    {Drop::arp_invalid, "arp_invalid", "an ARP packet that is malformed or contradicts itself"},
    {Drop::nd_invalid, "nd_invalid", "a neighbor discovery message that fails the checks of RFC 4861"},
    {Drop::vrrp_unknown_vrid, "vrrp_unknown_vrid",
     "an advertisement of a virtual router that is not ours on this link"},
    {Drop::echo_disabled, "echo_disabled", "an echo request while icmp.echo is false"},
    {Drop::address_not_held, "address_not_held",
     "a segment of a proxy from an address that this node has not, or not any more"},
}};

consteval bool drops_are_in_order() {
  for (std::size_t i = 0; i < drop_count; ++i)
    if (drops[i].reason != Drop(i)) return false;
  return true;
}
static_assert(drops_are_in_order());

}  // namespace poise::datapath
