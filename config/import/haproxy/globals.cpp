#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"
#include "config/spelling.hpp"

// The section `global`.
namespace poise::config::importing::haproxy {
namespace {

constexpr std::uint64_t connections_max = 1u << 24, rows_default = 16384;

struct GlobalKeyword {
  std::string_view name;
  bool matters = false;
  const char* why = "";
};

constexpr const char* of_process = "poised is started by systemd, which says this";
constexpr const char* of_tls = "TLS is not terminated yet";
constexpr const char* of_memory = "see memory";
constexpr const char* of_kernel = "nothing here needs it";
constexpr const char* no_lua = "there is no Lua";

// Those that nobody takes. A name that ends in '.' stands for all that begin with it.
constexpr std::array global_keywords = {
    GlobalKeyword{"daemon", false, of_process},
    GlobalKeyword{"user", false, "poised runs as who starts it; see the systemd unit"},
    GlobalKeyword{"group", false, "poised runs as who starts it; see the systemd unit"},
    GlobalKeyword{"uid", false, "poised runs as who starts it; see the systemd unit"},
    GlobalKeyword{"gid", false, "poised runs as who starts it; see the systemd unit"},
    GlobalKeyword{"chroot", false, "poised needs no chroot; see the systemd unit"},
    GlobalKeyword{"pidfile", false, of_process},
    GlobalKeyword{"master-worker", false, "changes are taken without another process"},
    GlobalKeyword{"mworker-max-reloads", false, "changes are taken without another process"},
    GlobalKeyword{"hard-stop-after", false, "see node.drain_on_stop_ms"},
    GlobalKeyword{"grace", false, "see node.drain_on_stop_ms"},
    GlobalKeyword{"close-spread-time", false, "see node.drain_on_stop_ms"},
    GlobalKeyword{"nbproc", false, "there is one process"},
    GlobalKeyword{"nbthread", false, "see node.worker_cores"},
    GlobalKeyword{"thread-groups", false, "see node.worker_cores"},
    GlobalKeyword{"thread-group", false, "see node.worker_cores"},
    GlobalKeyword{"cpu-map", false, "see node.worker_cores"},
    GlobalKeyword{"cpu-policy", false, "see node.worker_cores"},
    GlobalKeyword{"cpu-set", false, "see node.worker_cores"},
    GlobalKeyword{"numa-cpu-mapping", false, "see node.worker_cores"},
    GlobalKeyword{"stats", false, "there is no socket for commands: see `poise`, and api"},
    GlobalKeyword{"log-send-hostname", false, "lines have no name of the host"},
    GlobalKeyword{"node", false, "see node.name"},
    GlobalKeyword{"description", false, "see node.name"},
    GlobalKeyword{"localpeer", false, "stick tables are not shared between nodes yet"},
    GlobalKeyword{"cluster-secret", false, "nothing is shared between nodes yet"},
    GlobalKeyword{"spread-checks", false, "checks are spread over their interval anyway"},
    GlobalKeyword{"max-spread-checks", false, "checks are spread over their interval anyway"},
    GlobalKeyword{"external-check", false, "servers are not checked by programs"},
    GlobalKeyword{"insecure-fork-wanted", false, of_kernel},
    GlobalKeyword{"insecure-setuid-wanted", false, of_kernel},
    GlobalKeyword{"maxconnrate", true, "connections are not limited by their rate yet"},
    GlobalKeyword{"maxsessrate", true, "connections are not limited by their rate yet"},
    GlobalKeyword{"maxsslconn", false, of_tls},
    GlobalKeyword{"maxsslrate", false, of_tls},
    GlobalKeyword{"maxpipes", false, of_memory},
    GlobalKeyword{"ulimit-n", false, "see the systemd unit"},
    GlobalKeyword{"fd-hard-limit", false, "see the systemd unit"},
    GlobalKeyword{"strict-limits", false, "always so"},
    GlobalKeyword{"set-dumpable", false, "see the systemd unit"},
    GlobalKeyword{"unix-bind", false, "there are no unix sockets"},
    GlobalKeyword{"default-path", false, "files are named by absolute paths"},
    GlobalKeyword{"server-state-base", false, "servers keep their state while poised runs"},
    GlobalKeyword{"server-state-file", false, "servers keep their state while poised runs"},
    GlobalKeyword{"stats-file", false, "counters live as long as poised"},
    GlobalKeyword{"ca-base", false, of_tls},
    GlobalKeyword{"crt-base", false, of_tls},
    GlobalKeyword{"key-base", false, of_tls},
    GlobalKeyword{"issuers-chain-path", false, of_tls},
    GlobalKeyword{"acme.", false, of_tls},
    GlobalKeyword{"ssl-default-.", false, of_tls},
    GlobalKeyword{"ssl-.", false, of_tls},
    GlobalKeyword{"ocsp-update.", false, of_tls},
    GlobalKeyword{"tune.", false, "limits and buffers are our own; see memory"},
    GlobalKeyword{"profiling.", false, "see poise stages"},
    GlobalKeyword{"httpclient.", false, of_kernel},
    GlobalKeyword{"lua-load", true, no_lua},
    GlobalKeyword{"lua-load-per-thread", true, no_lua},
    GlobalKeyword{"lua-prepend-path", false, no_lua},
    GlobalKeyword{"set-var", true, "not imported yet: variables of rules"},
    GlobalKeyword{"set-var-fmt", true, "not imported yet: variables of rules"},
    GlobalKeyword{"h1-case-adjust", false, "names of headers are in lower case"},
    GlobalKeyword{"h1-case-adjust-file", false, "names of headers are in lower case"},
    GlobalKeyword{"h1-accept-payload-with-any-method", false, "always so"},
    GlobalKeyword{"h1-do-not-close-on-insecure-transfer-encoding", false, "such messages are refused"},
    GlobalKeyword{"h2-workaround-bogus-websocket-clients", false, "clients speak HTTP/1.1"},
    GlobalKeyword{"expose-deprecated-directives", false, "each line has a note"},
    GlobalKeyword{"expose-experimental-directives", false, "each line has a note"},
    GlobalKeyword{"pp2-never-send-local", false, of_kernel},
    GlobalKeyword{"busy-polling", false, "see node.polling"},
    GlobalKeyword{"maxcompcpuusage", false, "responses go on as servers compress them"},
    GlobalKeyword{"maxcomprate", false, "responses go on as servers compress them"},
    GlobalKeyword{"maxzlibmem", false, "responses go on as servers compress them"},
    GlobalKeyword{"no-memory-trimming", false, of_memory},
    GlobalKeyword{"noepoll", false, of_kernel},
    GlobalKeyword{"nopoll", false, of_kernel},
    GlobalKeyword{"nokqueue", false, of_kernel},
    GlobalKeyword{"noevports", false, of_kernel},
    GlobalKeyword{"noreuseport", false, of_kernel},
    GlobalKeyword{"nosplice", false, of_kernel},
    GlobalKeyword{"nogetaddrinfo", false, of_kernel},
    GlobalKeyword{"limited-quic", false, "there is no QUIC"},
    GlobalKeyword{"no-quic", false, "there is no QUIC"},
    GlobalKeyword{"prealloc-fd", false, of_memory},
    GlobalKeyword{"quick-exit", false, of_process},
    GlobalKeyword{"quiet", false, of_process},
    GlobalKeyword{"zero-warning", false, "each line has a note"},
    GlobalKeyword{"debug", false, "see logging.level"},
    GlobalKeyword{"anonkey", false, of_kernel},
    GlobalKeyword{"warn-blocked-traffic-after", false, "see node.worker_stall_ms"},
    GlobalKeyword{"harden.", false, of_kernel},
    GlobalKeyword{"force-cfg-parser-pause", false, of_kernel},
    GlobalKeyword{"dns-accept-family", false, "names are looked up once, by the import"},
    GlobalKeyword{"51degrees-.", true, "devices are not told apart"},
    GlobalKeyword{"deviceatlas-.", true, "devices are not told apart"},
    GlobalKeyword{"wurfl-.", true, "devices are not told apart"},
};

// Settings that are taken, for the table of names.
constexpr std::array<std::string_view, 7> taken_keywords = {"maxconn",   "log",      "log-tag", "setenv",
                                                            "presetenv", "unsetenv", "resetenv"};

const GlobalKeyword* find(std::string_view name) {
  const auto found = std::find_if(global_keywords.begin(), global_keywords.end(), [&](const GlobalKeyword& each) {
    return each.name == name ||
           (each.name.ends_with('.') && name.starts_with(each.name.substr(0, each.name.size() - 1)));
  });
  return found == global_keywords.end() ? nullptr : &*found;
}

void take_maxconn(Mapping& mapping, const Line& line) {
  const auto count = mapping.number(line, line.word(1));
  if (!count) return;
  if (*count > connections_max) mapping.changed(line, "at most " + std::to_string(connections_max));
  const std::uint64_t taken = std::min(*count, connections_max);
  part_at(mapping, line, {"proxy"}).take(line, "connections_max", taken);
  const std::uint64_t rows = std::min(2 * taken, connections_max);
  if (rows <= rows_default) return;
  part_at(mapping, line, {"memory"}).set(line, "proxy_connections", rows);
  mapping.changed(line, "memory.proxy_connections = " + std::to_string(rows) + ": as many clients, and a server each");
}

void take_log(Mapping& mapping, const Line& line) {
  const auto name = log_server(mapping, line, 1);
  if (name && std::find(mapping.global_logs.begin(), mapping.global_logs.end(), *name) == mapping.global_logs.end())
    mapping.global_logs.push_back(*name);
}

void take_log_tag(Mapping& mapping, const Line& line) {
  if (line.words.size() != 2) return mapping.refuse(line, "it needs one word", "write log-tag NAME");
  mapping.log_tag = line.words[1];
  mapping.taken(line, "tag of each of log_servers");
}

void take_global(Mapping& mapping, const Line& line) {
  const std::string& name = line.words[0];
  if (name == "maxconn" && line.words.size() == 2) return take_maxconn(mapping, line);
  if (name == "log" && !line.is_negated) return take_log(mapping, line);
  if (name == "log-tag") return;
  const GlobalKeyword* keyword = find(name);
  if (keyword != nullptr && !keyword->matters) return mapping.ignored(line, keyword->why);
  if (keyword != nullptr)
    return mapping.leave_out(line, keyword->why, "remove it, or import with --lenient to leave it out");
  std::vector<std::string_view> names(taken_keywords.begin(), taken_keywords.end());
  for (const GlobalKeyword& each : global_keywords) names.push_back(each.name);
  mapping.refuse(line, "there is no keyword \"" + name + "\" in global, or not like this",
                 did_you_mean(name, names, "remove it"));
}

}  // namespace

void map_globals(Mapping& mapping, const Section& section) {
  mapping.taken(section.head, "proxy, log_servers");
  for (const Line& line : section.lines)
    if (line.words[0] == "log-tag") take_log_tag(mapping, line);
  for (const Line& line : section.lines) take_global(mapping, line);
}

}  // namespace poise::config::importing::haproxy
