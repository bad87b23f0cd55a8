#include "l7/compile.hpp"

#include <algorithm>

#include "config/check_l7.hpp"
#include "config/choices_proxy.hpp"
#include "config/placeholders.hpp"
#include "config/types/limits.hpp"
#include "config/types/siphash.hpp"
#include "l7/compile_stick.hpp"
#include "l7/http1/characters.hpp"
#include "l7/persistence/server_cookie.hpp"
#include "l7/rules/text_template.hpp"

namespace poise::l7 {
namespace {

// Not secret: both nodes of a pair must have the same ring.
constexpr SipHash name_hash({3});

template <class Map, class Key>
auto& state_of(Map& map, const Key& key, std::size_t proxies) {
  auto& state = map[key];
  if (state == nullptr) state = std::make_shared<typename std::decay_t<decltype(state)>::element_type>(proxies);
  return state;
}

Mode mode_of(config::ProxyMode mode) { return mode == config::ProxyMode::tcp ? Mode::tcp : Mode::http; }

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), http1::lower);
  return text;
}

std::optional<ForwardedFor> compile_forwarded(const std::optional<config::ForwardedFor>& wanted) {
  if (!wanted) return std::nullopt;
  return ForwardedFor{in_lower_case(wanted->header), wanted->only_if_none, wanted->except};
}

Server compile_server(const std::string& name, const config::BackendServer& wanted, const config::Backend& backend) {
  Server server;
  server.name = name;
  server.id = wanted.id.value_or(0);
  server.address = wanted.address;
  server.port = wanted.port.value_or(0);
  server.weight = wanted.weight;
  server.connections_max = wanted.connections_max;
  server.connections_min = wanted.connections_min;
  server.queue_max = wanted.queue_max;
  server.is_backup = wanted.backup;
  server.is_disabled = wanted.state == config::ServerState::down;
  server.is_drained = wanted.state == config::ServerState::drain;
  server.send_proxy = SendProxy(wanted.send_proxy);
  server.source = wanted.source;
  const config::HealthReaction reaction = config::reaction_of(backend, wanted);
  server.observe = Observe(*reaction.observe);
  server.error_limit = *reaction.error_limit;
  server.tracked = wanted.track.value_or("");
  server.name_hash = name_hash(name);
  return server;
}

persistence::CookieRule compile_cookie(const config::CookiePersistence& wanted) {
  persistence::CookieRule rule;
  rule.mode = persistence::CookieRule::Mode(wanted.mode);
  rule.name = wanted.name;
  rule.is_indirect = wanted.indirect;
  rule.has_no_cache = wanted.nocache;
  rule.is_for_post_only = wanted.postonly;
  rule.preserves = wanted.preserve;
  rule.idle_max_s = wanted.idle_max_s;
  rule.life_max_s = wanted.life_max_s;
  for (const std::string& domain : wanted.domains) rule.attributes += "; domain=" + domain;
  if (wanted.httponly) rule.attributes += "; HttpOnly";
  if (wanted.secure) rule.attributes += "; Secure";
  for (const std::string& attribute : wanted.attributes) rule.attributes += "; " + attribute;
  return rule;
}

void compile_persistence(const config::Backend& wanted, Backend& backend) {
  backend.persists_when_down = wanted.persist_when_down;
  if (!wanted.cookie) return;
  backend.cookie = compile_cookie(*wanted.cookie);
  for (Server& server : backend.servers) {
    const auto& value = wanted.servers.at(server.name).cookie;
    if (value)
      server.cookie = *value;
    else if (wanted.cookie->dynamic)
      server.cookie = persistence::dynamic_cookie(*wanted.cookie->dynamic_key, server.address, server.port);
  }
}

// Those without an id are behind those with one, by name, as HAProxy numbers servers in the order of its file.
void number_servers(std::vector<Server>& servers) {
  std::stable_sort(servers.begin(), servers.end(), [](const Server& a, const Server& b) {
    return (a.id == 0 ? ~0u : a.id) < (b.id == 0 ? ~0u : b.id);
  });
  std::uint32_t last = 0;
  for (Server& server : servers) {
    if (server.id == 0) server.id = last + 1;
    last = server.id;
  }
}

void compile_balance(const config::Balance& wanted, Backend& backend) {
  using enum config::BalanceAlgorithm;
  const auto algorithm_of = [&] {
    switch (wanted.algorithm) {
      case roundrobin:
        return balance::Algorithm::roundrobin;
      case static_rr:
        return balance::Algorithm::static_rr;
      case leastconn:
        return balance::Algorithm::leastconn;
      case first:
        return balance::Algorithm::first;
      case random:
        return balance::Algorithm::random;
      case source:
      case uri:
      case url_param:
      case hdr:
      case hash:
        break;
    }
    return balance::Algorithm::hash;
  };
  backend.balance = {algorithm_of(), balance::HashType(wanted.hash_type), wanted.random_draws, wanted.balance_factor};
  backend.key.kind = wanted.algorithm == uri         ? BalanceKey::Kind::uri
                     : wanted.algorithm == url_param ? BalanceKey::Kind::url_param
                     : wanted.algorithm == hdr       ? BalanceKey::Kind::header
                     : wanted.algorithm == hash      ? BalanceKey::Kind::text
                                                     : BalanceKey::Kind::source;
  backend.key.name = wanted.algorithm == hdr ? in_lower_case(wanted.name.value_or("")) : wanted.name.value_or("");
  backend.key.path_only = !wanted.uri_whole;
  backend.key.length = wanted.uri_length;
  backend.key.depth = wanted.uri_depth;
  backend.key.domain_only = wanted.domain_only;
  if (wanted.algorithm != hash) return;
  backend.key.text = std::make_shared<rules::TextTemplate>(*wanted.key);
  backend.key.needs_sni = config::has_any(*wanted.key, config::is_sni);
}

std::unique_ptr<Backend> compile_backend(const std::string& name, const config::Backend& wanted) {
  auto backend = std::make_unique<Backend>();
  backend->name = name;
  backend->mode = mode_of(wanted.mode);
  compile_balance(wanted.balance, *backend);
  backend->algorithm = config::name_of(wanted.balance.algorithm);
  const config::BackendTimeouts& times = wanted.timeouts;
  backend->timeouts = {.connect = times.connect_ms,
                       .server = times.server_ms,
                       .server_fin = times.server_fin_ms,
                       .queue = times.queue_ms,
                       .tunnel = times.tunnel_ms,
                       .tarpit = times.tarpit_ms != 0 ? times.tarpit_ms : times.connect_ms};
  backend->reuse = Reuse(wanted.reuse);
  backend->retries = wanted.retries;
  backend->full_connections = wanted.connections_full;
  backend->is_redispatching = wanted.redispatch;
  backend->uses_all_backups = wanted.all_backups;
  backend->aborts_on_close = wanted.abort_on_close;
  backend->idle_max = wanted.idle_connections_max;
  backend->forwarded_for = compile_forwarded(wanted.forwarded_for);
  for (const auto& [server_name, server] : wanted.servers)
    backend->servers.push_back(compile_server(server_name, server, wanted));
  number_servers(backend->servers);
  compile_persistence(wanted, *backend);
  return backend;
}

std::unique_ptr<Frontend> compile_frontend(const std::string& name, const config::Frontend& wanted) {
  auto frontend = std::make_unique<Frontend>();
  frontend->name = name;
  frontend->mode = mode_of(wanted.mode);
  const config::FrontendTimeouts& times = wanted.timeouts;
  frontend->timeouts = {.client = times.client_ms,
                        .client_fin = times.client_fin_ms,
                        .http_request = times.http_request_ms,
                        .http_keep_alive = times.http_keep_alive_ms,
                        .tarpit = times.tarpit_ms};
  frontend->connections_max = wanted.connections_max;
  frontend->logs = wanted.log.format != config::AccessLogFormat::none;
  frontend->log_format = wanted.log.format;
  frontend->logs_null = wanted.log.log_null;
  frontend->forwarded_for = compile_forwarded(wanted.forwarded_for);
  if (wanted.stats) {
    frontend->stats_uri = wanted.stats->uri;
    frontend->stats_refresh_s = wanted.stats->refresh_s;
  }
  for (const config::HeaderCapture& capture : wanted.log.request_headers)
    frontend->request_captures.push_back({in_lower_case(capture.header), capture.length_max});
  for (const config::HeaderCapture& capture : wanted.log.response_headers)
    frontend->response_captures.push_back({in_lower_case(capture.header), capture.length_max});
  if (wanted.log.cookie) frontend->cookie_capture = Capture{wanted.log.cookie->name, wanted.log.cookie->length_max};
  return frontend;
}

void compile_bindings(const config::Frontend& wanted, const Frontend& frontend, Tables& tables) {
  for (const config::Bind& bind : wanted.binds)
    tables.bindings.push_back(
        {bind.address.value_or(IpAddr::v4(0)), bind.port.value_or(0), bind.accept_proxy, frontend.state});
}

std::uint16_t log_targets(const config::Config& config, const config::AccessLog& log) {
  static_assert(limits::log_servers <= 16);
  unsigned bits = 0, bit = 1;
  for (const auto& [name, server] : config.log_servers) {
    const bool is_wanted =
        log.servers.empty() || std::find(log.servers.begin(), log.servers.end(), name) != log.servers.end();
    if (is_wanted) bits |= bit;
    bit <<= 1;
  }
  return std::uint16_t(bits);
}

HashKey hash_key_of(const config::Config& config) {
  HashKey key{{'p', 'o', 'i', 's', 'e'}};
  if (!config.node.hash_key) return key;
  const auto digit = [](char character) {
    return std::uint8_t(character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10);
  };
  for (std::size_t i = 0; i < key.octets.size(); ++i)
    key.octets[i] =
        std::uint8_t(digit((*config.node.hash_key)[2 * i]) << 4 | digit((*config.node.hash_key)[2 * i + 1]));
  return key;
}

}  // namespace

std::shared_ptr<FrontendState> States::frontend(const std::string& name) {
  return state_of(frontends_, name, proxies_);
}
std::shared_ptr<BackendState> States::backend(const std::string& name) { return state_of(backends_, name, proxies_); }
std::shared_ptr<ServerState> States::server(const std::string& backend, const std::string& name) {
  return state_of(servers_, std::pair(backend, name), proxies_);
}
std::shared_ptr<ServerState> States::find_server(const std::string& backend, const std::string& name) const {
  const auto found = servers_.find({backend, name});
  return found == servers_.end() ? nullptr : found->second;
}

std::shared_ptr<BackendState> States::find_backend(const std::string& name) const {
  const auto found = backends_.find(name);
  return found == backends_.end() ? nullptr : found->second;
}

void States::forget_all_but(const config::Config& config) {
  std::erase_if(frontends_, [&](const auto& entry) { return !config.frontends.contains(entry.first); });
  std::erase_if(backends_, [&](const auto& entry) { return !config.backends.contains(entry.first); });
  std::erase_if(servers_, [&](const auto& entry) {
    const auto backend = config.backends.find(entry.first.first);
    return backend == config.backends.end() || !backend->second.servers.contains(entry.first.second);
  });
}

std::shared_ptr<const Tables> compile(const config::Config& config, config::ProxyTransport transport,
                                      std::uint64_t revision, States& states) {
  auto tables = std::make_shared<Tables>();
  tables->revision = revision;
  tables->hash_key = hash_key_of(config);
  tables->connections_max = config.proxy.connections_max;
  tables->health_changes = states.health_changes().get();
  tables->states.push_back(states.health_changes());
  for (const auto& [name, table] : states.stick_tables()) tables->states.push_back(table);
  std::map<std::string, const Backend*> by_name;
  for (const auto& [name, wanted] : config.backends) {
    if (wanted.transport != transport) continue;
    auto backend = compile_backend(name, wanted);
    backend->content = compile_rules(wanted, states.rule_files);
    backend->stick = compile_stick_rules(wanted.stick, states);
    backend->tracking = compile_tracking(wanted.track, states);
    for (stick::Tracking& each : backend->tracking) each.is_of_request = true;
    const auto state = states.backend(name);
    backend->state = state.get();
    tables->states.push_back(state);
    for (Server& server : backend->servers) {
      const auto server_state = states.server(name, server.name);
      server.state = server_state.get();
      tables->states.push_back(server_state);
    }
    by_name[name] = backend.get();
    tables->backends.push_back(std::move(backend));
  }
  for (const auto& [name, wanted] : config.frontends) {
    if (wanted.transport != transport || !wanted.enabled) continue;
    auto frontend = compile_frontend(name, wanted);
    frontend->tracking = compile_tracking(wanted.track, states);
    const auto state = states.frontend(name);
    frontend->state = state.get();
    tables->states.push_back(state);
    if (wanted.default_backend) frontend->backend = by_name.at(*wanted.default_backend);
    frontend->content = compile_rules(wanted, states.rule_files, by_name, *frontend);
    frontend->log_targets = log_targets(config, wanted.log);
    compile_bindings(wanted, *frontend, *tables);
    tables->frontends.push_back(std::move(frontend));
  }
  return tables;
}

}  // namespace poise::l7
