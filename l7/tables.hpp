#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model_proxy.hpp"
#include "config/types/ip.hpp"
#include "config/types/keyed_hash.hpp"
#include "config/types/time.hpp"
#include "l7/balance/balancer.hpp"
#include "l7/counters.hpp"
#include "l7/health/report.hpp"
#include "l7/persistence/cookie_rule.hpp"
#include "l7/stick/rules.hpp"
#include "l7/tcp/connection.hpp"

// What the proxies know of a configuration (Tables, immutable) and what stays while tables come and go (states). A
// state belongs to a name: that of a frontend, a backend, or a server in a backend.
namespace poise::l7 {

namespace rules {
struct ContentRules;
class TextTemplate;
}  // namespace rules

enum class Mode : std::uint8_t { tcp, http };
enum class Reuse : std::uint8_t { never, safe, aggressive, always };
enum class SendProxy : std::uint8_t { none, v1, v2 };
enum class Observe : std::uint8_t { none, layer4, layer7 };

inline constexpr std::uint32_t nobody = ~0u;

// Rows in a list: those of sessions that wait, or of connections that are idle.
struct RowList {
  std::uint32_t first = nobody, last = nobody, count = 0;
};

// ServerState - control writes what it knows, the proxies count. `local`: one for each proxy, which only that touches
// but for its Stats.
struct ServerState {
  explicit ServerState(std::size_t proxies) : local(proxies) {}
  std::atomic<bool> is_up{true};
  std::atomic<bool> is_checked{false};           // health checks look at it
  std::atomic<bool> is_drained{false};           // no new sessions but those that belong to it by a cookie
  std::atomic<std::uint32_t> weight_share{256};  // of the configured weight, in 256ths: slow start
  std::atomic<std::uint32_t> weight_set{~0u};    // by an operator, instead of the configured one; ~0: not
  std::atomic<std::uint32_t> limit_set{~0u};     // by an agent, instead of the configured connections_max; ~0: not
  std::atomic<std::uint32_t> taken{0};           // slots, over all proxies, of those with connections_max
  // Of a server that is observed: errors of sessions without one that went well between, and how often they were too
  // many.
  std::atomic<std::uint32_t> errors_in_a_row{0}, error_limits{0};
  std::atomic<std::uint32_t> endings{0};  // grows when all its sessions are to end
  std::atomic<char> ended_by{'D'};        // as logs write the cause
  health::ServerReport health;
  struct Local {
    Stats stats;
    RowList idle;
    Count idle_now;  // as many, for whoever reads
    RowList waiting;
    Count waiting_since;        // the first of these, in ms of the clock; 0: nobody waits
    std::uint32_t endings = 0;  // that were carried out
  };
  std::vector<Local> local;
};

struct Backend;
struct BackendState {
  explicit BackendState(std::size_t proxies) : local(proxies) {}
  std::atomic<std::uint32_t> generation{1};  // changes with what the proxies balance by: states, weights
  health::Changes changes;
  struct Local {
    Stats stats;
    RowList waiting;
    Count waiting_since;  // likewise
    std::unique_ptr<balance::Balancer> balancer;
    const Backend* balanced = nullptr;  // what the balancer was made for
    std::uint32_t generation = 0;
    balance::Settings settings;  // that it was made with
    bool is_on_backups = false, has_any = false;
  };
  std::vector<Local> local;
};

struct Frontend;
struct FrontendState {
  explicit FrontendState(std::size_t proxies) : local(proxies) {}
  struct Local {
    Stats stats;
    const Frontend* current = nullptr;  // null: it was removed
    RowList waiting;                    // clients beyond connections_max
  };
  std::vector<Local> local;
  std::atomic<std::uint32_t> connections{0};  // over all proxies
};

// Times in milliseconds; 0: no limit.
struct Timeouts {
  std::uint32_t client = 0, client_fin = 0, http_request = 0, http_keep_alive = 0;  // of frontends
  std::uint32_t connect = 0, server = 0, server_fin = 0, queue = 0, tunnel = 0;     // of backends
  std::uint32_t tarpit = 0;                                                         // of both
};

struct Server {
  std::string name;
  std::uint32_t id = 0;  // HAProxy's: the order of servers
  IpAddr address;
  std::uint16_t port = 0;  // 0: the one that the client connected to
  std::uint32_t weight = 1;
  std::uint32_t connections_max = 0, connections_min = 0, queue_max = 0;  // 0: no limit
  bool is_backup = false;
  bool is_disabled = false;  // by the configuration
  bool is_drained = false;   // likewise: no new sessions but those that belong to it by a cookie
  SendProxy send_proxy = SendProxy::none;
  Observe observe = Observe::none;
  std::uint32_t error_limit = 10;
  std::optional<IpAddr> source;
  std::string tracked;  // "backend/server"; "": none
  std::uint64_t name_hash = 0;
  std::string cookie;  // its value in the backend's cookie; "": it has none
  ServerState* state = nullptr;
};

// What the hash algorithms hash.
struct BalanceKey {
  enum class Kind : std::uint8_t { source, uri, url_param, header, text } kind = Kind::source;
  std::string name;                     // of the parameter or header
  bool path_only = true;                // uri: without the query
  std::uint32_t length = 0, depth = 0;  // uri: so many characters, directories; 0: all
  bool domain_only = false;             // header: the main part of the host's name
  bool needs_sni = false;               // text: the name that a TLS client asks for is in it
  std::shared_ptr<const rules::TextTemplate> text;
};

struct ForwardedFor {  // X-Forwarded-For
  std::string header = "x-forwarded-for";
  bool only_if_none = false;
  std::optional<IpPrefix> except;
};

struct Backend {
  std::string name;
  Mode mode = Mode::tcp;
  std::vector<Server> servers;  // in the order of their ids
  balance::Settings balance;
  BalanceKey key;
  std::string algorithm;  // its name
  Timeouts timeouts;
  Reuse reuse = Reuse::safe;
  std::uint32_t retries = 3, full_connections = 0;
  bool is_redispatching = false, uses_all_backups = false, aborts_on_close = false;
  std::uint32_t idle_max = 0;  // idle connections kept to each server, in each proxy; 0: no limit
  std::optional<ForwardedFor> forwarded_for;
  std::optional<persistence::CookieRule> cookie;
  std::vector<stick::Rule> stick;
  std::vector<stick::Tracking> tracking;
  bool persists_when_down = false;                     // who belongs to a server goes there also while it is down
  std::shared_ptr<const rules::ContentRules> content;  // null: none
  BackendState* state = nullptr;
};

struct Capture {
  std::string header;
  std::uint32_t length_max = 0;
};

struct Frontend {
  std::string name;
  Mode mode = Mode::tcp;
  const Backend* backend = nullptr;  // the default; null: none
  Timeouts timeouts;
  std::uint32_t connections_max = 0;
  bool logs = false, logs_null = true;
  config::AccessLogFormat log_format = config::AccessLogFormat::none;
  std::uint16_t log_targets = 0;  // bits: the log servers in the order of their names
  std::uint32_t stats_refresh_s = 0;
  std::optional<ForwardedFor> forwarded_for;
  std::vector<stick::Tracking> tracking;
  std::optional<Capture> cookie_capture;                     // by how "NAME=VALUE" begins
  std::string stats_uri;                                     // "": none
  std::vector<Capture> request_captures, response_captures;  // without a header: a rule's
  std::shared_ptr<const rules::ContentRules> content;        // null: none
  FrontendState* state = nullptr;
};

// What all proxies of a process share, whatever the tables.
struct ProcessState {
  std::atomic<std::uint32_t> connections{0};  // of clients
};

// What a frontend listens on.
struct Binding {
  IpAddr address;
  std::uint16_t port = 0;
  bool accepts_proxy = false;
  FrontendState* frontend = nullptr;
};

struct Tables {
  std::uint64_t revision = 0;
  std::vector<std::unique_ptr<Frontend>> frontends;
  std::vector<std::unique_ptr<Backend>> backends;
  std::vector<Binding> bindings;
  std::uint32_t connections_max = 0;  // of clients, over all; 0: no limit
  const std::atomic<std::uint32_t>* health_changes =
      nullptr;                                // grows when a server has gone down or loses its sessions
  HashKey hash_key;                           // of the hash algorithms: the same on nodes that are to agree
  std::vector<std::shared_ptr<void>> states;  // what the pointers above point to
};

}  // namespace poise::l7
