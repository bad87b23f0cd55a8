#pragma once
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: the node itself, its memory, log and API.
namespace poise::config {

template <>
inline constexpr auto fields<Node> = std::array{
    field<&Node::name>("name", {.format = Format::name}, "name of this node in logs and metrics"),
    field<&Node::worker_cores>("worker_cores", {.max = 1023, .count_max = limits::workers, .needs_restart = true},
                               "processor cores that forward packets, one worker each; empty: one worker on core 1 "
                               "(core 0 if there is no other)"),
    field<&Node::control_core>("control_core", {.max = 1023, .needs_restart = true},
                               "core of the control thread: API, metrics, logs"),
    field<&Node::polling>("polling", {}, "what a worker does while no packets come"),
    field<&Node::hash_key>(
        "hash_key", {.format = Format::hash_key, .secret = true, .needs_restart = true},
        "key of all packet hashes, 32 hex digits; unset: random at each start. Give both nodes of a pair the same"),
    field<&Node::worker_stall_ms>(
        "worker_stall_ms", {.min = 100, .max = 600'000},
        "a worker that makes no progress for so long ends the daemon, to be restarted by the service manager"),
    field<&Node::drain_on_stop_ms>("drain_on_stop_ms", {.max = 3'600'000},
                                   "on SIGTERM: take no new flows and clients, and wait so long for the old ones; 0: "
                                   "stop at once")};

template <>
inline constexpr auto fields<Memory> = std::array{
    field<&Memory::flows>("flows", {.min = 1024, .max = 1u << 30, .needs_restart = true},
                          "flow entries over all workers; unset: from the machine's memory"),
    field<&Memory::packet_buffers>("packet_buffers", {.min = 1024, .max = 1u << 26, .needs_restart = true},
                                   "packet buffers over all workers; unset: from the ports, queues and workers"),
    field<&Memory::proxy_connections>("proxy_connections", {.min = 64, .max = 1u << 24, .needs_restart = true},
                                      "connections of clients and to servers that each proxy has room for; unset: "
                                      "16,384"),
    field<&Memory::huge_pages>("huge_pages", {.needs_restart = true},
                               "whether packet buffers and tables are in huge pages"),
    field<&Memory::embryonic_percent>(
        "embryonic_percent", {.min = 1, .max = 100, .needs_restart = true},
        "share of the flow table that not yet established flows may take: a flood of new flows cannot evict old ones")};

template <>
inline constexpr auto fields<ApiListen> = std::array{
    field<&ApiListen::address>("address", {.required = true},
                               "address of the management network to listen on; 0.0.0.0 or :: for all"),
    field<&ApiListen::port>("port", {.min = 1, .max = 65535}, "TCP port"),
    field<&ApiListen::certificate>("certificate", {.format = Format::file, .required = true},
                                   "PEM file with the certificate chain"),
    field<&ApiListen::key>("key", {.format = Format::file, .required = true}, "PEM file with the private key")};

template <>
inline constexpr auto fields<ApiToken> =
    std::array{field<&ApiToken::sha256>("sha256", {.format = Format::sha256, .required = true, .secret = true},
                                        "SHA-256 of the token, 64 hex digits; `poise token create` makes both"),
               field<&ApiToken::role>("role", {}, "what the bearer may do")};

template <>
inline constexpr auto fields<Api> = std::array{
    field<&Api::socket>("socket", {.format = Format::socket, .needs_restart = true},
                        "unix socket of the API; who may open it is an admin"),
    field<&Api::listen>("listen", {.needs_restart = true}, "serve the API on TCP with TLS too, to bearers of a token"),
    field<&Api::tokens>("tokens", {.count_max = 1024}, "bearer tokens for `listen`, by the name of their holder")};

template <>
inline constexpr auto fields<Logging> = std::array{
    field<&Logging::target>("target", {}, "where log lines go"), field<&Logging::format>("format", {}, "how they look"),
    field<&Logging::level>("level", {}, "the least important event that is logged")};

}  // namespace poise::config
