#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: VRRP.
namespace poise::config {

template <>
inline constexpr auto fields<VrrpHmacKey> =
    std::array{field<&VrrpHmacKey::key>("key", {.format = Format::hmac_key, .required = true, .secret = true},
                                        "32 to 64 random bytes in hex, the same on every node")};

template <>
inline constexpr auto fields<VrrpHmac> = std::array{
    field<&VrrpHmac::keys>("keys", {.count_max = 255, .required = true},
                           "by id, \"1\" to \"255\"; any of them is taken, so keys can be changed node by node"),
    field<&VrrpHmac::active_key>("active_key", {.min = 1, .max = 255}, "id of the key that signs"),
    field<&VrrpHmac::mode>("mode", {}, "how strict"),
    field<&VrrpHmac::replay_check>("replay_check", {}, "what keeps old advertisements from being sent again"),
    field<&VrrpHmac::window_ms>("window_ms", {.min = 1000, .max = 300'000},
                                "how old one may be; unset: three intervals, at least 5 s")};

template <>
inline constexpr auto fields<VrrpTracker> = std::array{
    field<&VrrpTracker::interface>("interface", {.format = Format::name}, "link of this interface or VLAN"),
    field<&VrrpTracker::script>("script", {.format = Format::name}, "one of vrrp.scripts"),
    field<&VrrpTracker::file>("file", {.format = Format::name}, "one of vrrp.files"),
    field<&VrrpTracker::pool>("pool", {.format = Format::name}, "a pool: up while a server of it can take flows"),
    field<&VrrpTracker::workers>("workers", {}, "the workers: up while all of them make progress"),
    field<&VrrpTracker::weight>("weight", {.min = std::uint64_t(std::int64_t{-253}), .max = 253},
                                "above 0: added to the priority while it is up; below: while it is down; 0: the "
                                "instance is at fault while it is down. A file: times the number in it"),
    field<&VrrpTracker::reverse>("reverse", {}, "up counts as down, and down as up")};

template <>
inline constexpr auto fields<VrrpNotify> = std::array{
    field<&VrrpNotify::any>("any", {.count_max = 32},
                            "program run at every change of state, after the one for that state; its last arguments "
                            "are INSTANCE or GROUP, the name, the state, the priority"),
    field<&VrrpNotify::master>("master", {.count_max = 32}, "program and arguments, run when it becomes master"),
    field<&VrrpNotify::backup>("backup", {.count_max = 32}, "when it becomes backup"),
    field<&VrrpNotify::fault>("fault", {.count_max = 32}, "when it is at fault"),
    field<&VrrpNotify::stop>("stop", {.count_max = 32}, "when it ends"),
    field<&VrrpNotify::mail>("mail", {}, "a mail to mail.to at every change of state")};

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
    field<&VrrpInstance::password>("password", {.secret = true},
                                   "1 to 8 characters; \"password\" sends them in clear as RFC 2338 says"),
    field<&VrrpInstance::hmac>("hmac", {},
                               "sign advertisements with HMAC-SHA-256 (keepalived's auth_hmac), any version"),
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
                                              "and again as often; 0: never"),
    field<&VrrpInstance::track>("track", {.count_max = 64}, "what changes the priority, or is a fault"),
    field<&VrrpInstance::notify>("notify", {}, "who is told of changes"),
    field<&VrrpInstance::other_priorities>("other_priorities", {.min = 1, .max = 255, .count_max = 16},
                                           "priorities of the other nodes: equal ones, and weights that are too small "
                                           "to change the master, are then refused")};

template <>
inline constexpr auto fields<VrrpGroup> =
    std::array{field<&VrrpGroup::members>(
                   "members", {.format = Format::name, .count_max = limits::virtual_routers, .required = true},
                   "instances that are master together or not at all"),
               field<&VrrpGroup::track>("track", {.count_max = 64}, "of every member"),
               field<&VrrpGroup::notify>("notify", {}, "who is told of changes")};

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
                                      "so many missed in a row: the peer is gone, and a backup takes over at once"),
    field<&VrrpHeartbeat::advert_sources>(
        "advert_sources", {.count_max = 64},
        "the same node's addresses on other links: while it lives here and is not heard there, both may be master, and "
        "that is reported as a split brain")};

template <>
inline constexpr auto fields<VrrpScript> = std::array{
    field<&VrrpScript::command>("command", {.count_max = 32, .required = true},
                                "program, by its absolute path, and its arguments; no shell. Exit code 0: up"),
    field<&VrrpScript::user>("user", {.format = Format::name}, "runs as; unset: vrrp.script_user"),
    field<&VrrpScript::interval_ms>("interval_ms", {.min = 100, .max = 86'400'000}, "from one run to the next"),
    field<&VrrpScript::timeout_ms>("timeout_ms", {.min = 100, .max = 86'400'000},
                                   "a run is killed, and has failed, after so long; unset: the interval"),
    field<&VrrpScript::rise>("rise", {.min = 1, .max = 255}, "so many successes in a row: up"),
    field<&VrrpScript::fall>("fall", {.min = 1, .max = 255}, "so many failures in a row: down")};

template <>
inline constexpr auto fields<VrrpFile> = std::array{field<&VrrpFile::path>(
    "path", {.format = Format::file, .required = true},
    "a file with a whole number, read twice a second; 0 is up, any other down; not there or not readable: 0")};

template <>
inline constexpr auto fields<Vrrp> =
    std::array{field<&Vrrp::instances>("instances", {.count_max = limits::virtual_routers}, "virtual routers, by name"),
               field<&Vrrp::groups>("groups", {.count_max = limits::virtual_routers}, "sync groups, by name"),
               field<&Vrrp::heartbeats>("heartbeats", {.count_max = 1024},
                                        "peers that are watched more closely than by their advertisements"),
               field<&Vrrp::scripts>("scripts", {.count_max = 1024}, "programs that look whether something is well"),
               field<&Vrrp::files>("files", {.count_max = 1024}, "files that say so"),
               field<&Vrrp::script_user>("script_user", {.format = Format::name},
                                         "user that scripts and notify commands run as when poised is root"),
               field<&Vrrp::notify_timeout_ms>("notify_timeout_ms", {.min = 100, .max = 3'600'000},
                                               "a notify command is killed after so long")};

template <>
inline constexpr auto fields<Mail> =
    std::array{field<&Mail::server>("server", {.required = true}, "SMTP server, by name or address"),
               field<&Mail::port>("port", {.min = 1, .max = 65535}, "its port"),
               field<&Mail::security>("security", {}, "how the connection is protected"),
               field<&Mail::user>("user", {}, "to authenticate as"),
               field<&Mail::password>("password", {.secret = true}, "with this"),
               field<&Mail::hello>("hello", {}, "name in the greeting; unset: the machine's"),
               field<&Mail::from>("from", {.required = true}, "sender"),
               field<&Mail::to>("to", {.count_max = 64, .required = true}, "receivers"),
               field<&Mail::timeout_ms>("timeout_ms", {.min = 1000, .max = 600'000},
                                        "one attempt may take so long; a failed one is repeated twice")};

}  // namespace poise::config
