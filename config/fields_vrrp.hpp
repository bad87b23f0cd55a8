#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: VRRP.
namespace poise::config {

template <>
inline constexpr auto fields<VrrpInstance> = std::array{
    field<&VrrpInstance::interface>("interface", {.format = Format::name, .required = true},
                                    "interface or VLAN on which the addresses are held"),
    field<&VrrpInstance::virtual_router_id>("virtual_router_id", {.min = 1, .max = 255, .required = true},
                                            "the same number on every node of the group"),
    field<&VrrpInstance::version>("version", {.min = 2, .max = 3},
                                  "3: RFC 9568 (IPv4 and IPv6); 2: RFC 3768, as keepalived by default"),
    field<&VrrpInstance::priority>("priority", {.min = 1, .max = 255},
                                   "the highest becomes master; 255: the addresses are this node's own"),
    field<&VrrpInstance::advert_interval_ms>("advert_interval_ms", {.min = 10, .max = 255'000},
                                             "time between two advertisements; version 2: whole seconds"),
    field<&VrrpInstance::addresses>("addresses", {.count_max = 255, .required = true},
                                    "the virtual addresses, of one family; IPv6: a link-local one first"),
    field<&VrrpInstance::virtual_mac>(
        "virtual_mac", {},
        "answer with the virtual MAC address 00-00-5E-00-01-<id> (IPv6: 02); false: with the interface's own"),
    field<&VrrpInstance::accept>("accept", {},
                                 "a master that is not the owner answers pings to the addresses and gives their host "
                                 "traffic to the host path; services are served in any case"),
    field<&VrrpInstance::preempt>("preempt", {}, "take over from a master of lower priority"),
    field<&VrrpInstance::preempt_delay_ms>("preempt_delay_ms", {.max = 1'000'000},
                                           "but only so long after it was heard first"),
    field<&VrrpInstance::start_delay_ms>("start_delay_ms", {.max = 1'000'000},
                                         "after the start only listen for so long"),
    field<&VrrpInstance::source>("source", {},
                                 "source address of advertisements; unset: the interface's first of the family, IPv6: "
                                 "its link-local one"),
    field<&VrrpInstance::unicast_peers>("unicast_peers", {.count_max = 64},
                                        "send to these addresses instead of the group, and hear only them"),
    field<&VrrpInstance::unicast_ttl>("unicast_ttl", {.min = 1, .max = 255}, "TTL of what is sent to unicast peers"),
    field<&VrrpInstance::unicast_ttl_min>("unicast_ttl_min", {.max = 255}, "least TTL taken from unicast peers"),
    field<&VrrpInstance::unicast_ttl_max>("unicast_ttl_max", {.max = 255}, "greatest TTL taken from unicast peers"),
    field<&VrrpInstance::authentication>("authentication", {}, "version 2"),
    field<&VrrpInstance::password>(
        "password", {}, "for authentication \"password\": 1 to 8 characters, sent in clear as RFC 2338 says"),
    field<&VrrpInstance::checksum>("checksum", {}, "how version 3 over IPv4 is summed; both forms are taken"),
    field<&VrrpInstance::check_addresses>(
        "check_addresses", {},
        "discard advertisements with other addresses than ours; unset: with version 2; else they are only counted"),
    field<&VrrpInstance::down_timer_adverts>("down_timer_adverts", {.min = 1, .max = 100},
                                             "advertisements missed until the master counts as gone (RFC: 3)"),
    field<&VrrpInstance::learned_interval_max_ms>(
        "learned_interval_max_ms", {.min = 10, .max = 40'950},
        "version 3: the longest interval that a master may teach us; a longer one is taken as this"),
    field<&VrrpInstance::announce_after_ms>("announce_after_ms", {.max = 60'000, .count_max = 16},
                                            "gratuitous ARP or neighbour advertisements so long after a take-over"),
    field<&VrrpInstance::announce_refresh_ms>("announce_refresh_ms", {.max = 86'400'000},
                                              "and again as often; 0: never")};

template <>
inline constexpr auto fields<VrrpGroup> = std::array{field<&VrrpGroup::members>(
    "members", {.format = Format::name, .count_max = limits::virtual_routers, .required = true},
    "instances that are master together or not at all")};

template <>
inline constexpr auto fields<VrrpHeartbeat> = std::array{
    field<&VrrpHeartbeat::interface>("interface", {.format = Format::name, .required = true},
                                     "interface or VLAN on whose link the peer is"),
    field<&VrrpHeartbeat::peer>("peer", {.required = true}, "the peer's address, the source of its advertisements"),
    field<&VrrpHeartbeat::source>("source", {},
                                  "our address; unset: the interface's first of the family, IPv6: its link-local one"),
    field<&VrrpHeartbeat::interval_ms>("interval_ms", {.min = 1, .max = 10'000},
                                       "time between two packets (BFD, RFC 5880); the slower of both ends counts"),
    field<&VrrpHeartbeat::multiplier>("multiplier", {.min = 1, .max = 255},
                                      "so many missed in a row: the peer is gone, and a backup takes over at once")};

template <>
inline constexpr auto fields<Vrrp> =
    std::array{field<&Vrrp::instances>("instances", {.count_max = limits::virtual_routers}, "virtual routers, by name"),
               field<&Vrrp::groups>("groups", {.count_max = limits::virtual_routers}, "sync groups, by name"),
               field<&Vrrp::heartbeats>("heartbeats", {.count_max = 1024},
                                        "peers that are watched more closely than by their advertisements")};

}  // namespace poise::config
