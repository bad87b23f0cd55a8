#pragma once
#include <array>
#include <optional>

#include "config/model.hpp"
#include "config/type.hpp"

// The enums' values as an operator writes them, each with its meaning: one table per enum.
namespace poise::config {

template <class E>
inline constexpr auto choices = std::array<Choice, 0>{};

template <class E>
constexpr Choice choice(E value, std::string_view name, std::string_view help) {
  return {int(value), name, help};
}

template <>
inline constexpr auto choices<Polling> = std::array{
    choice(Polling::busy, "busy", "workers never rest: lowest latency, a core each at 100 %"),
    choice(Polling::adaptive, "adaptive", "workers sleep briefly while there is nothing to do: may share cores")};

template <>
inline constexpr auto choices<HugePages> =
    std::array{choice(HugePages::automatic, "automatic", "use huge pages when the machine has enough of them"),
               choice(HugePages::require, "require", "refuse to start without them"),
               choice(HugePages::never, "never", "use ordinary pages")};

template <>
inline constexpr auto choices<BondMode> = std::array{
    choice(BondMode::active_backup, "active_backup",
           "one member carries the traffic, the next takes over when its link fails"),
    choice(BondMode::balance, "balance",
           "members share the traffic by a hash of addresses and ports; the switch must be set up alike"),
    choice(BondMode::lacp, "lacp", "members share the traffic as agreed with the switch by LACP (IEEE 802.1AX)")};

template <>
inline constexpr auto choices<Rss> = std::array{
    choice(Rss::automatic, "automatic", "the device spreads packets over the workers if it can, else software does"),
    choice(Rss::hardware, "hardware", "refuse to start when the device cannot"),
    choice(Rss::software, "software", "the receiving worker hands packets to the worker that owns the flow")};

template <>
inline constexpr auto choices<Protocol> =
    std::array{choice(Protocol::tcp, "tcp", "TCP"), choice(Protocol::udp, "udp", "UDP"),
               choice(Protocol::any, "any", "every IP protocol to the address; `ports` must be \"any\"")};

template <>
inline constexpr auto choices<Mode> = std::array{
    choice(Mode::nat, "nat", "rewrites the destination; servers must route their replies back through this node"),
    choice(Mode::fullnat, "fullnat",
           "rewrites both ends; servers need no special routes; an IPv6 service may have IPv4 servers"),
    choice(Mode::dr, "dr",
           "rewrites only the MAC address; servers are on a connected subnet, hold the service address and answer "
           "clients directly"),
    choice(Mode::tunnel, "tunnel",
           "encapsulates; servers decapsulate, hold the service address and answer clients directly")};

template <>
inline constexpr auto choices<Encapsulation> =
    std::array{choice(Encapsulation::ipip, "ipip", "IP in IP, any mix of IPv4 and IPv6"),
               choice(Encapsulation::gre, "gre", "GRE (RFC 2784)"),
               choice(Encapsulation::gue, "gue", "GUE over UDP port 6080: spreads over paths and receive queues")};

template <>
inline constexpr auto choices<Scheduler> =
    std::array{choice(Scheduler::rr, "rr", "round robin"),
               choice(Scheduler::wrr, "wrr", "round robin in proportion to the weights"),
               choice(Scheduler::lc, "lc", "fewest connections"),
               choice(Scheduler::wlc, "wlc", "fewest connections in proportion to the weight"),
               choice(Scheduler::sh, "sh", "hash of the client's address"),
               choice(Scheduler::dh, "dh", "hash of the destination address"),
               choice(Scheduler::maglev, "maglev",
                      "consistent hash of the flow: another node picks the same server, changes move few flows"),
               choice(Scheduler::random2, "random2", "the less loaded of two servers picked at random"),
               choice(Scheduler::sed, "sed", "shortest expected delay: (connections + 1) / weight"),
               choice(Scheduler::nq, "nq", "an idle server first, else sed"),
               choice(Scheduler::fo, "fo", "the available server of highest weight takes all"),
               choice(Scheduler::ovf, "ovf",
                      "the server of highest weight until it has as many connections as its weight, then the next")};

template <>
inline constexpr auto choices<ClientAddress> =
    std::array{choice(ClientAddress::none, "none", "the server is not told"),
               choice(ClientAddress::toa, "toa",
                      "a TCP option in the first segments (TOA); the server needs a module that reads it"),
               choice(ClientAddress::proxy_v2, "proxy_v2",
                      "a PROXY protocol v2 header before the first data; the server must expect it")};

template <>
inline constexpr auto choices<VrrpAuthentication> =
    std::array{choice(VrrpAuthentication::none, "none", "none"),
               choice(VrrpAuthentication::password, "password",
                      "a password in clear (keepalived's auth_type PASS): against mistakes, not against attackers"),
               choice(VrrpAuthentication::ah, "ah",
                      "HMAC-MD5-96 in an IPsec authentication header (keepalived's auth_type AH), IPv4")};

template <>
inline constexpr auto choices<VrrpHmacMode> = std::array{
    choice(VrrpHmacMode::enforce, "enforce", "signs, and discards what is not signed"),
    choice(VrrpHmacMode::permissive, "permissive", "signs, and takes what is not signed: while the other nodes change"),
    choice(VrrpHmacMode::receive_only, "receive_only", "does not sign, takes both: before the other nodes know of it")};

template <>
inline constexpr auto choices<VrrpReplayCheck> = std::array{
    choice(VrrpReplayCheck::time, "time", "younger than the window, and newer than the last: needs clocks that agree"),
    choice(VrrpReplayCheck::monotonic, "monotonic", "newer than the last")};

template <>
inline constexpr auto choices<MailSecurity> =
    std::array{choice(MailSecurity::none, "none", "in clear"),
               choice(MailSecurity::starttls, "starttls", "STARTTLS, and no mail without it"),
               choice(MailSecurity::tls, "tls", "TLS from the first byte (port 465)")};

template <>
inline constexpr auto choices<VrrpChecksum> =
    std::array{choice(VrrpChecksum::automatic, "automatic", "as the peer that was heard last, at first as rfc5798"),
               choice(VrrpChecksum::rfc5798, "rfc5798", "with a pseudo-header: keepalived, FRR"),
               choice(VrrpChecksum::rfc9568, "rfc9568", "without: Cisco, Juniper, Arista")};

template <>
inline constexpr auto choices<RemovedServerPolicy> =
    std::array{choice(RemovedServerPolicy::keep, "keep", "flows of a removed server go on until they end"),
               choice(RemovedServerPolicy::reset, "reset", "they are reset at their next packet"),
               choice(RemovedServerPolicy::reschedule, "reschedule", "they go to another server at their next packet")};

template <>
inline constexpr auto choices<FailedServerPolicy> = std::array{
    choice(FailedServerPolicy::keep, "keep", "flows of a failed server stay with it: it may answer again"),
    choice(FailedServerPolicy::reset, "reset", "they are reset at their next packet: clients reconnect at once"),
    choice(FailedServerPolicy::reschedule, "reschedule", "they go to another server at their next packet")};

template <>
inline constexpr auto choices<CheckKind> =
    std::array{choice(CheckKind::tcp, "tcp", "a TCP connection, and what `exchange` says"),
               choice(CheckKind::http, "http", "an HTTP request"),
               choice(CheckKind::https, "https", "an HTTP request over TLS"),
               choice(CheckKind::icmp, "icmp", "a ping (ICMP or ICMPv6 echo)"),
               choice(CheckKind::dns, "dns", "a DNS query over UDP"),
               choice(CheckKind::smtp, "smtp", "the greeting of a mail server, HELO and QUIT"),
               choice(CheckKind::udp, "udp", "a UDP datagram, and what `exchange` says"),
               choice(CheckKind::exec, "exec", "a program that poised runs; its exit code decides")};

template <>
inline constexpr auto choices<CheckState> =
    std::array{choice(CheckState::down, "down", "no flows before the first probe has passed"),
               choice(CheckState::up, "up", "healthy until `fall` probes have failed")};

template <>
inline constexpr auto choices<HttpVersion> =
    std::array{choice(HttpVersion::http_1_0, "1.0", "HTTP/1.0"), choice(HttpVersion::http_1_1, "1.1", "HTTP/1.1")};

template <>
inline constexpr auto choices<DnsType> = std::array{choice(DnsType::a, "A", "IPv4 address"),
                                                    choice(DnsType::aaaa, "AAAA", "IPv6 address"),
                                                    choice(DnsType::cname, "CNAME", "alias"),
                                                    choice(DnsType::mx, "MX", "mail exchanger"),
                                                    choice(DnsType::ns, "NS", "name server"),
                                                    choice(DnsType::ptr, "PTR", "name of an address"),
                                                    choice(DnsType::soa, "SOA", "start of authority"),
                                                    choice(DnsType::srv, "SRV", "service"),
                                                    choice(DnsType::txt, "TXT", "text")};

template <>
inline constexpr auto choices<UnknownFlowPolicy> =
    std::array{choice(UnknownFlowPolicy::reset, "reset", "answered with a reset: the client reconnects at once"),
               choice(UnknownFlowPolicy::drop, "drop", "dropped without an answer"),
               choice(UnknownFlowPolicy::schedule, "schedule",
                      "scheduled like a new flow: with maglev another node's flows go on")};

template <>
inline constexpr auto choices<ServerState> =
    std::array{choice(ServerState::up, "up", "takes flows"),
               choice(ServerState::drain, "drain", "keeps its flows, takes no new ones"),
               choice(ServerState::down, "down", "takes no packets")};

template <>
inline constexpr auto choices<LogFormat> = std::array{choice(LogFormat::text, "text", "one readable line per event"),
                                                      choice(LogFormat::json, "json", "one JSON object per event")};

template <>
inline constexpr auto choices<LogLevel> = std::array{
    choice(LogLevel::debug, "debug", "everything"), choice(LogLevel::info, "info", "changes of state and above"),
    choice(LogLevel::warning, "warning", "what an operator should look at"),
    choice(LogLevel::error, "error", "only what failed")};

template <>
inline constexpr auto choices<LogTarget> =
    std::array{choice(LogTarget::console, "console", "standard error"),
               choice(LogTarget::journald, "journald", "the systemd journal, with fields"),
               choice(LogTarget::syslog, "syslog", "the local syslog socket")};

template <>
inline constexpr auto choices<Role> =
    std::array{choice(Role::read, "read", "may look at everything but secrets"),
               choice(Role::operate, "operate", "may also capture packets and change the configuration, but not `api`"),
               choice(Role::admin, "admin", "may do everything")};

// The name of an enum's value, as in the configuration: name_of(Mode::dr) is "dr".
template <class E>
constexpr std::string_view name_of(E value) {
  for (const Choice& each : choices<E>)
    if (each.value == int(value)) return each.name;
  return "?";
}

template <class E>
constexpr std::optional<E> from_name(std::string_view name) {
  for (const Choice& each : choices<E>)
    if (each.name == name) return E(each.value);
  return std::nullopt;
}

}  // namespace poise::config
