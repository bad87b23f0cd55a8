#pragma once
#include "config/choices_proxy.hpp"
#include "config/fields.hpp"
#include "config/fields_check_l7.hpp"
#include "config/fields_persistence.hpp"
#include "config/fields_rules.hpp"
#include "config/types/limits.hpp"

// Field tables: frontends, backends and their servers, syslog servers.
namespace poise::config {

inline constexpr std::uint64_t proxy_time_max_ms = 604'800'000;

template <>
inline constexpr auto fields<Bind> = std::array{
    field<&Bind::address>("address", {}, "address to listen on; unset: every IPv4 address; \"::\": every IPv6 address"),
    field<&Bind::port>("port", {.min = 1, .max = 65535}, "TCP port; there must be one without fd"),
    field<&Bind::accept_proxy>("accept_proxy", {},
                               "every connection begins with a PROXY protocol header that tells who the client is"),
    field<&Bind::fd>("fd", {.max = descriptor_max},
                     "instead of address and port: the number of a listening TCP socket that poised was started with, "
                     "by systemd or another parent (transport kernel)")};

template <>
inline constexpr auto fields<FrontendTimeouts> = std::array{
    field<&FrontendTimeouts::client_ms>("client_ms", {.max = proxy_time_max_ms},
                                        "the client neither sends nor acknowledges anything; 0 in any of these: no "
                                        "limit"),
    field<&FrontendTimeouts::client_fin_ms>("client_fin_ms", {.max = proxy_time_max_ms},
                                            "the same once the server has ended its sending; 0: client_ms"),
    field<&FrontendTimeouts::http_request_ms>("http_request_ms", {.max = proxy_time_max_ms},
                                              "the head of a request must be complete; 0: client_ms"),
    field<&FrontendTimeouts::http_keep_alive_ms>("http_keep_alive_ms", {.max = proxy_time_max_ms},
                                                 "from a response to the next request; 0: http_request_ms"),
    field<&FrontendTimeouts::tarpit_ms>("tarpit_ms", {.max = proxy_time_max_ms},
                                        "what a rule tarpits is held so long before it is refused; 0: not at all")};

template <>
inline constexpr auto fields<BackendTimeouts> = std::array{
    field<&BackendTimeouts::connect_ms>("connect_ms", {.max = proxy_time_max_ms},
                                        "a connection to a server must be open; 0 in any of these: no limit"),
    field<&BackendTimeouts::server_ms>("server_ms", {.max = proxy_time_max_ms},
                                       "the server does not answer, or neither sends nor acknowledges anything"),
    field<&BackendTimeouts::server_fin_ms>("server_fin_ms", {.max = proxy_time_max_ms},
                                           "the same once the client has ended its sending; 0: server_ms"),
    field<&BackendTimeouts::queue_ms>("queue_ms", {.max = proxy_time_max_ms},
                                      "a session waits for a server that has room; 0: connect_ms"),
    field<&BackendTimeouts::tunnel_ms>("tunnel_ms", {.max = proxy_time_max_ms},
                                       "nothing moves on a tunnel, after an upgrade or in mode tcp; 0: client_ms and "
                                       "server_ms"),
    field<&BackendTimeouts::tarpit_ms>("tarpit_ms", {.max = proxy_time_max_ms},
                                       "what a rule tarpits is held so long before it is refused; 0: connect_ms")};

template <>
inline constexpr auto fields<ForwardedFor> =
    std::array{field<&ForwardedFor::header>("header", {}, "name of the header"),
               field<&ForwardedFor::except>("except", {}, "clients that it is not added for"),
               field<&ForwardedFor::only_if_none>("only_if_none", {}, "only to requests that have none")};

template <>
inline constexpr auto fields<StatsPage> =
    std::array{field<&StatsPage::uri>(
                   "uri", {}, "requests whose target begins with this get the page; \";csv\" behind it: as CSV"),
               field<&StatsPage::refresh_s>("refresh_s", {.max = 86400},
                                            "the browser asks again after so many seconds; 0: never")};

template <>
inline constexpr auto fields<HeaderCapture> =
    std::array{field<&HeaderCapture::header>("header", {.required = true}, "name of the header"),
               field<&HeaderCapture::length_max>("length_max", {.min = 1, .max = 1024}, "what is longer is cut")};

template <>
inline constexpr auto fields<AccessLog> = std::array{
    field<&AccessLog::format>("format", {}, "how a line looks"),
    field<&AccessLog::servers>("servers", {.format = Format::name, .count_max = limits::log_servers},
                               "names of log_servers that get the lines; empty: all of them"),
    field<&AccessLog::log_null>("log_null", {}, "also connections that said nothing; false: HAProxy's dontlognull"),
    field<&AccessLog::request_headers>("request_headers", {.count_max = limits::captures},
                                       "headers of requests whose values stand in the line"),
    field<&AccessLog::response_headers>("response_headers", {.count_max = limits::captures}, "the same of responses"),
    field<&AccessLog::cookie>("cookie", {}, "a cookie that stands in the line, as the client and as the server says")};

template <>
inline constexpr auto fields<Frontend> = std::array{
    field<&Frontend::mode>("mode", {}, "what it understands of what clients send"),
    field<&Frontend::transport>("transport", {}, "whose TCP clients speak to"),
    field<&Frontend::binds>("binds", {.count_max = limits::binds_per_frontend}, "where it listens"),
    field<&Frontend::default_backend>("default_backend", {.format = Format::name},
                                      "the backend; unset: requests are answered with 503"),
    field<&Frontend::connections_max>("connections_max", {.max = 1u << 24},
                                      "clients at a time; more wait until one has left; 0: no limit"),
    field<&Frontend::timeouts>("timeouts", {}, "how long clients are waited for"),
    field<&Frontend::forwarded_for>("forwarded_for", {}, "tell servers the client's address in a header"),
    field<&Frontend::forwarded>("forwarded", {}, "tell servers about the client by Forwarded, RFC 7239"),
    field<&Frontend::original_to>("original_to", {}, "tell servers the address that the client connected to"),
    field<&Frontend::connection_rules>("connection_rules", {.count_max = limits::content_rules},
                                       "which connections are taken; HAProxy's tcp-request"),
    field<&Frontend::inspect_delay_ms>("inspect_delay_ms", {.min = 1, .max = proxy_time_max_ms},
                                       "mode tcp: rules on `sni` wait so long for the client's first message"),
    field<&Frontend::request_rules>("request_rules", {.count_max = limits::content_rules}, request_rules_help),
    field<&Frontend::response_rules>("response_rules", {.count_max = limits::content_rules}, response_rules_help),
    field<&Frontend::backend_rules>("backend_rules", {.count_max = limits::content_rules},
                                    "the backend; the first rule that matches counts, without one "
                                    "default_backend does"),
    field<&Frontend::error_pages>("error_pages", {.count_max = limits::rule_groups}, error_pages_help),
    field<&Frontend::track>("track", {.count_max = limits::tracked},
                            "whose entries in stick tables count what is done here"),
    field<&Frontend::stats>("stats", {}, "the statistics page"),
    field<&Frontend::log>("log", {}, "a line for each request, or connection"),
    field<&Frontend::enabled>("enabled", {}, "false: kept in the configuration, does not listen")};

template <>
inline constexpr auto fields<Balance> = std::array{
    field<&Balance::algorithm>("algorithm", {}, "how a session finds its server"),
    field<&Balance::hash_type>("hash_type", {},
                               "how the hash of source, uri, url_param, hdr and hash becomes a server"),
    field<&Balance::balance_factor>("balance_factor", {.max = 65535},
                                    "a server gets at most so many percent of the mean load, then the next one on the "
                                    "ring or table does; 0: any, else more than 100"),
    field<&Balance::random_draws>("random_draws", {.min = 1, .max = 16}, "servers that `random` draws"),
    field<&Balance::name>("name", {}, "the parameter or header, for url_param and hdr"),
    field<&Balance::key>("key", {},
                         "what is hashed, for hash, with placeholders: \"%[req.cook(sid)]\", \"%[host]%[path]\""),
    field<&Balance::uri_length>("uri_length", {.max = 8192}, "only so many characters of the path; 0: all"),
    field<&Balance::uri_depth>("uri_depth", {.max = 256}, "only so many directories of the path; 0: all"),
    field<&Balance::uri_whole>("uri_whole", {}, "with the query"),
    field<&Balance::domain_only>("domain_only", {}, "only the main part of a host's name, for hdr")};

template <>
inline constexpr auto fields<BackendServer> = std::array{
    field<&BackendServer::address>("address", {.required = true}, "address of the server"),
    field<&BackendServer::port>("port", {.min = 1, .max = 65535},
                                "port of the server; unset: the one that the client connected to"),
    field<&BackendServer::id>("id", {.min = 1, .max = UINT32_MAX},
                              "place among the servers, for `first` and the order of turns; unset: behind those that "
                              "have one, by name"),
    field<&BackendServer::weight>("weight", {.max = 256}, "share of the sessions; 0: no new ones"),
    field<&BackendServer::state>("state", {}, "what the operator wants"),
    field<&BackendServer::connections_max>("connections_max", {.max = 1u << 24},
                                           "sessions at a time; more wait for it; 0: no limit"),
    field<&BackendServer::connections_min>("connections_min", {.max = 1u << 24},
                                           "the limit while the backend has little to do; it grows to connections_max "
                                           "with connections_full; 0: always connections_max"),
    field<&BackendServer::queue_max>("queue_max", {.max = 1u << 24}, "sessions that may wait for it; 0: no limit"),
    field<&BackendServer::backup>("backup", {}, "only used while no other server is up"),
    field<&BackendServer::send_proxy>("send_proxy", {}, "tell it who the client is before the first data"),
    field<&BackendServer::source>("source", {}, "address that connections to it leave from"),
    field<&BackendServer::cookie>("cookie", {},
                                  "its value in the backend's cookie; unset: that cookie does not lead to it"),
    field<&BackendServer::check>("check", {},
                                 "how it is checked, where that differs from `check` of the backend; of a backend "
                                 "without: it is checked, by a connection"),
    field<&BackendServer::agent>("agent", {}, "an agent that says how it is, instead of the backend's"),
    field<&BackendServer::health>("health", {}, "what follows from checks, where that differs from the backend's"),
    field<&BackendServer::track>("track", {}, "\"backend/server\": it is up and down with that one")};

template <>
inline constexpr auto fields<Backend> = std::array{
    field<&Backend::mode>("mode", {}, "the same as that of its frontends"),
    field<&Backend::transport>("transport", {}, "whose TCP servers are spoken to; the same as that of its frontends"),
    field<&Backend::balance>("balance", {}, "how sessions find their server"),
    field<&Backend::servers>("servers", {.count_max = limits::servers_per_backend}, "the servers, by name"),
    field<&Backend::timeouts>("timeouts", {}, "how long servers are waited for"),
    field<&Backend::retries>("retries", {.max = 100}, "a connection that fails is tried so often again"),
    field<&Backend::redispatch>("redispatch", {}, "the last of these tries goes to another server"),
    field<&Backend::all_backups>("all_backups", {},
                                 "all backup servers share the sessions; false: the first takes all"),
    field<&Backend::abort_on_close>("abort_on_close", {},
                                    "a client that ends its sending while it waits is not served any more"),
    field<&Backend::reuse>("reuse", {}, "which requests go over connections that have served others"),
    field<&Backend::connections_full>("connections_full", {.max = 1u << 24},
                                      "sessions of the backend at which connections_min of its servers has grown to "
                                      "connections_max"),
    field<&Backend::idle_connections_max>("idle_connections_max", {.max = 1u << 24},
                                          "idle connections that each proxy keeps to each server; 0: no limit"),
    field<&Backend::forwarded_for>("forwarded_for", {}, "tell servers the client's address in a header"),
    field<&Backend::cookie>("cookie", {}, "a cookie that keeps clients with their server"),
    field<&Backend::stick>("stick", {.count_max = limits::stick_rules}, "tables that keep clients with their server"),
    field<&Backend::track>("track", {.count_max = limits::tracked},
                           "whose entries in stick tables count what is done here"),
    field<&Backend::persist_when_down>("persist_when_down", {},
                                       "who belongs to a server goes there also while it is down; the last of the "
                                       "retries goes elsewhere with `redispatch`"),
    field<&Backend::forwarded>("forwarded", {}, "tell servers about the client by Forwarded, RFC 7239"),
    field<&Backend::original_to>("original_to", {}, "tell servers the address that the client connected to"),
    field<&Backend::request_rules>("request_rules", {.count_max = limits::content_rules}, request_rules_help),
    field<&Backend::response_rules>("response_rules", {.count_max = limits::content_rules}, response_rules_help),
    field<&Backend::error_pages>("error_pages", {.count_max = limits::rule_groups}, error_pages_help),
    field<&Backend::check>("check", {}, "how its servers are checked; unset: they are not"),
    field<&Backend::agent>("agent", {}, "agents beside its servers, which say how those are"),
    field<&Backend::health>("health", {}, "what follows from checks of its servers")};

template <>
inline constexpr auto fields<ProxySettings> =
    std::array{field<&ProxySettings::connections_max>("connections_max", {.max = 1u << 24},
                                                      "clients at a time, over all frontends; more wait until one has "
                                                      "left; 0: no limit")};

template <>
inline constexpr auto fields<LogServer> =
    std::array{field<&LogServer::address>("address", {.required = true}, "address; UDP"),
               field<&LogServer::port>("port", {.min = 1, .max = 65535}, "port"),
               field<&LogServer::format>("format", {}, "how lines begin"),
               field<&LogServer::facility>("facility", {}, "syslog facility"),
               field<&LogServer::level>("level", {}, "lines less urgent than this are not sent"),
               field<&LogServer::tag>("tag", {}, "name of the program in the lines; unset: \"poise\"")};

}  // namespace poise::config
