#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: health checks.
namespace poise::config {

template <>
inline constexpr auto fields<HttpCheck> = std::array{
    field<&HttpCheck::method>("method", {}, "method of the request"),
    field<&HttpCheck::path>("path", {}, "path of the request, with its query"),
    field<&HttpCheck::version>("version", {}, "version of the request; the answer may have either"),
    field<&HttpCheck::host>("host", {}, "value of the Host header; unset: the address that is probed"),
    field<&HttpCheck::headers>("headers", {.count_max = 32}, "more headers, by name; who may read may see them"),
    field<&HttpCheck::statuses>("statuses", {.count_max = 32},
                                "status codes that pass, each a number or a range: \"204\", \"200-299\""),
    field<&HttpCheck::body_match>("body_match", {}, "regular expression (RE2) that the body must match somewhere"),
    field<&HttpCheck::body_no_match>("body_no_match", {}, "regular expression (RE2) that it must match nowhere"),
    field<&HttpCheck::body_md5>("body_md5", {.format = Format::md5}, "MD5 of the body (keepalived's digest)")};

template <>
inline constexpr auto fields<TlsCheck> = std::array{
    field<&TlsCheck::sni>("sni", {}, "server name that is asked for; unset: `http.host`, when that is a name"),
    field<&TlsCheck::verify_certificate>("verify_certificate", {},
                                         "the certificate must be valid and for that name; false: any will do"),
    field<&TlsCheck::ca_file>("ca_file", {.format = Format::file},
                              "PEM file of the authorities that may have signed it; unset: the system's")};

template <>
inline constexpr auto fields<DnsCheck> = std::array{
    field<&DnsCheck::name>("name", {}, "name that is asked for"),
    field<&DnsCheck::type>("type", {}, "type that is asked for"),
    field<&DnsCheck::expected>("expected", {.count_max = 32},
                               "addresses, names or texts of which the answer must have one; empty: any answer "
                               "without an error passes")};

template <>
inline constexpr auto fields<SmtpCheck> =
    std::array{field<&SmtpCheck::helo>("helo", {}, "name that is given with HELO; unset: node.name")};

template <>
inline constexpr auto fields<ExchangeCheck> = std::array{
    field<&ExchangeCheck::payload>("payload", {},
                                   "what is sent; any byte may be written as \\xHH, a backslash as \\\\"),
    field<&ExchangeCheck::expected>("expected", {},
                                    "regular expression (RE2) that the bytes of the reply must match somewhere"),
    field<&ExchangeCheck::reply_required>("reply_required", {},
                                          "kind udp: silence is a failure; false: only an ICMP error is"),
    field<&ExchangeCheck::reply_bytes_min>("reply_bytes_min", {.max = 65535}, "a reply has at least so many bytes"),
    field<&ExchangeCheck::reply_bytes_max>("reply_bytes_max", {.max = 65535}, "and at most so many")};

template <>
inline constexpr auto fields<ExecCheck> = std::array{
    field<&ExecCheck::command>("command", {.count_max = 32},
                               "program, by its absolute path, and its arguments; no shell. Exit code 0: passed. "
                               "POISE_ADDRESS and POISE_PORT are in its environment"),
    field<&ExecCheck::user>("user", {.format = Format::name}, "runs as; unset: vrrp.script_user"),
    field<&ExecCheck::weight_from_exit_code>("weight_from_exit_code", {},
                                             "an exit code of 2 or more passes and makes the weight the code less 2")};

template <>
inline constexpr auto fields<Check> = std::array{
    field<&Check::kind>("kind", {}, "what a probe is"),
    field<&Check::interval_ms>("interval_ms", {.min = 10, .max = 86'400'000}, "from one probe to the next"),
    field<&Check::fast_interval_ms>("fast_interval_ms", {.min = 10, .max = 86'400'000},
                                    "the same while a server is between up and down; unset: `interval_ms`"),
    field<&Check::down_interval_ms>("down_interval_ms", {.min = 10, .max = 86'400'000},
                                    "the same while it is down; unset: `interval_ms`"),
    field<&Check::timeout_ms>("timeout_ms", {.min = 5, .max = 86'400'000},
                              "a probe has failed after so long; unset: `interval_ms`"),
    field<&Check::rise>("rise", {.min = 1, .max = 255}, "so many passed in a row: up"),
    field<&Check::fall>("fall", {.min = 1, .max = 255}, "so many failed in a row: down"),
    field<&Check::retries>("retries", {.max = 255},
                           "a failed probe of a server that is up is repeated so often before it counts"),
    field<&Check::retry_delay_ms>("retry_delay_ms", {.max = 86'400'000}, "from a failed probe to its repetition"),
    field<&Check::initial_state>("initial_state", {}, "what a server is before it has been probed"),
    field<&Check::address>("address", {}, "address that is probed instead of the server's"),
    field<&Check::port>("port", {.min = 1, .max = 65535},
                        "port that is probed; unset: the server's, else the one port of the services of the pool, "
                        "else the kind's own: http 80, https 443, dns 53, smtp 25"),
    field<&Check::http>("http", {}, "the request and what must come back, kinds http and https"),
    field<&Check::tls>("tls", {}, "TLS, kind https"),
    field<&Check::dns>("dns", {}, "the query and what must come back, kind dns"),
    field<&Check::smtp>("smtp", {}, "what is said to a mail server, kind smtp"),
    field<&Check::exchange>("exchange", {}, "what is sent and what must come back, kinds tcp and udp"),
    field<&Check::exec>("exec", {}, "the program, kind exec; only an admin may change it")};

}  // namespace poise::config
