#include <nlohmann/json.hpp>

#include "control/core.hpp"
#include "control/log.hpp"

// What Core does for the virtual routers and the heartbeats.
namespace poise::control {

VirtualRouters::Hooks Core::vrrp_hooks() {
  VirtualRouters::Hooks hooks;
  hooks.changed = [this](const vrrp::RouterSettings& router, const vrrp::Changed& changed) {
    const std::string from(vrrp::name_of(changed.from)), to(vrrp::name_of(changed.to));
    const std::string reason(vrrp::name_of(changed.reason));
    log::info("vrrp", router.name + " is " + to, {{"before", from}, {"reason", reason}});
    emit("vrrp", {{"instance", router.name}, {"state", to}, {"before", from}, {"reason", reason}});
  };
  hooks.next_hop = [this](const IpAddr& peer) -> std::optional<VirtualRouters::Hooks::NextHop> {
    const datapath::Hop* hop = datapath::find_hop(machine_.engine().tables(), peer, 0);
    if (hop == nullptr) return std::nullopt;
    const IpAddr& address = hop->on_link ? peer : hop->gateway;
    if (const auto mac = neighbors_.mac_of(hop->interface, address))
      return VirtualRouters::Hooks::NextHop{hop->interface, *mac};
    carry_out(neighbors_.on_miss(now_, hop->interface, address));
    return std::nullopt;
  };
  hooks.peers_patience = [this](InterfaceIndex interface) { return heartbeats_.peers_patience(interface); };
  return hooks;
}

Heartbeats::Hooks Core::heartbeat_hooks() {
  Heartbeats::Hooks hooks;
  hooks.mac_of = [this](InterfaceIndex interface, const IpAddr& peer) -> std::optional<MacAddr> {
    const auto mac = neighbors_.mac_of(interface, peer);
    if (!mac) carry_out(neighbors_.on_miss(now_, interface, peer));
    return mac;
  };
  hooks.changed = [this](const std::string& name, bool up) {
    log::info("heartbeat", name + (up ? " is up" : " is down"));
    emit("heartbeat", {{"heartbeat", name}, {"up", up}});
  };
  hooks.silent = [this](InterfaceIndex interface, const IpAddr& peer, Duration interval) {
    const PortIndex port = machine_.engine().tables().interfaces[interface.value].port;
    if (machine_.link_up(port)) virtual_routers_.on_peer_silent(now_, interface, peer, interval);
  };
  return hooks;
}

void Core::leave_virtual_routers() { virtual_routers_.stop(now_); }

bool Core::has_left_virtual_routers() {
  if (!virtual_routers_.is_stopped()) return false;
  heartbeats_.stop(now_);
  return true;
}

}  // namespace poise::control
