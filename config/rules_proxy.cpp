#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "config/choices_proxy.hpp"
#include "config/placeholders.hpp"
#include "config/rules_content.hpp"
#include "config/scalars.hpp"
#include "config/spelling.hpp"

namespace poise::config {

bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

void check_header_name(Rules& rules, const std::string& name, const std::string& path) {
  if (!is_token(name)) rules.add(path, quoted(name) + " is no name of a header", "use letters, digits and \"-\"");
}

void check_backend_name(Rules& rules, const Frontend& frontend, const std::string& name, const std::string& place) {
  const auto found = rules.config.backends.find(name);
  if (found == rules.config.backends.end())
    return rules.add(place, "no backend is named " + quoted(name),
                     did_you_mean(name, names_of(rules.config.backends), "add it under backends"));
  const Backend& backend = found->second;
  if (backend.mode != frontend.mode)
    rules.add(place,
              "backend " + quoted(found->first) + " is in mode " + quoted(name_of(backend.mode)) +
                  ", this frontend in mode " + quoted(name_of(frontend.mode)),
              "give both the same mode");
  if (backend.transport != frontend.transport)
    rules.add(place,
              "backend " + quoted(found->first) + " has transport " + quoted(name_of(backend.transport)) +
                  ", this frontend " + quoted(name_of(frontend.transport)),
              "give both the same transport");
}

namespace {

void check_log(Rules& rules, const Frontend& frontend, const std::string& path) {
  const AccessLog& log = frontend.log;
  for (std::size_t i = 0; i < log.servers.size(); ++i)
    if (!rules.config.log_servers.contains(log.servers[i]))
      rules.add(child(path + ".log.servers", i), "no syslog server is named " + quoted(log.servers[i]),
                did_you_mean(log.servers[i], names_of(rules.config.log_servers), "add it under log_servers"));
  if (frontend.mode == ProxyMode::tcp && log.format == AccessLogFormat::http)
    rules.add(path + ".log.format", "mode \"tcp\" knows nothing of requests", "use \"tcp\" or \"json\"");
  for (const auto& [captures, name] :
       {std::pair(&log.request_headers, "request_headers"), std::pair(&log.response_headers, "response_headers")})
    for (std::size_t i = 0; i < captures->size(); ++i)
      check_header_name(rules, (*captures)[i].header, child(path + ".log." + name, i) + ".header");
}

void check_http_only(Rules& rules, bool is_there, const std::string& path) {
  if (is_there) rules.add(path, "mode \"tcp\" knows nothing of requests", "remove it, or use mode \"http\"");
}

void check_frontend(Rules& rules, const std::string& name, const Frontend& frontend) {
  const std::string path = child("frontends", name);
  if (frontend.default_backend)
    check_backend_name(rules, frontend, *frontend.default_backend, path + ".default_backend");
  check_log(rules, frontend, path);
  if (frontend.mode == ProxyMode::tcp) {
    check_http_only(rules, frontend.stats.has_value(), path + ".stats");
    check_http_only(rules, frontend.forwarded_for.has_value(), path + ".forwarded_for");
  }
  if (frontend.stats && !frontend.stats->uri.starts_with('/'))
    rules.add(path + ".stats.uri", quoted(frontend.stats->uri) + " does not begin with \"/\"", "write a path");
  if (frontend.forwarded_for) check_header_name(rules, frontend.forwarded_for->header, path + ".forwarded_for.header");
  if (frontend.enabled && frontend.binds.empty())
    rules.add(path + ".binds", "it listens nowhere", "add a bind, or set enabled to false");
}

// Ours because of an interface or a virtual router.
bool is_node_address(const Rules& rules, const IpAddr& address) {
  if (rules.address_paths.contains(address)) return true;
  return std::ranges::any_of(rules.config.vrrp.instances, [&](const auto& each) {
    return std::ranges::find(each.second.addresses, address) != each.second.addresses.end();
  });
}

bool covers(const PortRange& ports, std::uint16_t port) {
  return ports == PortRange{} || (ports.first <= port && port <= ports.last);
}

// A bind for the workers: its address becomes ours as a service's does, and what comes to it must be nobody else's.
void check_worker_bind(Rules& rules, const IpAddr& address, std::uint16_t port, const std::string& path) {
  const std::string end = to_string(address) + " port " + std::to_string(port);
  if (const std::string why = address.is_unspecified() ? "" : why_not_a_host(address); !why.empty())
    rules.add(path + ".address", why,
              "use an address that clients can connect to, or 0.0.0.0 or :: for every one of the node");
  for (const auto& [name, service] : rules.config.services) {
    if (!service.enabled || service.protocol == Protocol::udp || !covers(service.ports, port)) continue;
    const bool is_among = address.is_unspecified() && service.address.is_v4() == address.is_v4() &&
                          is_node_address(rules, service.address);
    if (service.address == address || is_among)
      rules.add(path, end + (is_among ? " takes in service " : " is service ") + quoted(name) + (is_among ? "" : "'s"),
                "use another address or port");
  }
  for (const auto& [name, pool] : rules.config.snat_pools)
    if (std::ranges::find(pool.addresses, address) != pool.addresses.end() && pool.port_first <= port &&
        port <= pool.port_last)
      rules.add(path, end + " is one that SNAT pool " + quoted(name) + " connects from", "use another address or port");
}

// A bind says where it listens, or which socket listens for it.
void check_bind_form(Rules& rules, const Frontend& frontend, const Bind& bind, const std::string& path) {
  if (!bind.fd && !bind.port) rules.add(path + ".port", "is missing", "give it, or `fd` of a socket");
  if (!bind.fd) return;
  if (bind.address || bind.port)
    rules.add(path + ".fd", "a socket has an address and port of its own", "remove address and port, or fd");
  if (frontend.transport == ProxyTransport::datapath)
    rules.add(path + ".fd", "a socket is the kernel's, and this frontend has transport \"datapath\"",
              "use transport \"kernel\", also for its backends, or give address and port");
}

// Two that listen on the same address and port by the same transport: nobody could tell whose a connection is.
class TakenBinds {
 public:
  explicit TakenBinds(Rules& rules) : rules_(rules) {}
  void take(const Frontend& frontend, const Bind& bind, const std::string& path) {
    if (bind.fd) {
      const auto [at, is_new] = sockets_.emplace(*bind.fd, path);
      if (!is_new)
        rules_.add(path + ".fd", "socket " + std::to_string(*bind.fd) + " is taken by " + at->second,
                   "use another socket");
    } else if (bind.port) {
      const IpAddr address = bind.address.value_or(IpAddr::v4(0));
      const auto [at, is_new] = ends_.emplace(std::tuple(frontend.transport, address, *bind.port), path);
      if (!is_new)
        rules_.add(path, to_string(address) + " port " + std::to_string(*bind.port) + " is taken by " + at->second,
                   "use another address or port");
      if (frontend.transport == ProxyTransport::datapath) check_worker_bind(rules_, address, *bind.port, path);
    }
  }

 private:
  Rules& rules_;
  std::map<std::tuple<ProxyTransport, IpAddr, std::uint16_t>, std::string> ends_;  // paths, as below
  std::map<std::uint32_t, std::string> sockets_;
};

void check_binds(Rules& rules) {
  TakenBinds taken(rules);
  for (const auto& [name, frontend] : rules.config.frontends)
    for (std::size_t i = 0; i < frontend.binds.size(); ++i) {
      const std::string path = child(child("frontends", name) + ".binds", i);
      check_bind_form(rules, frontend, frontend.binds[i], path);
      if (frontend.enabled) taken.take(frontend, frontend.binds[i], path);
    }
}

void check_balance_key(Rules& rules, const Backend& backend, const std::string& place) {
  const Balance& balance = backend.balance;
  if (balance.algorithm != BalanceAlgorithm::hash) {
    if (balance.key)
      rules.add(place, quoted(name_of(balance.algorithm)) + " has no key", "remove it, or use algorithm \"hash\"");
    return;
  }
  if (!balance.key)
    return rules.add(place, "\"hash\" needs a key", "write what is hashed, like \"%[src]\" or \"%[req.cook(sid)]\"");
  const bool is_http = backend.mode == ProxyMode::http;
  check_placeholders(rules, *balance.key,
                     {.has_request = is_http, .has_sni = !is_http, .what = is_http ? "a key" : "a key in mode \"tcp\""},
                     place);
  const bool is_right = parse_placeholders(*balance.key).has_value();
  if (is_right && !has_any(*balance.key, [](Placeholder) { return true; }))
    rules.add(place, quoted(*balance.key) + " is the same for all sessions", "write a placeholder, like \"%[src]\"");
  if (is_http && has_any(*balance.key, is_sni))
    rules.add(place, "a key in mode \"http\" has nothing to fill %[ssl_fc_sni] with", "use %[host], or mode \"tcp\"");
}

void check_balance(Rules& rules, const Backend& backend, const std::string& path) {
  const Balance& balance = backend.balance;
  using enum BalanceAlgorithm;
  const bool is_of_request = balance.algorithm == uri || balance.algorithm == url_param || balance.algorithm == hdr;
  if (backend.mode == ProxyMode::tcp && is_of_request)
    rules.add(path + ".algorithm", quoted(name_of(balance.algorithm)) + " is for mode \"http\"",
              "use source, or another that looks at no request");
  const bool needs_name = balance.algorithm == url_param || balance.algorithm == hdr;
  if (needs_name && !balance.name)
    rules.add(path + ".name", quoted(name_of(balance.algorithm)) + " needs a name", "name the parameter or header");
  check_balance_key(rules, backend, path + ".key");
  if (balance.balance_factor != 0 && balance.balance_factor <= 100)
    rules.add(path + ".balance_factor",
              "with " + std::to_string(balance.balance_factor) +
                  " % of the mean load each, the servers could not take all of it",
              "use more than 100, or 0");
  if (balance.balance_factor > 100 && balance.hash_type == BalanceHash::map_based)
    rules.add(path + ".balance_factor", "hash type \"map-based\" knows no next server", "use consistent or maglev");
}

void check_server(Rules& rules, const Backend& backend, const BackendServer& server, const std::string& path) {
  const std::string why = why_not_a_host(server.address);
  const bool may_be_loopback = backend.transport == ProxyTransport::kernel && server.address.is_loopback();
  if (!why.empty() && !may_be_loopback) rules.add(path + ".address", why, "use the address of a server");
  if (server.connections_min > server.connections_max)
    rules.add(path + ".connections_min", "it is above connections_max", "use less, or a larger connections_max");
  if (server.source && server.source->is_v4() != server.address.is_v4())
    rules.add(path + ".source", "the address of the server is " + family_name(server.address.is_v4()),
              "use an address of the same family");
  else if (server.source && backend.transport == ProxyTransport::datapath && !is_node_address(rules, *server.source))
    rules.add(path + ".source", to_string(*server.source) + " is no address of an interface or virtual router",
              "use one that is, or leave it out");
}

void check_backend(Rules& rules, const std::string& name, const Backend& backend) {
  const std::string path = child("backends", name);
  check_balance(rules, backend, path + ".balance");
  if (backend.mode == ProxyMode::tcp)
    check_http_only(rules, backend.forwarded_for.has_value(), path + ".forwarded_for");
  if (backend.forwarded_for) check_header_name(rules, backend.forwarded_for->header, path + ".forwarded_for.header");
  std::set<std::uint32_t> ids;
  for (const auto& [server_name, server] : backend.servers) {
    const std::string place = child(path + ".servers", server_name);
    check_server(rules, backend, server, place);
    if (server.id && !ids.insert(*server.id).second)
      rules.add(place + ".id", "another server has the id " + std::to_string(*server.id), "use one of its own");
  }
}

}  // namespace

void check_proxy(Rules& rules) {
  for (const auto& [name, frontend] : rules.config.frontends) check_frontend(rules, name, frontend);
  check_binds(rules);
  std::size_t servers = 0;
  for (const auto& [name, backend] : rules.config.backends) {
    check_backend(rules, name, backend);
    servers += backend.servers.size();
  }
  if (servers > limits::reals)
    rules.add("backends",
              "the backends have " + std::to_string(servers) + " servers together, more than " +
                  std::to_string(limits::reals),
              "remove backends or servers");
}

}  // namespace poise::config
