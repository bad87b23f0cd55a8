#include <algorithm>

#include "config/choices.hpp"
#include "config/rules.hpp"
#include "config/scalars.hpp"
#include "config/spelling.hpp"

namespace poise::config {
namespace {

// ServiceCheck - one service with all that its rules look at.
struct ServiceCheck {
  Rules& rules;
  const std::string& name;
  const Service& service;
  const std::string path;
  const Pool* pool = nullptr;           // null: no such pool
  const SnatPool* snat_pool = nullptr;  // null: none wanted, or no such pool

  bool is_v4() const { return service.address.is_v4(); }
  bool is_one_port() const { return service.ports.first != 0 && service.ports.first == service.ports.last; }
  std::string mode() const { return "mode " + quoted(name_of(service.mode)); }
  std::string server_path(const std::string& server) const {
    return child(child("pools", service.pool) + ".servers", server);
  }
};

void find_pools(ServiceCheck& check) {
  const Config& config = check.rules.config;
  if (const auto pool = config.pools.find(check.service.pool); pool != config.pools.end())
    check.pool = &pool->second;
  else
    check.rules.add(check.path + ".pool", "no pool is named " + quoted(check.service.pool),
                    did_you_mean(check.service.pool, names_of(config.pools), "add it under pools"));
  if (!check.service.snat_pool) return;
  if (const auto pool = config.snat_pools.find(*check.service.snat_pool); pool != config.snat_pools.end())
    check.snat_pool = &pool->second;
  else
    check.rules.add(check.path + ".snat_pool", "no SNAT pool is named " + quoted(*check.service.snat_pool),
                    did_you_mean(*check.service.snat_pool, names_of(config.snat_pools), "add it under snat_pools"));
}

void check_address(ServiceCheck& check) {
  if (const std::string why = why_not_a_host(check.service.address); !why.empty())
    check.rules.add(check.path + ".address", why, "use an address that clients can connect to");
  const auto own = check.rules.address_paths.find(check.service.address);
  if (own != check.rules.address_paths.end() && check.service.ports == PortRange{})
    check.rules.add(check.path + ".address",
                    to_string(check.service.address) + " is an interface's own address, at " + own->second +
                        ": the service would take all that is for the node",
                    "name the ports of the service, or use another address");
}

void check_options(ServiceCheck& check) {
  const Service& service = check.service;
  const bool rewrites = service.mode == Mode::nat || service.mode == Mode::fullnat;
  if (service.protocol == Protocol::any && service.ports != PortRange{})
    check.rules.add(check.path + ".ports", "protocol \"any\" has no ports",
                    "write \"any\", or use protocol \"tcp\" or \"udp\"");
  if (service.protocol == Protocol::any && service.mode == Mode::fullnat)
    check.rules.add(check.path + ".mode",
                    "mode \"fullnat\" tells replies apart by ports, which protocol \"any\" does not have",
                    "use mode nat, dr or tunnel");
  if (service.client_address != ClientAddress::none && service.protocol != Protocol::tcp)
    check.rules.add(check.path + ".client_address", "only TCP can carry the client's address",
                    "use \"none\", or protocol \"tcp\"");
  else if (service.client_address != ClientAddress::none && !rewrites)
    check.rules.add(check.path + ".client_address", "in " + check.mode() + " the server sees the client's own address",
                    "use \"none\", or mode nat or fullnat");
  if (service.snat_pool && service.mode != Mode::fullnat)
    check.rules.add(check.path + ".snat_pool", check.mode() + " keeps the client's address",
                    "remove snat_pool, or use mode fullnat");
  if (service.encapsulation != Encapsulation::ipip && service.mode != Mode::tunnel)
    check.rules.add(check.path + ".encapsulation", check.mode() + " does not encapsulate",
                    "remove encapsulation, or use mode tunnel");
}

void check_server_family(ServiceCheck& check, const std::string& server, bool server_is_v4) {
  if (server_is_v4 == check.is_v4() || check.service.mode == Mode::tunnel) return;
  const std::string problem = "service " + quoted(check.name) + " is " + family_name(check.is_v4()) + ", which " +
                              check.mode() + " cannot carry to " + family_name(server_is_v4) + " servers";
  if (check.service.mode != Mode::fullnat)
    check.rules.add(check.server_path(server) + ".address", problem,
                    "use an " + family_name(check.is_v4()) + " address, or mode tunnel");
  else if (check.is_v4())
    check.rules.add(check.server_path(server) + ".address", problem,
                    "use an IPv4 address: only IPv6 services may have servers of the other family");
}

void check_server_port(ServiceCheck& check, const std::string& server, std::optional<std::uint16_t> port) {
  if (!port) return;
  const std::string place = check.server_path(server) + ".port";
  const std::string keeper = "service " + quoted(check.name) + " ";
  if (!check.is_one_port())
    return check.rules.add(place,
                           keeper + "has the ports " + to_string(check.service.ports) +
                               ": its servers get the port that the client asked for",
                           "remove port");
  const bool keeps_port = check.service.mode == Mode::dr || check.service.mode == Mode::tunnel;
  if (keeps_port && *port != check.service.ports.first)
    check.rules.add(place,
                    keeper + "is in " + check.mode() + ", which cannot change port " +
                        std::to_string(check.service.ports.first) + " to " + std::to_string(*port),
                    "remove port, or use mode nat or fullnat");
}

// The first server that breaks a rule is reported, not its thousand sisters.
void check_servers(ServiceCheck& check) {
  for (const auto& [name, server] : check.pool->servers) {
    const std::size_t before = check.rules.errors.size();
    check_server_family(check, name, server.address.is_v4());
    check_server_port(check, name, server.port);
    if (check.service.mode == Mode::dr && !check.rules.config.interfaces.empty() &&
        !check.rules.connected.find(server.address) && !check.rules.on_link.find(server.address))
      check.rules.add(check.server_path(name) + ".address",
                      "service " + quoted(check.name) + " is in mode \"dr\", but " + to_string(server.address) +
                          " is on no subnet of an interface",
                      "use a server on a connected subnet, or mode tunnel");
    if (check.rules.errors.size() > before) return;
  }
}

// In mode fullnat each family of servers needs a source address of that family.
void check_sources(ServiceCheck& check) {
  if (check.service.mode != Mode::fullnat) return;
  for (const bool is_v4 : {true, false}) {
    const auto needs = [&](const auto& entry) { return entry.second.address.is_v4() == is_v4; };
    if (std::ranges::none_of(check.pool->servers, needs)) continue;
    const auto fits = [&](const IpAddr& address) { return address.is_v4() == is_v4; };
    if (check.snat_pool && std::ranges::none_of(check.snat_pool->addresses, fits))
      check.rules.add(check.path + ".snat_pool",
                      "pool " + quoted(*check.service.snat_pool) + " has no " + family_name(is_v4) +
                          " address for the servers of pool " + quoted(check.service.pool),
                      "add one to the SNAT pool");
    const auto& own = check.rules.address_paths;
    const auto is_source = [&](const auto& entry) { return fits(entry.first) && !entry.first.is_link_local(); };
    if (!check.service.snat_pool && !own.empty() && std::ranges::none_of(own, is_source))
      check.rules.add(check.path + ".snat_pool",
                      "no interface has an " + family_name(is_v4) + " address to reach the servers of pool " +
                          quoted(check.service.pool) + " from",
                      "add one, or name a snat_pool");
  }
}

}  // namespace

void check_services(Rules& rules) {
  std::size_t reals = 0;
  for (const auto& [name, service] : rules.config.services) {
    ServiceCheck check{.rules = rules, .name = name, .service = service, .path = child("services", name)};
    find_pools(check);
    check_address(check);
    check_options(check);
    if (!check.pool) continue;
    reals += check.pool->servers.size();
    if (reals > limits::reals) continue;
    check_servers(check);
    check_sources(check);
  }
  if (reals > limits::reals)
    rules.add(
        "services",
        "the services have " + std::to_string(reals) + " servers together, more than " + std::to_string(limits::reals),
        "remove services or servers");
}

}  // namespace poise::config
