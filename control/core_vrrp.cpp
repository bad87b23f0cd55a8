#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/core.hpp"
#include "control/log.hpp"

// What Core does for the virtual routers and the heartbeats.
namespace poise::control {

VirtualRouters::Hooks Core::vrrp_hooks() {
  VirtualRouters::Hooks hooks;
  hooks.now = [this] { return now_; };
  hooks.changed = [this](const vrrp::RouterSettings& router, const vrrp::Changed& changed) {
    const std::string from(vrrp::name_of(changed.from)), to(vrrp::name_of(changed.to));
    const std::string reason(vrrp::name_of(changed.reason));
    log::info("vrrp", router.name + " is " + to, {{"before", from}, {"reason", reason}});
    emit("vrrp", {{"instance", router.name}, {"state", to}, {"before", from}, {"reason", reason}});
    notifier_.on_change(router.name, changed, effect_on(router.name, router.machine.priority).priority);
  };
  hooks.tracks = [this](const std::string& instance) { return !trackers_of(instance).empty(); };
  hooks.lives = [this](const IpAddr& source) { return heartbeats_.lives(source); };
  hooks.split = [this](const vrrp::RouterSettings& router, const std::string& split_brain, const IpAddr& other) {
    emit("split_brain", {{"instance", router.name}, {"split_brain", split_brain}, {"other", to_string(other)}});
    if (split_brain.empty()) return log::info("split_brain", router.name + ": over");
    log::error("split_brain",
               router.name + ": " + to_string(other) +
                   (split_brain == "heard" ? " is master, too" : " lives, and is not heard: may be master, too"));
  };
  hooks.effect = [this](const std::string& instance, std::uint8_t configured) {
    return effect_on(instance, configured);
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

// Whoever is master or backup: the workers know whose turn it is.
void Core::accept_virtual_macs() {
  const datapath::Tables& tables = machine_.engine().tables();
  std::map<std::uint16_t, std::vector<MacAddr>> macs;
  for (const datapath::VirtualRouter& router : tables.virtual_routers) {
    if (router.name.empty() || router.interface.value >= tables.interfaces.size()) continue;
    const datapath::Interface& interface = tables.interfaces[router.interface.value];
    std::vector<MacAddr>& of_port = macs[interface.port.value];
    if (router.mac != interface.mac && std::find(of_port.begin(), of_port.end(), router.mac) == of_port.end())
      of_port.push_back(router.mac);
  }
  for (std::uint16_t port = 0; port < tables.ports.size(); ++port) machine_.accept(PortIndex{port}, macs[port]);
}

void Core::run(Job job, const Runner::Done& done) {
  if (runner_ != nullptr) return runner_->run(std::move(job), done);
  done({0, JobResult::Outcome::unavailable, "nothing can be run"});
}

Checks::Hooks Core::check_hooks() {
  Checks::Hooks hooks;
  hooks.run = [this](Job job, const Runner::Done& done) { run(std::move(job), done); };
  hooks.changed = [this](const std::string& kind, const std::string& name, bool up, const std::string& why) {
    const std::string message = kind + " " + name + (up ? " is up" : " is down");
    log::info("vrrp", why.empty() ? message : message + ": " + why);
    emit("tracking", {{"kind", kind}, {"name", name}, {"up", up}, {"why", why}});
    virtual_routers_.refresh_trackers(now_);
  };
  return hooks;
}

Notifier::Hooks Core::notifier_hooks() {
  Notifier::Hooks hooks;
  hooks.run = [this](Job job, const Runner::Done& done) { run(std::move(job), done); };
  hooks.failed = [](const std::string& what, const std::string& why) { log::warning("notify", what + ": " + why); };
  return hooks;
}

namespace {

vrrp::Tracked::State state_of(bool up) { return up ? vrrp::Tracked::State::up : vrrp::Tracked::State::down; }

}  // namespace

vrrp::Tracked Core::tracked(const config::VrrpTracker& tracker) const {
  vrrp::Tracked tracked;
  tracked.weight = tracker.weight;
  tracked.reverse = tracker.reverse;
  const datapath::Tables& tables = machine_.engine().tables();
  const auto state_in = [](const Checks::Rows& rows, const std::string& name) {
    const auto found = rows.find(name);
    return found == rows.end() ? vrrp::Tracked::State::unknown : found->second.state;
  };
  if (tracker.interface) {
    for (const datapath::Interface& interface : tables.interfaces)
      if (interface.name == *tracker.interface) tracked.state = state_of(links_[interface.port.value]);
  } else if (tracker.script) {
    tracked.state = state_in(checks_.scripts(), *tracker.script);
  } else if (tracker.file) {
    tracked.state = state_in(checks_.files(), *tracker.file);
    tracked.is_number = true;
    if (const auto found = checks_.files().find(*tracker.file); found != checks_.files().end())
      tracked.value = found->second.value;
  } else if (tracker.pool) {
    const health::Health::Pool* pool = health_.find_pool(*tracker.pool);
    tracked.state = state_of(pool != nullptr && pool->state.has_quorum);
  } else {
    tracked.state = state_of(workers_make_progress());
  }
  return tracked;
}

std::vector<const config::VrrpTracker*> Core::trackers_of(const std::string& instance) const {
  const config::Vrrp& vrrp = transactions_.running().vrrp;
  std::vector<const config::VrrpTracker*> trackers;
  const auto found = vrrp.instances.find(instance);
  if (found == vrrp.instances.end()) return trackers;
  for (const config::VrrpTracker& tracker : found->second.track) trackers.push_back(&tracker);
  for (const auto& [name, group] : vrrp.groups)
    if (!group.track.empty() && std::find(group.members.begin(), group.members.end(), instance) != group.members.end())
      for (const config::VrrpTracker& tracker : group.track) trackers.push_back(&tracker);
  return trackers;
}

vrrp::Effect Core::effect_on(const std::string& instance, std::uint8_t configured) const {
  std::vector<vrrp::Tracked> all;
  for (const config::VrrpTracker* tracker : trackers_of(instance)) all.push_back(tracked(*tracker));
  return vrrp::effect_of(configured, all);
}

void Core::leave_virtual_routers() { virtual_routers_.stop(now_); }

bool Core::has_left_virtual_routers() {
  if (!virtual_routers_.is_stopped()) return false;
  heartbeats_.stop(now_);
  return true;
}

}  // namespace poise::control
