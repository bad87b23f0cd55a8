#pragma once
#include <bit>
#include <cstddef>

// Everything has a limit, here. The configuration refuses what exceeds one; the tables behind it are sized by it.
namespace poise::limits {

inline constexpr std::size_t burst = 32;  // packets a stage sees at once
inline constexpr std::size_t workers = 64;
inline constexpr std::size_t ports = 64;         // DPDK ports
inline constexpr std::size_t interfaces = 1024;  // ports and their VLANs
inline constexpr std::size_t addresses_per_interface = 256;
inline constexpr std::size_t routes = 1u << 20;
inline constexpr std::size_t next_hops_per_route = 64;
inline constexpr std::size_t services = 16384;
inline constexpr std::size_t pools = 16384;
inline constexpr std::size_t servers = 16384;  // over all pools
inline constexpr std::size_t servers_per_pool = 1024;
inline constexpr std::size_t checks_per_pool = 16;    // of each server
inline constexpr std::size_t probe_port_first = 768;  // health checks' own UDP ports and echo identifiers:
inline constexpr std::size_t probe_ports = 256;       // source NAT begins behind them
// Where the workers' proxies connect to servers from: below what a Linux host takes, and source NAT keeps clear of it.
inline constexpr std::size_t proxy_port_first = 1024, proxy_port_last = 32767;
inline constexpr std::size_t frontends = 16384;
inline constexpr std::size_t backends = 16384;
inline constexpr std::size_t binds_per_frontend = 256;
inline constexpr std::size_t servers_per_backend = 4095;
inline constexpr std::size_t steps_per_check = 64;
inline constexpr std::size_t captures = 8;  // of each kind, in a frontend
inline constexpr std::size_t log_servers = 16;
inline constexpr std::size_t stick_tables = 1024;
inline constexpr std::size_t stick_entries = 1u << 26;             // of one table
inline constexpr std::size_t stick_bytes = std::size_t(64) << 30;  // over all tables
inline constexpr std::size_t stick_key_bytes = 256;
inline constexpr std::size_t stick_data = 21;         // kinds, in a table
inline constexpr std::size_t stick_rules = 8;         // of a backend
inline constexpr std::size_t tracked = 3;             // entries a session
inline constexpr std::size_t cookie_attributes = 16;  // of each kind, in a backend
inline constexpr std::size_t content_rules = 1024;    // of each kind, in a frontend or backend
inline constexpr std::size_t rule_values = 4096;      // of a list of a condition; more are in a file
inline constexpr std::size_t rule_groups = 64;        // of conditions, in a rule
inline constexpr std::size_t rule_edits = 64;         // that rules may make in one head
inline constexpr std::size_t rule_edit_bytes = 16384;
inline constexpr std::size_t rule_file_bytes = 16u << 20;
inline constexpr std::size_t answer_bytes = 65536;  // of a page that a rule answers with
inline constexpr std::size_t reals = 65536;         // (service, server) pairs
inline constexpr std::size_t maglev_slots = 65537;  // prime
inline constexpr std::size_t snat_pools = 1024;
inline constexpr std::size_t snat_addresses = 4096;   // over all pools
inline constexpr std::size_t virtual_routers = 4096;  // VRRP instances
inline constexpr std::size_t neighbors = 16384;       // per worker
inline constexpr std::size_t packets_per_unresolved_neighbor = 8;
inline constexpr std::size_t fragment_datagrams = 4096;       // tracked per worker
inline constexpr std::size_t fragments_waiting = 1024;        // non-first fragments held per worker
inline constexpr std::size_t persistence_entries = 1u << 18;  // per worker
inline constexpr std::size_t ring = 4096;                     // hand-off, command and reply rings
inline constexpr std::size_t punt_ring = 1024;                // punt and inject rings: whole frames
inline constexpr std::size_t punt_bytes = 9232;               // the largest frame that control or the host path can get
inline constexpr std::size_t revisions_kept = 50;
inline constexpr std::size_t name_length = 63;
inline constexpr std::size_t document_bytes = 16u << 20;  // a configuration file or API body
inline constexpr std::size_t document_depth = 64;         // objects and lists inside one another
inline constexpr std::size_t errors_reported = 1000;      // of one document; one more line says that there are others

static_assert(std::has_single_bit(ring) && std::has_single_bit(neighbors));
static_assert(probe_port_first + probe_ports <= 1024);
static_assert(maglev_slots > 50 * servers_per_pool);  // keeps imbalance under about 2 %

}  // namespace poise::limits
