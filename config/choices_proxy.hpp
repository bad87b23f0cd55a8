#pragma once
#include "config/choices.hpp"

// The enums of the proxy, as an operator writes them.
namespace poise::config {

template <>
inline constexpr auto choices<ProxyMode> =
    std::array{choice(ProxyMode::tcp, "tcp", "passes bytes on and knows nothing of them"),
               choice(ProxyMode::http, "http", "reads HTTP/1.x: a server for each request")};

template <>
inline constexpr auto choices<ProxyTransport> =
    std::array{choice(ProxyTransport::datapath, "datapath", "our own TCP, on the workers and their ports"),
               choice(ProxyTransport::kernel, "kernel", "the kernel's sockets: needs no port of the datapath")};

template <>
inline constexpr auto choices<BalanceAlgorithm> = std::array{
    choice(BalanceAlgorithm::roundrobin, "roundrobin",
           "in turn by weight, evenly spread; weights may change at any time"),
    choice(BalanceAlgorithm::static_rr, "static-rr", "in turn by weight, from a table"),
    choice(BalanceAlgorithm::leastconn, "leastconn", "fewest sessions for its weight"),
    choice(BalanceAlgorithm::first, "first", "the first server that has room"),
    choice(BalanceAlgorithm::source, "source", "hash of the client's address"),
    choice(BalanceAlgorithm::uri, "uri", "hash of the path"),
    choice(BalanceAlgorithm::url_param, "url_param", "hash of a parameter of the query, `name`"),
    choice(BalanceAlgorithm::hdr, "hdr", "hash of a header, `name`"),
    choice(BalanceAlgorithm::hash, "hash", "hash of a text with placeholders, `key`"),
    choice(BalanceAlgorithm::random, "random", "the least loaded of `random_draws` that are drawn by weight")};

template <>
inline constexpr auto choices<BalanceHash> = std::array{
    choice(BalanceHash::map_based, "map-based", "exactly fair; most keys move when servers come or go"),
    choice(BalanceHash::consistent, "consistent", "a ring: only the keys of a server that comes or goes move"),
    choice(BalanceHash::maglev, "maglev", "a Maglev table: fair, and few keys move")};

template <>
inline constexpr auto choices<HttpReuse> = std::array{
    choice(HttpReuse::never, "never", "a connection for each request"),
    choice(HttpReuse::safe, "safe",
           "an idle connection for requests that can be sent again, and for clients that have been here before"),
    choice(HttpReuse::aggressive, "aggressive", "the same as safe: a request that can be sent again is never lost"),
    choice(HttpReuse::always, "always", "an idle connection for any request")};

template <>
inline constexpr auto choices<ProxyHeaderVersion> =
    std::array{choice(ProxyHeaderVersion::none, "none", "the server is not told"),
               choice(ProxyHeaderVersion::v1, "v1", "PROXY protocol version 1, as text"),
               choice(ProxyHeaderVersion::v2, "v2", "PROXY protocol version 2, binary")};

template <>
inline constexpr auto choices<AccessLogFormat> = std::array{
    choice(AccessLogFormat::none, "none", "no lines"), choice(AccessLogFormat::tcp, "tcp", "HAProxy's tcplog"),
    choice(AccessLogFormat::http, "http", "HAProxy's httplog"),
    choice(AccessLogFormat::json, "json", "one JSON object a line")};

template <>
inline constexpr auto choices<SyslogFormat> =
    std::array{choice(SyslogFormat::rfc3164, "rfc3164", "as HAProxy writes it by default: time and tag, no host"),
               choice(SyslogFormat::rfc5424, "rfc5424", "the newer format")};

template <>
inline constexpr auto choices<SyslogLevel> = std::array{
    choice(SyslogLevel::emerg, "emerg", "severity 0"),     choice(SyslogLevel::alert, "alert", "severity 1"),
    choice(SyslogLevel::crit, "crit", "severity 2"),       choice(SyslogLevel::err, "err", "severity 3"),
    choice(SyslogLevel::warning, "warning", "severity 4"), choice(SyslogLevel::notice, "notice", "severity 5"),
    choice(SyslogLevel::info, "info", "severity 6"),       choice(SyslogLevel::debug, "debug", "severity 7")};

template <>
inline constexpr auto choices<SyslogFacility> = std::array{
    choice(SyslogFacility::kern, "kern", "facility 0"),      choice(SyslogFacility::user, "user", "facility 1"),
    choice(SyslogFacility::mail, "mail", "facility 2"),      choice(SyslogFacility::daemon, "daemon", "facility 3"),
    choice(SyslogFacility::auth, "auth", "facility 4"),      choice(SyslogFacility::syslog, "syslog", "facility 5"),
    choice(SyslogFacility::lpr, "lpr", "facility 6"),        choice(SyslogFacility::news, "news", "facility 7"),
    choice(SyslogFacility::uucp, "uucp", "facility 8"),      choice(SyslogFacility::cron, "cron", "facility 9"),
    choice(SyslogFacility::auth2, "auth2", "facility 10"),   choice(SyslogFacility::ftp, "ftp", "facility 11"),
    choice(SyslogFacility::ntp, "ntp", "facility 12"),       choice(SyslogFacility::audit, "audit", "facility 13"),
    choice(SyslogFacility::alert, "alert", "facility 14"),   choice(SyslogFacility::cron2, "cron2", "facility 15"),
    choice(SyslogFacility::local0, "local0", "facility 16"), choice(SyslogFacility::local1, "local1", "facility 17"),
    choice(SyslogFacility::local2, "local2", "facility 18"), choice(SyslogFacility::local3, "local3", "facility 19"),
    choice(SyslogFacility::local4, "local4", "facility 20"), choice(SyslogFacility::local5, "local5", "facility 21"),
    choice(SyslogFacility::local6, "local6", "facility 22"), choice(SyslogFacility::local7, "local7", "facility 23")};

}  // namespace poise::config
