#pragma once
#include "config/choices_check_l7.hpp"
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: checks of the servers of backends, and what follows from them.
namespace poise::config {

inline constexpr std::uint64_t check_time_max_ms = 86'400'000;

template <>
inline constexpr auto fields<CheckTls> =
    std::array{field<&CheckTls::sni>("sni", {}, "server name that is asked for"),
               field<&CheckTls::alpn>("alpn", {.count_max = 8}, "protocols that are offered, like \"http/1.1\""),
               field<&CheckTls::verify_certificate>(
                   "verify_certificate", {}, "the certificate must be valid and for that name; false: any will do"),
               field<&CheckTls::ca_file>("ca_file", {.format = Format::file},
                                         "PEM file of the authorities that may have signed it; unset: the system's")};

template <>
inline constexpr auto fields<CheckRequest> =
    std::array{field<&CheckRequest::method>("method", {}, "method of the request"),
               field<&CheckRequest::uri>("uri", {}, "its target, with the query"),
               field<&CheckRequest::version>("version", {}, "version of the request; the answer may have either"),
               field<&CheckRequest::headers>("headers", {.count_max = 32},
                                             "headers, by name; without a Host, HTTP/1.1 gets the server's address"),
               field<&CheckRequest::body>("body", {}, "body of the request")};

template <>
inline constexpr auto fields<CheckExpect> =
    std::array{field<&CheckExpect::statuses>("statuses", {.count_max = 32},
                                             "status of the response: each a number or a range, \"204\", \"200-299\""),
               field<&CheckExpect::rstatus>("rstatus", {}, "regular expression (RE2) that the status must match"),
               field<&CheckExpect::string>(
                   "string", {}, "what the body, or what was received, must contain; any byte may be written as \\xHH"),
               field<&CheckExpect::rstring>("rstring", {}, "regular expression (RE2) that it must match somewhere"),
               field<&CheckExpect::negated>("negated", {}, "the opposite: what matches fails")};

template <>
inline constexpr auto fields<CheckConnect> =
    std::array{field<&CheckConnect::address>("address", {}, "address to connect to; unset: the check's"),
               field<&CheckConnect::port>("port", {.min = 1, .max = 65535}, "port to connect to; unset: the check's"),
               field<&CheckConnect::tls>("tls", {}, "with TLS; unset: as the check's"),
               field<&CheckConnect::send_proxy>("send_proxy", {}, "a PROXY protocol header goes first, of kind LOCAL")};

template <>
inline constexpr auto fields<CheckStep> = std::array{
    field<&CheckStep::connect>("connect", {}, "open a connection; what was open before is closed"),
    field<&CheckStep::send>("send", {}, "send bytes; any may be written as \\xHH, a backslash as \\\\"),
    field<&CheckStep::request>("request", {}, "send an HTTP request; what is expected then is of its response"),
    field<&CheckStep::expect>("expect", {}, "wait until it has come, or cannot come any more"),
    field<&CheckStep::comment>("comment", {}, "what logs say of this step when it fails")};

template <>
inline constexpr auto fields<BackendCheck> = std::array{
    field<&BackendCheck::kind>("kind", {}, "what a check is"),
    field<&BackendCheck::request>("request", {}, "kind http: the request"),
    field<&BackendCheck::expect>("expect", {}, "kind http: what passes; unset: status 200 to 399"),
    field<&BackendCheck::steps>("steps", {.count_max = limits::steps_per_check}, "kind script: what is done, in order"),
    field<&BackendCheck::address>("address", {}, "address that is checked; unset: the server's"),
    field<&BackendCheck::port>("port", {.min = 1, .max = 65535}, "port that is checked; unset: the server's"),
    field<&BackendCheck::tls>("tls", {}, "checks speak TLS"),
    field<&BackendCheck::send_proxy>("send_proxy", {}, "a PROXY protocol header goes first, of kind LOCAL"),
    field<&BackendCheck::inter_ms>("inter_ms", {.min = 1, .max = check_time_max_ms},
                                   "from the end of a check to the next"),
    field<&BackendCheck::fast_inter_ms>("fast_inter_ms", {.min = 1, .max = check_time_max_ms},
                                        "the same while a server is on its way up or down; unset: inter_ms"),
    field<&BackendCheck::down_inter_ms>("down_inter_ms", {.min = 1, .max = check_time_max_ms},
                                        "the same while it is down; unset: inter_ms"),
    field<&BackendCheck::timeout_ms>("timeout_ms", {.min = 1, .max = check_time_max_ms},
                                     "an open connection must bring the result; unset: all of a check may take "
                                     "inter_ms"),
    field<&BackendCheck::rise>("rise", {.min = 1, .max = 65535}, "checks in a row that take a server up"),
    field<&BackendCheck::fall>("fall", {.min = 1, .max = 65535},
                               "failed checks in a row that take a proven server down; the first takes down one that "
                               "has never passed"),
    field<&BackendCheck::log>("log", {}, "a line for each result that changes something, not only for ups and downs")};

template <>
inline constexpr auto fields<ServerCheck> = std::array{
    field<&ServerCheck::enabled>("enabled", {}, "false: this server is not checked"),
    field<&ServerCheck::address>("address", {}, "address that is checked, instead of the backend's `check.address`"),
    field<&ServerCheck::port>("port", {.min = 1, .max = 65535}, "likewise, the port"),
    field<&ServerCheck::inter_ms>("inter_ms", {.min = 1, .max = check_time_max_ms}, "likewise"),
    field<&ServerCheck::fast_inter_ms>("fast_inter_ms", {.min = 1, .max = check_time_max_ms}, "likewise"),
    field<&ServerCheck::down_inter_ms>("down_inter_ms", {.min = 1, .max = check_time_max_ms}, "likewise"),
    field<&ServerCheck::rise>("rise", {.min = 1, .max = 65535}, "likewise"),
    field<&ServerCheck::fall>("fall", {.min = 1, .max = 65535}, "likewise"),
    field<&ServerCheck::sni>("sni", {}, "server name that TLS asks for, instead of the backend's `check.tls.sni`")};

template <>
inline constexpr auto fields<AgentCheck> =
    std::array{field<&AgentCheck::address>("address", {}, "address of the agent; unset: the server's"),
               field<&AgentCheck::port>("port", {.min = 1, .max = 65535, .required = true}, "port of the agent"),
               field<&AgentCheck::inter_ms>("inter_ms", {.min = 1, .max = check_time_max_ms},
                                            "from the end of a look at it to the next"),
               field<&AgentCheck::send>("send", {}, "what is sent first; any byte may be written as \\xHH")};

template <>
inline constexpr auto fields<HealthReaction> = std::array{
    field<&HealthReaction::observe>("observe", {}, "what of the clients' sessions counts as errors; unset: none"),
    field<&HealthReaction::error_limit>("error_limit", {.min = 1, .max = 65535},
                                        "so many errors in a row, with `observe`, have `on_error` done; unset: 10"),
    field<&HealthReaction::on_error>("on_error", {}, "what happens then; unset: fail-check"),
    field<&HealthReaction::on_marked_down>("on_marked_down", {}, "of its sessions when it goes down; unset: none"),
    field<&HealthReaction::on_marked_up>("on_marked_up", {}, "of others' sessions when it comes up; unset: none"),
    field<&HealthReaction::slow_start_ms>("slow_start_ms", {.max = check_time_max_ms},
                                          "a server that comes up gets its share step by step over this time; unset, "
                                          "0: at once"),
    field<&HealthReaction::init_state>("init_state", {}, "what a server is until checks say otherwise; unset: up")};

}  // namespace poise::config
