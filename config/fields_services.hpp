#pragma once
#include "config/fields_checks.hpp"
#include "config/types/limits.hpp"

// Field tables: services, pools, servers.
namespace poise::config {

inline constexpr std::uint64_t week_ms = 604'800'000;  // the longest time that a flow or a client may be remembered

template <>
inline constexpr auto fields<Server> =
    std::array{field<&Server::address>("address", {.required = true}, "address of the server"),
               field<&Server::port>("port", {.min = 1, .max = 65535},
                                    "port of the server; unset: the port that the client asked for"),
               field<&Server::weight>("weight", {.max = 65535}, "share of the flows; 0: no new ones"),
               field<&Server::state>("state", {}, "what the operator wants; health checks come on top"),
               field<&Server::connections_max>("connections_max", {.max = UINT32_MAX},
                                               "takes no new flow while it has so many; 0: no limit"),
               field<&Server::drain_deadline_ms>(
                   "drain_deadline_ms", {.max = week_ms},
                   "with state \"drain\": flows left after so long are reset; unset: they may end by themselves"),
               field<&Server::slow_start_ms>(
                   "slow_start_ms", {.max = 86'400'000},
                   "after it came up, its share of the flows grows for so long to what `weight` says; 0: at once"),
               field<&Server::checks>("checks", {.count_max = limits::checks_per_pool},
                                      "health checks of this server instead of the pool's; {}: none"),
               field<&Server::inhibit_on_failure>("inhibit_on_failure", {}, "of this server; unset: as the pool says")};

template <>
inline constexpr auto fields<Pool> = std::array{
    field<&Pool::servers>("servers", {.count_max = limits::servers_per_pool}, "the servers, by name"),
    field<&Pool::sorry_server>("sorry_server", {.format = Format::name},
                               "name of a server of this pool that is used only while no other can take a flow"),
    field<&Pool::checks>("checks", {.count_max = limits::checks_per_pool},
                         "health checks of each server, by name; all must pass. Without any a server counts as "
                         "healthy"),
    field<&Pool::quorum>("quorum", {.min = 1, .max = 1'000'000'000},
                         "the pool works while its healthy servers have so much weight together; without, the sorry "
                         "server takes the new flows, if there is one"),
    field<&Pool::quorum_hysteresis>("quorum_hysteresis", {.max = 1'000'000'000},
                                    "a pool that works is given up below quorum less this, and works again from "
                                    "quorum plus this: against flapping"),
    field<&Pool::inhibit_on_failure>("inhibit_on_failure", {},
                                     "a failed server keeps its flows and takes no new ones, as if its weight were 0; "
                                     "false: it is out, and `failed_server` of the service decides about its flows")};

template <>
inline constexpr auto fields<Persistence> = std::array{
    field<&Persistence::timeout_ms>("timeout_ms", {.min = 1000, .max = week_ms},
                                    "a client is forgotten so long after its last flow began"),
    field<&Persistence::prefix_v4>("prefix_v4", {.min = 1, .max = 32},
                                   "IPv4 clients whose addresses agree in so many bits go to the same server"),
    field<&Persistence::prefix_v6>("prefix_v6", {.min = 1, .max = 128}, "the same for IPv6")};

template <>
inline constexpr auto fields<Timeouts> = std::array{
    field<&Timeouts::tcp_syn_ms>("tcp_syn_ms", {.max = week_ms},
                                 "a TCP flow before its handshake is complete; 0 in any of these: the default"),
    field<&Timeouts::tcp_established_ms>("tcp_established_ms", {.max = week_ms}, "an idle TCP connection"),
    field<&Timeouts::tcp_fin_ms>("tcp_fin_ms", {.max = week_ms}, "a TCP connection that one side has closed"),
    field<&Timeouts::tcp_closed_ms>("tcp_closed_ms", {.max = week_ms},
                                    "a TCP connection that both sides have closed, or that was reset"),
    field<&Timeouts::udp_one_way_ms>("udp_one_way_ms", {.max = week_ms}, "a UDP flow that only one side has sent on"),
    field<&Timeouts::udp_ms>("udp_ms", {.max = week_ms}, "a UDP flow with packets both ways"),
    field<&Timeouts::other_ms>("other_ms", {.max = week_ms}, "a flow of any other protocol")};

template <>
inline constexpr auto fields<Service> = std::array{
    field<&Service::address>("address", {.required = true},
                             "address that clients connect to; this node answers ARP and neighbour discovery for it"),
    field<&Service::protocol>("protocol", {}, "protocol of the clients"),
    field<&Service::ports>(
        "ports", {.required = true},
        "port (80), range (\"8000-8099\") or \"any\"; an exact port wins over a range, a range over any"),
    field<&Service::pool>("pool", {.format = Format::name, .required = true}, "the servers"),
    field<&Service::mode>("mode", {}, "how packets reach the servers"),
    field<&Service::encapsulation>("encapsulation", {}, "outer header, for mode \"tunnel\""),
    field<&Service::scheduler>("scheduler", {}, "how a new flow finds its server"),
    field<&Service::snat_pool>("snat_pool", {.format = Format::name},
                               "source addresses towards the servers, for mode \"fullnat\"; unset: the address of the "
                               "interface towards the server"),
    field<&Service::persistence>("persistence", {}, "flows of the same client go to the same server"),
    field<&Service::client_address>("client_address", {},
                                    "how a server learns the client's address; TCP in mode \"nat\" or \"fullnat\""),
    field<&Service::removed_server>("removed_server", {},
                                    "what happens to the flows of a server that was removed from the pool"),
    field<&Service::failed_server>("failed_server", {},
                                   "what happens to the flows of a server whose health checks fail"),
    field<&Service::unknown_flow>("unknown_flow", {},
                                  "what happens to a TCP segment that belongs to no known flow and opens none"),
    field<&Service::timeouts>("timeouts", {}, "how long an idle flow is remembered"),
    field<&Service::enabled>("enabled", {}, "false: kept in the configuration, not served")};

}  // namespace poise::config
