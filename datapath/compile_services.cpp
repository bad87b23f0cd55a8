#include <netinet/in.h>

#include <algorithm>
#include <numeric>

#include "config/checks.hpp"
#include "datapath/compiler.hpp"
#include "datapath/encapsulate.hpp"
#include "datapath/maglev.hpp"
#include "config/types/siphash.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint32_t no_row = ~0u;
constexpr SipHash digest({3});

std::uint8_t protocol_of(config::Protocol protocol) {
  switch (protocol) {
    case config::Protocol::tcp:
      return IPPROTO_TCP;
    case config::Protocol::udp:
      return IPPROTO_UDP;
    case config::Protocol::any:
      break;
  }
  return 0;
}

ServerState::Status status_of(config::ServerState state) {
  switch (state) {
    case config::ServerState::up:
      return ServerState::up;
    case config::ServerState::drain:
      return ServerState::draining;
    case config::ServerState::down:
      break;
  }
  return ServerState::down;
}

bool uses_slots(config::Scheduler scheduler) {
  using enum config::Scheduler;
  return scheduler == sh || scheduler == dh || scheduler == maglev || scheduler == random2;
}

// Checks that say with which weight their server goes on (exit codes up to 255, less 2).
constexpr std::uint16_t reported_weight_max = 253;
bool may_report_weights(const config::Pool& pool) {
  const auto reports = [](const auto& each) { return each.second.exec.weight_from_exit_code; };
  return std::ranges::any_of(pool.servers, [&](const auto& each) {
    return std::ranges::any_of(config::checks_of(pool, each.second), reports);
  });
}

// What an operator says of a service, without its servers.
Service service_of(const std::string& name, const config::Service& from) {
  Service service;
  service.name = name;
  service.enabled = from.enabled;
  service.address = from.address;
  service.protocol = protocol_of(from.protocol);
  service.ports = from.ports;
  service.mode = from.mode;
  service.encapsulation = from.encapsulation;
  service.scheduler = from.scheduler;
  service.client_address = from.client_address;
  service.removed_server = from.removed_server;
  service.failed_server = from.failed_server;
  service.unknown_flow = from.unknown_flow;
  service.timeouts = from.timeouts;
  service.persistence = from.persistence;
  service.steer_by = from.mode == config::Mode::nat || from.persistence ? SteerBy::client : SteerBy::tuple;
  return service;
}

ServiceTable::Row row_of(const Service& service) {
  const bool any_port = service.ports == config::PortRange{};
  return {service.address, service.protocol, service.ports.first, any_port ? std::uint16_t(65535) : service.ports.last,
          service.index};
}

}  // namespace

void Compiler::write_server_states() {
  for (const auto& [pool_name, pool] : config.pools)
    for (const auto& [name, server] : pool.servers) {
      const ServerIndex index = rows.server(pool_name, name);
      if (index.value == no_row) continue;
      ServerState& state = states[index];
      state.weight.store(server.weight, std::memory_order_relaxed);
      state.connections_max.store(server.connections_max, std::memory_order_relaxed);
      if (server.state != config::ServerState::drain) state.reset_flows.store(false, std::memory_order_relaxed);
      state.status.store(status_of(server.state), std::memory_order_relaxed);
    }
}

// Whose packets to the ports of health checks are taken for answers.
void Compiler::add_probed() {
  for (const auto& [pool_name, pool] : config.pools)
    for (const auto& [name, server] : pool.servers)
      for (const auto& [check_name, check] : config::checks_of(pool, server))
        if (check.kind != config::CheckKind::exec)
          tables.probed.insert(check.address.value_or(server.address), {LocalAddress::server_address, {0xffff}});
}

void Compiler::add_services() {
  for (const auto& [name, from] : config.services) {
    const ServiceIndex index = rows.service(name);
    if (index.value == no_row) continue;
    Service service = service_of(name, from);
    service.index = index;
    if (const LocalAddress* local = tables.local.find(service.address)) service.hold = local->hold;
    if (from.snat_pool) service.snat_pool = snat_pool_row(*from.snat_pool);
    add_servers(service, from);
    found_by.push_back(row_of(service));
    if (tables.services.size() <= index.value) tables.services.resize(index.value + 1);
    tables.services[index.value] = std::move(service);
  }
}

void Compiler::add_servers(Service& service, const config::Service& from) {
  const auto pool = config.pools.find(from.pool);
  if (pool == config.pools.end()) return;
  std::uint32_t divisor = 0;
  for (const auto& [name, server] : pool->second.servers) {
    const std::string end = to_string(server.address) + ' ' + std::to_string(server.port.value_or(0));
    const RealIndex index = rows.real(service.name, from.pool, name, end);
    if (index.value == no_row) continue;
    Real real{true,      false, service.index, rows.server(from.pool, name), server.address, server.port.value_or(0),
              from.pool, name};
    if (pool->second.sorry_server == name) {
      service.sorry = index;
    } else {
      service.reals.push_back(index);
      service.servers.push_back(real.server);
      service.weight_max = std::max(service.weight_max, server.weight);
      divisor = std::gcd(divisor, std::uint32_t(server.weight));
    }
    if (tables.reals.size() <= index.value) tables.reals.resize(index.value + 1);
    tables.reals[index.value] = std::move(real);
  }
  service.weight_divisor = std::uint16_t(std::max(divisor, 1u));
  if (may_report_weights(pool->second)) {
    service.weight_divisor = 1;
    service.weight_max = std::max(service.weight_max, reported_weight_max);
  }
  if (uses_slots(service.scheduler)) share_maglev_table(service, pool->second);
}

// Services with the same servers and weights share one table, and a table whose inputs have not changed is taken over.
void Compiler::share_maglev_table(Service& service, const config::Pool& pool) {
  std::vector<MaglevServer> servers;
  std::string inputs;
  for (const RealIndex index : service.reals) {
    const std::string& name = tables.reals[index.value].server_name;
    const config::Server& server = pool.servers.at(name);
    servers.push_back({name, server.weight});
    inputs += name + ' ' + std::to_string(server.weight) + '\n';
  }
  service.maglev_inputs = digest(inputs);
  if (maglev_tables.empty() && previous != nullptr)
    for (const Service& before : previous->services)
      if (before.maglev != nullptr) maglev_tables.try_emplace(before.maglev_inputs, before.maglev);
  auto& table = maglev_tables[service.maglev_inputs];
  if (table == nullptr) table = std::make_shared<const std::vector<std::uint16_t>>(maglev_table(servers));
  service.maglev = table;
}

// Flows may still name what is no longer in the configuration: the rows stay, marked removed, until
// RowRegistry::recycle frees them.
void Compiler::keep_removed_rows() {
  tables.services.resize(rows.service_rows());
  tables.reals.resize(rows.real_rows());
  for (std::uint32_t i = 0; i < tables.services.size(); ++i)
    if (tables.services[i].name.empty()) {
      tables.services[i].index = ServiceIndex{i};
      tables.services[i].enabled = false;
    }
  if (previous == nullptr) return;
  for (const ServiceIndex removed : rows.removed_services()) {
    if (removed.value >= previous->services.size()) continue;
    Service& service = tables.services[removed.value] = previous->services[removed.value];
    service.enabled = false;
    service.reals.clear();
    service.servers.clear();
    service.sorry = {no_row};
    service.maglev = nullptr;
    service.snat_pool = 0xffff;
  }
  for (const RealIndex removed : rows.removed_reals()) {
    if (removed.value >= previous->reals.size()) continue;
    tables.reals[removed.value] = previous->reals[removed.value];
    tables.reals[removed.value].removed = true;
  }
}

// A service whose flows are steered by client stays findable while its last flows live, though disabled: their packets
// must still come to the worker that knows them. So do the servers of mode nat.
void Compiler::add_steering() {
  for (const Service& service : tables.services) {
    if (service.name.empty() || service.steer_by != SteerBy::client) continue;
    tables.steer_by_client = true;
    if (!config.services.contains(service.name)) found_by.push_back(row_of(service));
    if (!service.persistence) continue;
    tables.client_prefix_v4 = std::min(tables.client_prefix_v4, service.persistence->prefix_v4);
    tables.client_prefix_v6 = std::min(tables.client_prefix_v6, service.persistence->prefix_v6);
  }
  for (const Real& real : tables.reals)
    if (real.in_use && tables.services[real.service.value].mode == config::Mode::nat)
      tables.nat_servers.insert(real.address, {LocalAddress::server_address, {0xffff}});
}

void Compiler::write_real_facts() {
  for (const Real& real : tables.reals) {
    RealFacts fact;
    fact.address = real.address;
    fact.service = real.service;
    fact.server = real.server;
    fact.removed = real.removed;
    if (real.in_use) {
      const Service& service = tables.services[real.service.value];
      fact.mode = service.mode;
      fact.hold = service.hold;
      fact.encapsulation = service.encapsulation;
      fact.client_address = service.client_address;
      fact.removed_server = service.removed_server;
      fact.failed_server = service.failed_server;
      fact.tunnel_overhead = tunnel_overhead(service.encapsulation, real.address.is_v4());
      const Hop* hop = find_hop(tables, real.address, 0);
      if (hop != nullptr)
        fact.tunnel_source = tables.interfaces[hop->interface.value].source_for(real.address).value_or(IpAddr{});
    }
    tables.real_facts.push_back(fact);
  }
}

}  // namespace poise::datapath
