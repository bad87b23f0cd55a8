#include "control/views.hpp"

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "control/names.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace datapath;

constexpr std::int64_t ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// Sums over workers.
struct RealTotals {
  std::uint64_t packets_to_server = 0, packets_to_client = 0, bytes_to_server = 0, bytes_to_client = 0, flows = 0;
};

RealTotals totals_of(const Engine& engine, RealIndex real) {
  RealTotals totals;
  for (std::size_t i = 0; i < engine.workers(); ++i) {
    const RealCounters& counters = engine.counters(i).reals[real.value];
    totals.packets_to_server += counters.to_server.packets.read();
    totals.packets_to_client += counters.to_client.packets.read();
    totals.bytes_to_server += counters.to_server.bytes.read();
    totals.bytes_to_client += counters.to_client.bytes.read();
    totals.flows += counters.flows_created.read();
  }
  return totals;
}

void add(json& object, const RealTotals& totals) {
  const auto more = [&](const char* name, std::uint64_t amount) {
    object[name] = object.value(name, std::uint64_t(0)) + amount;
  };
  more("packets", totals.packets_to_server + totals.packets_to_client);
  more("bytes", totals.bytes_to_server + totals.bytes_to_client);
  more("packets_to_server", totals.packets_to_server);
  more("packets_to_client", totals.packets_to_client);
  more("bytes_to_server", totals.bytes_to_server);
  more("bytes_to_client", totals.bytes_to_client);
  more("flows_total", totals.flows);
}

// What the operator wants, and what the health checks make of it.
const char* status_name(std::uint8_t status, std::uint8_t health) {
  switch (status) {
    case ServerState::up:
      return health == ServerState::healthy ? "up" : health == ServerState::failed ? "failed" : "inhibited";
    case ServerState::draining:
      return "drain";
    case ServerState::down:
      return "down";
    default:
      return "removed";
  }
}

json drain_view(const Core& core, const std::string& pool, const std::string& server, std::uint32_t connections) {
  const auto* drain = core.drain_of(pool, server);
  if (drain == nullptr) return nullptr;
  if (connections == 0) return "done";
  std::string text =
      std::to_string(connections) + " of " + std::to_string(std::max(drain->connections_before, connections)) + " left";
  if (drain->deadline != never && drain->deadline > core.now())
    text += ", " + std::to_string(ms(drain->deadline - core.now()) / 1000) + " s to go";
  return text;
}

json server_view(const Core& core, const std::string& pool, const std::string& name, const config::Server& server) {
  Engine& engine = core.machine().engine();
  json object{{"name", name},
              {"address", to_string(server.address)},
              {"port", server.port ? json(*server.port) : json(nullptr)}};
  const ServerIndex index = engine.server_index(pool, name);
  if (index.value == ~0u) return object;
  const ServerState& state = engine.servers()[index];
  const std::uint32_t connections = state.connections.load();
  object["status"] = status_name(state.status.load(), state.health.load());
  object["weight"] = state.weight_now();
  object["connections"] = connections;
  object["connections_max"] = state.connections_max.load();
  object["drain"] = drain_view(core, pool, name, connections);
  object["slow_start_percent"] =
      state.share == ServerState::share_whole ? json(nullptr) : json(state.share * 100 / ServerState::share_whole);
  object["checks"] = checks_view(core, pool, name);
  return object;
}

json ports_view(const config::PortRange& ports) {
  if (ports.first == 0 && ports.last == 0) return "any";
  if (ports.first == ports.last) return ports.first;
  return std::to_string(ports.first) + "-" + std::to_string(ports.last);
}

json service_view(const Core& core, const Service& service) {
  const Engine& engine = core.machine().engine();
  const Tables& tables = engine.tables();
  const config::Config& config = core.transactions().running();
  const auto document = config.services.find(service.name);
  json object{{"name", service.name},
              {"address", to_string(service.address)},
              {"protocol", service.protocol == 0 ? "any" : protocol_name(service.protocol)},
              {"ports", ports_view(service.ports)},
              {"enabled", service.enabled},
              {"connections", 0}};
  if (document == config.services.end()) return object;
  const json brief = config::to_json(config)["services"][service.name];
  for (const char* field : {"mode", "scheduler", "pool"}) object[field] = brief[field];
  const auto pool = config.pools.find(document->second.pool);
  json servers = json::array();
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < engine.workers(); ++i)
    refused += engine.counters(i).services_no_server[service.index.value].read();
  for (std::uint32_t row = 0; row < tables.reals.size(); ++row) {
    const Real& real = tables.reals[row];
    if (!real.in_use || real.service != service.index) continue;
    const RealTotals totals = totals_of(engine, RealIndex{row});
    add(object, totals);
    if (real.removed || pool == config.pools.end()) continue;
    const auto server = pool->second.servers.find(real.server_name);
    if (server == pool->second.servers.end()) continue;
    json view = server_view(core, real.pool_name, real.server_name, server->second);
    if (!view["port"].is_number() && service.ports.first == service.ports.last) view["port"] = service.ports.first;
    object["connections"] = object["connections"].get<std::uint64_t>() + view.value("connections", 0u);
    add(view, totals);
    servers.push_back(std::move(view));
  }
  object["refused"] = refused;
  object["servers"] = std::move(servers);
  return object;
}

}  // namespace

json named(const json& list, const std::string& name) {
  for (const json& element : list)
    if (element.value("name", "") == name) return element;
  return nullptr;
}

json services_view(const Core& core) {
  json list = json::array();
  const auto& configured = core.transactions().running().services;
  for (const Service& service : core.machine().engine().tables().services)
    if (configured.contains(service.name)) list.push_back(service_view(core, service));
  return list;
}

json pools_view(const Core& core) {
  json list = json::array();
  for (const auto& [name, pool] : core.transactions().running().pools) {
    json servers = json::array();
    for (const auto& [server_name, server] : pool.servers)
      servers.push_back(server_view(core, name, server_name, server));
    const health::Health::Pool* health = core.health().find_pool(name);
    list.push_back({{"name", name},
                    {"up", health != nullptr && health->state.has_quorum},
                    {"weight", health == nullptr ? 0 : health->state.weight},
                    {"quorum", pool.quorum},
                    {"servers", std::move(servers)}});
  }
  return list;
}

json interfaces_view(const Core& core) {
  json list = json::array();
  const Engine& engine = core.machine().engine();
  const Tables& tables = engine.tables();
  for (const datapath::Interface& interface : tables.interfaces) {
    if (interface.name.empty()) continue;  // the row of a VLAN that was removed
    json addresses = json::array();
    for (const IpPrefix& address : interface.addresses) addresses.push_back(to_string(address));
    json object{{"name", interface.name},
                {"link", core.link_up(interface.port) ? "up" : "down"},
                {"mac", to_string(interface.mac)},
                {"mtu", interface.mtu},
                {"vlan", interface.vlan == 0 ? json(nullptr) : json(interface.vlan)},
                {"addresses", std::move(addresses)}};
    if (interface.vlan == 0) {  // counters are the port's
      std::uint64_t counters[4]{};
      for (std::size_t i = 0; i < engine.workers(); ++i) {
        const PortCounters& port = engine.counters(i).ports[interface.port.value];
        counters[0] += port.received.packets.read();
        counters[1] += port.received.bytes.read();
        counters[2] += port.transmitted.packets.read();
        counters[3] += port.transmitted.bytes.read();
      }
      object.update({{"packets_received", counters[0]},
                     {"bytes_received", counters[1]},
                     {"packets_sent", counters[2]},
                     {"bytes_sent", counters[3]},
                     {"missed", core.machine().missed(interface.port)},
                     {"hardware_rss", tables.ports[interface.port.value].hardware_rss}});
    }
    list.push_back(std::move(object));
  }
  return list;
}

json neighbors_view(const Core& core) {
  static constexpr const char* states[] = {"resolving", "reachable", "stale", "probing", "failed"};
  json list = json::array();
  const Tables& tables = core.machine().engine().tables();
  for (const Neighbors::Row& row : core.neighbors().rows(core.now()))
    list.push_back({{"address", to_string(row.address)},
                    {"mac", row.mac.is_zero() ? json(nullptr) : json(to_string(row.mac))},
                    {"interface",
                     row.interface.value < tables.interfaces.size() ? tables.interfaces[row.interface.value].name : ""},
                    {"state", states[std::size_t(row.state)]},
                    {"age_ms", ms(row.age)}});
  return list;
}

json routes_view(const Core& core) {
  json list = json::array();
  const config::Config& config = core.transactions().running();
  for (const datapath::Interface& interface : core.machine().engine().tables().interfaces)
    for (const IpPrefix& address : interface.addresses)
      list.push_back({{"prefix", to_string(IpPrefix{address.network(), address.length})},
                      {"source", "connected"},
                      {"via", json::array({{{"interface", interface.name}, {"gateway", nullptr}, {"weight", 1}}})}});
  for (const config::Route& route : config.routes) {
    json via = json::array();
    for (const config::NextHop& hop : route.via)
      via.push_back({{"gateway", hop.gateway ? json(to_string(*hop.gateway)) : json(nullptr)},
                     {"interface", hop.interface ? json(*hop.interface) : json(nullptr)},
                     {"weight", hop.weight}});
    list.push_back({{"prefix", to_string(route.prefix)}, {"source", "static"}, {"via", std::move(via)}});
  }
  return list;
}

json workers_view(const Core& core) {
  json list = json::array();
  const Engine& engine = core.machine().engine();
  for (std::size_t i = 0; i < engine.workers(); ++i) {
    const WorkerCounters& counters = engine.counters(i);
    const std::uint64_t loops = counters.loops.read(), busy = counters.busy_loops.read();
    std::uint64_t packets = 0;
    for (const PortCounters& port : counters.ports) packets += port.received.packets.read();
    list.push_back({{"worker", i},
                    {"core", core.machine().worker_core(i)},
                    {"alive", core.stalled_worker() != int(i)},
                    {"loops", loops},
                    {"busy", loops == 0 ? 0.0 : double(busy) / double(loops)},
                    {"packets", packets},
                    {"flows", counters.flows_active.read()},
                    {"flows_embryonic", counters.flows_embryonic.read()},
                    {"flows_created", counters.flows_created.read()},
                    {"flows_expired", counters.flows_expired.read()},
                    {"flows_evicted", counters.flows_evicted.read()},
                    {"handed_off", counters.handed_off.read()},
                    {"handed_in", counters.handed_in.read()},
                    {"terminated", counters.terminated.read()},
                    {"wrong_core", counters.wrong_core.read()}});
    if (json proxy = worker_proxy_view(core, i); !proxy.is_null()) list.back()["proxy"] = std::move(proxy);
  }
  return list;
}

json drops_view(const Core& core) {
  json list = json::array();
  const Engine& engine = core.machine().engine();
  for (std::size_t reason = 0; reason < drop_count; ++reason) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < engine.workers(); ++i) count += engine.counters(i).drops[reason].read();
    list.push_back({{"reason", drops[reason].counter}, {"count", count}, {"meaning", drops[reason].meaning}});
  }
  return list;
}

json stages_view(const Core& core) {
  json list = json::array();
  const Engine& engine = core.machine().engine();
  for (std::size_t stage = 0; stage < pipeline.size(); ++stage) {
    std::uint64_t cycles = 0, packets = 0;
    for (std::size_t i = 0; i < engine.workers(); ++i) {
      cycles += engine.counters(i).stage_cycles[stage].read();
      packets += engine.counters(i).stage_packets[stage].read();
    }
    list.push_back({{"stage", pipeline[stage].name},
                    {"packets", packets},
                    {"cycles", cycles},
                    {"cycles_per_packet", packets == 0 ? json(nullptr) : json(double(cycles) / double(packets))}});
  }
  return list;
}

json status_view(const Core& core) {
  const Engine& engine = core.machine().engine();
  const Transactions& transactions = core.transactions();
  json damaged = json::array();
  for (const Error& error : core.damaged()) damaged.push_back(to_string(error));
  std::uint64_t flows = 0;
  for (std::size_t i = 0; i < engine.workers(); ++i) flows += engine.counters(i).flows_active.read();
  const Instant deadline = transactions.deadline();
  return {{"name", transactions.running().node.name},
          {"version", core.version()},
          {"revision", transactions.revision()},
          {"uptime_ms", ms(core.now() - core.started())},
          {"workers", engine.workers()},
          {"workers_alive", core.workers_alive()},
          {"flows", flows},
          {"connections", core.connections()},
          {"confirm_within_ms",
           deadline == never ? json(nullptr) : json(std::max<std::int64_t>(0, ms(deadline - core.now())))},
          {"restart_needed", transactions.restart_needed()},
          {"damaged", std::move(damaged)},
          {"memory",
           {{"packet_buffers", core.machine().packet_buffers()},
            {"packet_buffers_in_use", core.machine().packet_buffers_in_use()},
            {"huge_pages", core.machine().huge_pages()}}}};
}

}  // namespace poise::control
