#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: services, pools, servers.
namespace poise::config {

inline constexpr std::uint64_t week_ms = 604'800'000;  // the longest time that a flow or a client may be remembered

template <>
inline constexpr auto fields<CheckHttp> = std::array{
    field<&CheckHttp::method>("method", {}, "of the request"),
    field<&CheckHttp::path>("path", {}, "path and query of the request"),
    field<&CheckHttp::host>("host", {}, "the Host header; unset: the server's address"),
    field<&CheckHttp::headers>("headers", {.count_max = 32}, "more headers, by name"),
    field<&CheckHttp::status>("status", {.count_max = 32},
                              "status codes that pass, such as \"200\" or \"300-399\"; empty: 200-399"),
    field<&CheckHttp::body_match>("body_match", {}, "regular expression (RE2) that the body must match"),
    field<&CheckHttp::body_digest>("body_digest", {}, "MD5 of the body, 32 hex digits"),
    field<&CheckHttp::body_match_refuses>("body_match_refuses", {}, "a body that matches fails the check instead"),
    field<&CheckHttp::tls>("tls", {}, "HTTPS"),
    field<&CheckHttp::verify>("verify", {}, "the server's certificate must be valid; only with `tls`"),
    field<&CheckHttp::sni>("sni", {}, "server name to ask for; only with `tls`; unset: `host`")};

template <>
inline constexpr auto fields<CheckDns> =
    std::array{field<&CheckDns::name>("name", {}, "the name that is asked for"),
               field<&CheckDns::type>("type", {}, "A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT")};

template <>
inline constexpr auto fields<CheckUdp> = std::array{
    field<&CheckUdp::payload>("payload", {}, "bytes of the datagram, as hex digits; unset: none"),
    field<&CheckUdp::require_reply>("require_reply", {}, "it must be answered; else only an ICMP error fails"),
    field<&CheckUdp::reply>("reply", {}, "bytes that the answer must begin with, as hex digits"),
    field<&CheckUdp::reply_min>("reply_min", {.max = 65535}, "bytes that the answer must have at least"),
    field<&CheckUdp::reply_max>("reply_max", {.max = 65535}, "and at most")};

template <>
inline constexpr auto fields<CheckExec> = std::array{
    field<&CheckExec::command>("command", {.count_max = 64, .required = true},
                               "program by its absolute path, and arguments; no shell reads them"),
    field<&CheckExec::user>("user", {.format = Format::name}, "runs as; unset: vrrp.script_user"),
    field<&CheckExec::sets_weight>("sets_weight", {}, "exit codes from 2 on pass, too: the weight is the code - 2")};

inline constexpr std::uint64_t check_ms_max = 86'400'000;

template <>
inline constexpr auto fields<Check> = std::array{
    field<&Check::kind>("kind", {}, "what is tried; checks are kept, but not run by this version"),
    field<&Check::address>("address", {}, "checked instead of the server's address"),
    field<&Check::port>("port", {.min = 1, .max = 65535}, "checked instead of the server's port"),
    field<&Check::interval_ms>("interval_ms", {.min = 10, .max = check_ms_max}, "between two checks"),
    field<&Check::timeout_ms>("timeout_ms", {.min = 1, .max = check_ms_max}, "a check without a result fails"),
    field<&Check::fast_interval_ms>("fast_interval_ms", {.min = 10, .max = check_ms_max},
                                    "between checks while the state is about to change; unset: the interval"),
    field<&Check::down_interval_ms>("down_interval_ms", {.min = 10, .max = check_ms_max},
                                    "between checks while it is down; unset: the interval"),
    field<&Check::rise>("rise", {.min = 1, .max = 255}, "checks in a row that must pass until it is up"),
    field<&Check::fall>("fall", {.min = 1, .max = 255}, "checks in a row that must fail until it is down"),
    field<&Check::initial_state>("initial_state", {}, "of a new server"),
    field<&Check::http>("http", {}, "for kind \"http\": the request, and the answers that pass"),
    field<&Check::dns>("dns", {}, "for kind \"dns\": the question"),
    field<&Check::smtp_hello>("smtp_hello", {}, "for kind \"smtp\": the name that is said with HELO"),
    field<&Check::udp>("udp", {}, "for kind \"udp\": the datagram, and the answers that pass"),
    field<&Check::exec>("exec", {}, "for kind \"exec\": the program")};

template <>
inline constexpr auto fields<Server> = std::array{
    field<&Server::address>("address", {.required = true}, "address of the server"),
    field<&Server::port>("port", {.min = 1, .max = 65535},
                         "port of the server; unset: the port that the client asked for"),
    field<&Server::weight>("weight", {.max = 65535}, "share of the flows; 0: no new ones"),
    field<&Server::state>("state", {}, "what the operator wants; health checks come on top"),
    field<&Server::connections_max>("connections_max", {.max = UINT32_MAX},
                                    "takes no new flow while it has so many; 0: no limit"),
    field<&Server::drain_deadline_ms>(
        "drain_deadline_ms", {.max = week_ms},
        "with state \"drain\": flows left after so long are reset; unset: they may end by themselves"),
    field<&Server::checks>("checks", {.count_max = 16}, "checks of this server, instead of the pool's"),
    field<&Server::inhibit_on_failure>(
        "inhibit_on_failure", {},
        "when its checks fail it takes no new flows, but keeps those it has; false: `failed_server` decides")};

template <>
inline constexpr auto fields<Pool> = std::array{
    field<&Pool::servers>("servers", {.count_max = limits::servers_per_pool}, "the servers, by name"),
    field<&Pool::sorry_server>("sorry_server", {.format = Format::name},
                               "name of a server of this pool that is used only while no other can take a flow"),
    field<&Pool::checks>("checks", {.count_max = 16}, "checks of each server, by name; all must pass"),
    field<&Pool::quorum>("quorum", {.min = 1, .max = UINT32_MAX},
                         "the pool serves while its healthy servers have this weight together; else `sorry_server`"),
    field<&Pool::quorum_hysteresis>("quorum_hysteresis", {.max = UINT32_MAX},
                                    "the quorum is lost below quorum - this, and regained at quorum + this")};

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
    field<&Service::failed_server>("failed_server", {}, "what happens to the flows of a server whose checks fail"),
    field<&Service::unknown_flow>("unknown_flow", {},
                                  "what happens to a TCP segment that belongs to no known flow and opens none"),
    field<&Service::timeouts>("timeouts", {}, "how long an idle flow is remembered"),
    field<&Service::enabled>("enabled", {}, "false: kept in the configuration, not served")};

}  // namespace poise::config
