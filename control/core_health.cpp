#include <nlohmann/json.hpp>

#include "control/core.hpp"
#include "control/ethernet_frame.hpp"
#include "control/log.hpp"

// What Core does for the health checks.
namespace poise::control {
namespace {

datapath::ServerState::Health row_of(health::ServerUse use) {
  switch (use) {
    case health::ServerUse::healthy:
      return datapath::ServerState::healthy;
    case health::ServerUse::inhibited:
      return datapath::ServerState::inhibited;
    case health::ServerUse::failed:
      break;
  }
  return datapath::ServerState::failed;
}

static_assert(health::ServerHealth::share_whole == datapath::ServerState::share_whole);

}  // namespace

health::Health::Hooks Core::health_hooks() {
  health::Health::Hooks hooks;
  hooks.can_probe = [this](config::CheckKind kind) { return prober_.can_probe(kind); };
  hooks.begin = [this](health::TargetId id, const auto& plan) { prober_.begin(now_, id, plan); };
  hooks.cancel = [this](health::TargetId id) { prober_.cancel(id); };
  hooks.apply = [this](const std::string& pool, const std::string& server, const health::ServerHealth& health) {
    show_health(pool, server, health);
  };
  hooks.changed = [this](const health::Change& change) {
    const std::string name = change.server.empty() ? "pool " + change.pool : change.pool + "/" + change.server;
    const std::string message = name + (change.is_up ? " is up" : " is down");
    log::info("health", change.reason.empty() ? message : message + ": " + change.reason);
    nlohmann::json event{{"pool", change.pool}, {"up", change.is_up}, {"why", change.reason}};
    if (!change.server.empty()) event["server"] = change.server;
    emit("health", event);
    if (change.server.empty()) virtual_routers_.refresh_trackers(now_);
  };
  return hooks;
}

health::Prober::Hooks Core::prober_hooks() {
  health::Prober::Hooks hooks;
  hooks.source = [this](const IpAddr& to) -> std::optional<IpAddr> {
    const datapath::Tables& tables = machine_.engine().tables();
    const datapath::Hop* hop = datapath::find_hop(tables, to, 0);
    if (hop == nullptr) return std::nullopt;
    // A link-local source would not reach past the gateway.
    const bool by_server = hop->on_link || (hop->gateway.is_v6() && hop->gateway.is_link_local());
    return tables.interfaces[hop->interface.value].source_for(by_server ? to : hop->gateway);
  };
  hooks.path = [this](const IpAddr& to) { return path_to(to); };
  hooks.send = [this](const health::Prober::Path& path, const std::vector<std::uint8_t>& packet) {
    datapath::Engine& engine = machine_.engine();
    const datapath::Interface& interface = engine.tables().interfaces[path.interface.value];
    return engine.inject(interface.port, ethernet_frame(path.mac, interface.mac, interface.vlan, packet));
  };
  hooks.run = [this](Job job, const Runner::Done& done) { run(std::move(job), done); };
  hooks.done = [this](health::TargetId id, const health::Verdict& verdict) { health_.on_verdict(now_, id, verdict); };
  hooks.not_done = [this](health::TargetId id) { health_.on_no_verdict(now_, id); };
  return hooks;
}

health::TcpConnections::Hooks Core::connection_hooks() {
  health::Prober::Hooks hooks = prober_hooks();
  return {std::move(hooks.source), std::move(hooks.path), std::move(hooks.send)};
}

void Core::take_on_proxies() {
  if (proxies_ == nullptr) return;
  proxies_->set_connector([this](const health::ConnectionTarget& target, health::ConnectionEvents events) {
    return probe_connections_.connect(target, std::move(events));
  });
  proxies_->set_listener([this](const proxy::HealthEvent& event) {
    nlohmann::json data{{"backend", event.backend}, {"state", event.what}, {"message", event.line.text}};
    if (!event.server.empty()) data["server"] = event.server;
    emit("backend", data);
  });
}

std::optional<health::Prober::Path> Core::path_to(const IpAddr& address) {
  const datapath::Hop* hop = datapath::find_hop(machine_.engine().tables(), address, 0);
  if (hop == nullptr) return std::nullopt;
  const IpAddr& next = hop->on_link ? address : hop->gateway;
  if (const auto mac = neighbors_.mac_of(hop->interface, next)) return health::Prober::Path{hop->interface, *mac};
  carry_out(neighbors_.on_miss(now_, hop->interface, next));
  return std::nullopt;
}

void Core::show_health(const std::string& pool, const std::string& server, const health::ServerHealth& health) {
  datapath::Engine& engine = machine_.engine();
  const ServerIndex index = engine.server_index(pool, server);
  if (index.value == ~0u) return;
  datapath::ServerState& state = engine.servers()[index];
  state.weight_reported = health.weight ? *health.weight : datapath::ServerState::weight_configured;
  state.share = health.share;
  state.health = row_of(health.use);
}

}  // namespace poise::control
