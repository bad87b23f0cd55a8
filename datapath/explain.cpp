#include "datapath/explain.hpp"

#include <netinet/in.h>

#include "config/choices.hpp"
#include "datapath/holds.hpp"
#include "datapath/schedulers.hpp"
#include "datapath/stages/steer.hpp"

namespace poise::datapath {
namespace {

template <class E>
std::string text_of(E value) {
  return std::string(config::name_of(value));
}

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
      return "tcp";
    case IPPROTO_UDP:
      return "udp";
    case IPPROTO_ICMP:
      return "icmp";
    case IPPROTO_ICMPV6:
      return "icmpv6";
    default:
      return "protocol " + std::to_string(protocol);
  }
}

std::string end_text(const IpAddr& address, std::uint16_t port) {
  if (port == 0) return to_string(address);
  return (address.is_v4() ? to_string(address) : "[" + to_string(address) + "]") + ":" + std::to_string(port);
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

bool is_icmp(const FlowKey& key) { return key.protocol == IPPROTO_ICMP || key.protocol == IPPROTO_ICMPV6; }
bool has_ports(const FlowKey& key) { return key.protocol == IPPROTO_TCP || key.protocol == IPPROTO_UDP; }

std::string refusal_of(const ServerState& server) {
  switch (server.status.load(std::memory_order_relaxed)) {
    case ServerState::draining:
      return "drains";
    case ServerState::down:
      return "is down";
    case ServerState::removed:
      return "was removed";
    default:
      break;
  }
  if (server.health.load(std::memory_order_relaxed) == ServerState::failed) return "fails its health checks";
  if (server.health.load(std::memory_order_relaxed) == ServerState::inhibited)
    return "is inhibited by its health checks";
  if (server.weight_now() == 0) return "has weight 0";
  const std::uint32_t most = server.connections_max.load(std::memory_order_relaxed);
  if (most != 0 && server.connections.load(std::memory_order_relaxed) >= most)
    return "is at its limit of " + std::to_string(most) + " connections";
  return "has as many connections as its weight";  // ovf
}

// The walk of one key through the stages. Each step adds its sentence and answers whether the packet goes on.
struct Walk {
  const Tables& tables;
  const ServerStates& servers;
  const FlowKey& key;
  const IsHeld& is_held;
  Verdict verdict{};

  bool goes_on(std::string_view stage, std::string sentence) {
    verdict.stage = stage;
    verdict.reason = sentence;
    verdict.steps.push_back(std::move(sentence));
    return true;
  }
  bool ends(std::string_view stage, std::string sentence, Drop drop = Drop::count_) {
    goes_on(stage, std::move(sentence));
    verdict.drop = drop;
    return false;
  }
  bool is_dropped(std::string_view stage, std::string sentence, Drop drop) {
    return ends(stage, sentence + "; dropped (" + std::string(drops[std::size_t(drop)].counter) + ")", drop);
  }

  const Interface& interface(InterfaceIndex index) const { return tables.interfaces[index.value]; }

  void run();
  bool check_source();
  bool is_held_elsewhere();
  bool answer_locally();
  void steer();
  bool ends_in_proxy();
  const Service* find_service();
  bool explain_local(const LocalAddress& local);
  bool schedule(const Service& service);
  bool choose_source(const Service& service, const Real& real);
  bool forward();
  void hide_source();
  bool route(const IpAddr& destination, std::uint32_t hash);
};

void Walk::run() {
  if (!check_source()) return;
  if (is_held_elsewhere()) {
    steer();
    forward();
    return;
  }
  if (!answer_locally()) return;
  steer();
  if (ends_in_proxy()) return;
  const Service* service = find_service();
  if (service == nullptr) {
    const LocalAddress* local = tables.local.find(key.destination);
    if (local != nullptr)
      explain_local(*local);
    else
      forward();
    return;
  }
  if (!service->enabled) {
    is_dropped("service", "service " + quoted(service->name) + " is disabled", Drop::service_disabled);
    return;
  }
  if (!schedule(*service)) return;
  const Real& real = tables.reals[verdict.real.value];
  if (choose_source(*service, real)) route(real.address, 0);
}

bool Walk::check_source() {
  const auto text = to_string(key.source);
  if (key.source.is_v4() != key.destination.is_v4())
    return ends("parse",
                text + " and " + to_string(key.destination) + " are of different families: no such packet exists",
                key.source.is_v4() ? Drop::malformed_ipv4 : Drop::malformed_ipv6);
  if (key.source.is_multicast() || key.source.is_loopback())
    return is_dropped("parse", text + " cannot be a source", Drop::martian_source);
  if (key.destination.is_multicast())
    return is_dropped("local", to_string(key.destination) + " is a multicast address, and only the host may listen",
                      Drop::multicast_unhandled);
  return true;
}

// An address that is shared by VRRP is like a stranger's while another node is its master.
bool Walk::is_held_elsewhere() {
  const LocalAddress* local = tables.local.find(key.destination);
  if (local == nullptr || local->hold == Holds::none) return false;
  const std::string router = "virtual router " + quoted(tables.virtual_routers[local->hold.value].name);
  if (is_held(local->hold)) {
    goes_on("local", to_string(key.destination) + " is held here, as master of " + router);
    return false;
  }
  return goes_on("local", to_string(key.destination) + " is another node's now: this one is not master of " + router);
}

bool Walk::answer_locally() {
  if (!is_icmp(key) || tables.local.find(key.destination) == nullptr) return true;
  const std::string text = "an echo request to " + to_string(key.destination);
  if (!tables.icmp.echo) return is_dropped("local", text + " is not answered: icmp.echo is false", Drop::echo_disabled);
  return ends("local", text + " is answered here");
}

void Walk::steer() {
  Packet packet;
  packet.key = key;
  packet.family = key.destination.is_v4() ? 4 : 6;
  if (has_ports(key)) packet.set(flag_ports_known);
  verdict.owner = owner_of(tables, packet);
  if (tables.steering->workers() > 1)
    goes_on("steer", "worker " + std::to_string(verdict.owner.value) + " of " +
                         std::to_string(tables.steering->workers()) + " handles the flow");
}

bool Walk::ends_in_proxy() {
  if (key.protocol != IPPROTO_TCP) return false;
  const std::string* frontend = tables.proxy_bindings.find(key.destination, key.destination_port);
  if (frontend == nullptr) return false;
  verdict.frontend = *frontend;
  ends("terminate", end_text(key.destination, key.destination_port) + "/tcp is frontend " + quoted(*frontend) +
                        ": the connection ends here, in the proxy of worker " + std::to_string(verdict.owner.value));
  return true;
}

const Service* Walk::find_service() {
  const auto answer = tables.service_table.find(key.destination, key.protocol, key.destination_port);
  if (answer.found != ServiceTable::Found::service) return nullptr;
  const Service& service = tables.services[answer.service.value];
  verdict.service = answer.service;
  goes_on("service", end_text(key.destination, key.destination_port) + "/" + protocol_text(key.protocol) +
                         " is service " + quoted(service.name) + " (" + text_of(service.mode) + ", " +
                         text_of(service.scheduler) + ")");
  return &service;
}

// An address of ours, but no service: as the route stage ends it.
bool Walk::explain_local(const LocalAddress& local) {
  const std::string end = end_text(key.destination, key.destination_port) + "/" + protocol_text(key.protocol);
  const std::string address = to_string(key.destination);
  switch (local.kind) {
    case LocalAddress::service_address:
      return is_dropped("service", address + " belongs to a service, but none listens on " + end,
                        Drop::no_service_port);
    case LocalAddress::frontend_address:
      return is_dropped("route", address + " belongs to a frontend, but none listens on " + end, Drop::no_service_port);
    case LocalAddress::snat_address:
      return is_dropped("route", address + " is an address of a snat pool: only answers to known flows are for it",
                        Drop::no_flow);
    default:
      break;
  }
  const bool is_one = local.interface.value != 0xffff;
  const std::string whose = is_one ? "of interface " + quoted(interface(local.interface).name) : "of an interface";
  if (is_one && interface(local.interface).host_path)
    return ends("route", address + " is the address " + whose + ": given to the host");
  return is_dropped(
      "route", address + " is the address " + whose + ", no service listens on " + end + " and there is no host path",
      Drop::no_service_port);
}

bool Walk::schedule(const Service& service) {
  if (service.persistence)
    goes_on("schedule", "a client seen in the last " + std::to_string(service.persistence->timeout_ms / 1000) +
                            " s keeps its server; any other is scheduled");
  verdict.real = SchedulerStates().peek({tables, service, servers, key, 0});
  if (verdict.real.value == ~0u) {
    std::string sentence = "no server takes new flows:";
    std::vector<RealIndex> all = service.reals;
    if (service.sorry.value != ~0u) all.push_back(service.sorry);
    for (const RealIndex index : all) {
      const Real& real = tables.reals[index.value];
      sentence +=
          (sentence.ends_with(':') ? " " : ", ") + quoted(real.server_name) + " " + refusal_of(servers[real.server]);
    }
    if (all.empty()) sentence = "the pool has no servers";
    return is_dropped("schedule", sentence, Drop::no_server_available);
  }
  const Real& real = tables.reals[verdict.real.value];
  const std::uint16_t port = real.port != 0 ? real.port : key.destination_port;
  const std::string server = quoted(real.server_name) + " at " + end_text(real.address, port);
  if (verdict.real == service.sorry) return goes_on("schedule", "no other server takes it: the sorry server " + server);
  using enum config::Scheduler;
  switch (service.scheduler) {
    case rr:
    case wrr:
    case random2:
      return goes_on("schedule", text_of(service.scheduler) + " has a choice of servers, for example " + server);
    default:
      return goes_on("schedule", text_of(service.scheduler) + " picks server " + server);
  }
}

bool Walk::choose_source(const Service& service, const Real& real) {
  if (service.mode == config::Mode::tunnel)
    return goes_on("rewrite", "the packet travels to it inside " + text_of(service.encapsulation));
  if (service.mode == config::Mode::dr)
    return goes_on("rewrite", "the packet keeps its addresses; only the MAC address changes");
  if (service.mode == config::Mode::nat)
    return goes_on("rewrite", "the packet keeps its source " + to_string(key.source));
  if (service.snat_pool != 0xffff) {
    const SnatPool& pool = tables.snat_pools[service.snat_pool];
    if ((real.address.is_v4() ? pool.v4 : pool.v6).empty())
      return is_dropped("schedule", "snat pool " + quoted(pool.name) + " has no address of the server's family",
                        Drop::no_snat_port);
    return goes_on("rewrite", "the source becomes an address of snat pool " + quoted(pool.name));
  }
  const Hop* hop = find_hop(tables, real.address, 0);
  const bool by_server = hop != nullptr && (hop->on_link || (hop->gateway.is_v6() && hop->gateway.is_link_local()));
  const auto own =
      hop == nullptr ? std::nullopt : interface(hop->interface).source_for(by_server ? real.address : hop->gateway);
  if (own)
    return goes_on("rewrite",
                   "the source becomes " + to_string(*own) + ", the address of the interface towards the server");
  return is_dropped("schedule", "there is no source address towards " + to_string(real.address), Drop::no_snat_port);
}

bool Walk::forward() {
  const std::string address = to_string(key.destination);
  if (!tables.forwarding)
    return is_dropped("route", address + " is not ours, and forwarding is off", Drop::forwarding_off);
  if (key.source.is_link_local() || key.source.is_unspecified())
    return is_dropped("route", to_string(key.source) + " may not leave its link", Drop::martian_source);
  goes_on("route", address + " is not ours: the packet is forwarded");
  if (!route(key.destination, std::uint32_t(keyed_hash(key, tables.hash_key)))) return false;
  hide_source();
  return true;
}

void Walk::hide_source() {
  for (const SnatRule& rule : tables.snat_rules) {
    if (rule.interface != verdict.out_interface || !rule.source.contains(key.source)) continue;
    const std::string& pool = tables.snat_pools[rule.snat_pool].name;
    const std::string why =
        "the snat rule for " + to_string(rule.source) + " through " + quoted(interface(rule.interface).name);
    if (!has_ports(key) && !is_icmp(key))
      is_dropped("route", why + " cannot carry " + protocol_text(key.protocol), Drop::unsupported_protocol);
    else
      goes_on("route", "the source becomes an address of snat pool " + quoted(pool) + ": " + why);
    return;
  }
}

bool Walk::route(const IpAddr& destination, std::uint32_t hash) {
  const Hop* hop = find_hop(tables, destination, hash);
  if (hop == nullptr) return is_dropped("route", "there is no route to " + to_string(destination), Drop::no_route);
  verdict.out_interface = hop->interface;
  verdict.next_hop = hop->on_link ? destination : hop->gateway;
  const std::string through = " is reached through " + quoted(interface(hop->interface).name);
  return goes_on("route",
                 to_string(destination) + through + (hop->on_link ? ", on link" : " via " + to_string(hop->gateway)));
}

}  // namespace

Verdict explain(const Tables& tables, const ServerStates& servers, const FlowKey& key, const IsHeld& is_held) {
  Walk walk{tables, servers, key, is_held};
  walk.run();
  return walk.verdict;
}

}  // namespace poise::datapath
