#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: interfaces, routes, source NAT of forwarded traffic, ICMP, neighbours.
namespace poise::config {

inline constexpr std::uint64_t mtu_min = 576, mtu_max = 9216;  // RFC 791; what a packet buffer holds

template <>
inline constexpr auto fields<Vlan> =
    std::array{field<&Vlan::id>("id", {.min = 1, .max = 4094, .required = true}, "VLAN number (IEEE 802.1Q)"),
               field<&Vlan::addresses>("addresses", {.count_max = limits::addresses_per_interface},
                                       "addresses of this node in the VLAN, with prefix length"),
               field<&Vlan::mtu>("mtu", {.min = mtu_min, .max = mtu_max}, "largest IP packet; unset: the interface's")};

template <>
inline constexpr auto fields<Bond> =
    std::array{field<&Bond::mode>("mode", {}, "how the members share the traffic"),
               field<&Bond::devices>("devices", {.format = Format::device, .count_max = 8, .required = true},
                                     "DPDK device strings of the members")};

template <>
inline constexpr auto fields<Interface> = std::array{
    field<&Interface::device>(
        "device", {.format = Format::device, .needs_restart = true},
        "PCI address (\"0000:03:00.0\") or DPDK device string (\"net_tap0,iface=dt0\"); unset for a bond"),
    field<&Interface::bond>("bond", {.needs_restart = true}, "several devices as one, instead of `device`"),
    field<&Interface::mac>("mac", {.needs_restart = true}, "MAC address; unset: the device's own"),
    field<&Interface::mtu>("mtu", {.min = mtu_min, .max = mtu_max, .needs_restart = true}, "largest IP packet"),
    field<&Interface::addresses>(
        "addresses", {.count_max = limits::addresses_per_interface},
        "addresses of this node, with prefix length (\"192.0.2.1/24\"): the subnet is reached through here"),
    field<&Interface::vlans>("vlans", {.count_max = 4094},
                             "tagged VLANs, by a name that is unique among all interfaces (\"lan.100\")"),
    field<&Interface::rss>("rss", {.needs_restart = true}, "how packets are spread over the workers"),
    field<&Interface::promiscuous>("promiscuous", {.needs_restart = true}, "take frames for any MAC address"),
    field<&Interface::host_path>("host_path", {.needs_restart = true},
                                 "a kernel interface \"poise-<name>\" gets the frames that are nobody's: ssh, routing "
                                 "daemons and tools work on the same NIC")};

template <>
inline constexpr auto fields<NextHop> = std::array{
    field<&NextHop::gateway>("gateway", {},
                             "the router's address; unset: the destination is on the link of `interface`"),
    field<&NextHop::interface>("interface", {.format = Format::name},
                               "interface or VLAN; unset: the one on whose subnet the gateway is"),
    field<&NextHop::weight>("weight", {.min = 1, .max = 255}, "share of the flows among the next hops of the route")};

template <>
inline constexpr auto fields<Route> =
    std::array{field<&Route::prefix>("prefix", {.required = true},
                                     "destination (\"0.0.0.0/0\" and \"::/0\" are the default routes)"),
               field<&Route::via>("via", {.count_max = limits::next_hops_per_route, .required = true},
                                  "next hops; several share the flows by hash (equal-cost multipath)")};

template <>
inline constexpr auto fields<SnatPool> =
    std::array{field<&SnatPool::addresses>(
                   "addresses", {.count_max = limits::snat_addresses, .required = true},
                   "source addresses; this node answers for those in its subnets, others must be routed to it"),
               field<&SnatPool::port_first>("port_first", {.min = 1, .max = 65535}, "first source port"),
               field<&SnatPool::port_last>("port_last", {.min = 1, .max = 65535}, "last source port")};

template <>
inline constexpr auto fields<SnatRule> =
    std::array{field<&SnatRule::source>("source", {.required = true}, "the clients whose source address is rewritten"),
               field<&SnatRule::interface>("interface", {.format = Format::name, .required = true},
                                           "interface or VLAN through which the traffic leaves"),
               field<&SnatRule::snat_pool>("snat_pool", {.format = Format::name, .required = true},
                                           "where the new source address comes from")};

template <>
inline constexpr auto fields<Icmp> =
    std::array{field<&Icmp::errors_per_second>("errors_per_second", {.max = 1'000'000},
                                               "ICMP errors and TCP resets that one worker sends at most"),
               field<&Icmp::echo>("echo", {}, "answer echo requests to our addresses and services")};

template <>
inline constexpr auto fields<NeighborSettings> =
    std::array{field<&NeighborSettings::reachable_ms>("reachable_ms", {.min = 1000, .max = 86'400'000},
                                                      "a neighbour that was confirmed so long ago is probed again"),
               field<&NeighborSettings::retry_ms>("retry_ms", {.min = 100, .max = 60'000}, "time between two probes"),
               field<&NeighborSettings::tries>("tries", {.min = 1, .max = 20},
                                               "probes without an answer until the neighbour counts as unreachable")};

}  // namespace poise::config
