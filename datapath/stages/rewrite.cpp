#include "datapath/client_address.hpp"
#include "datapath/encapsulate.hpp"
#include "datapath/icmp_translate.hpp"
#include "datapath/nat64.hpp"
#include "datapath/path.hpp"
#include "datapath/stages/icmp_error.hpp"
#include "datapath/stages/split.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/translate.hpp"

namespace poise::datapath {
namespace {

using config::Mode;

// What the packet shall look like behind this box.
struct Plan {
  Mode mode = Mode::nat;
  bool plain = true;        // forwarded as it is: no flow
  bool to_client = false;
  Translation to;           // nat, fullnat, SNAT
  std::uint16_t growth = 0; // bytes the packet gets longer
};

Translation translation_of(const Worker& worker, const Packet& packet) {
  const FlowKey client = worker.flows.client_key(packet.flow), reply = worker.flows.reply_key(packet.flow);
  // To the client a reply looks as if the virtual address had sent it; to the server a request comes from the local end.
  const FlowKey as = packet.has(flag_to_client) ? client.reversed() : reply.reversed();
  return {as.source, as.destination, as.source_port, as.destination_port};
}

bool changes_family(const Plan& plan, const Packet& packet) {
  return !plan.plain && plan.mode != Mode::dr && plan.mode != Mode::tunnel &&
         plan.to.destination.is_v4() != (packet.family == 4);
}

Plan plan_of(Worker& worker, Packet& packet) {
  Plan plan;
  if (packet.flow.valid()) {
    FlowState& state = worker.flows.state(packet.flow);
    if (state.path_epoch != worker.path_epoch || state.to_server == NeighborTable::no_row) refresh_path(worker, packet.flow);
    plan.plain = false;
    plan.to_client = packet.has(flag_to_client);
    plan.mode = Mode(state.mode);
    packet.real = state.real;
    packet.neighbor = plan.to_client ? state.to_client : state.to_server;
    if (state.has(flow_two_keys)) plan.to = translation_of(worker, packet);
  } else if (packet.real.value != ~0u) {  // one-way service without an entry
    const Real& real = worker.tables->reals[packet.real.value];
    plan.plain = false;
    plan.mode = worker.tables->services[real.service.value].mode;
    packet.neighbor = next_hop(worker, real.address, packet.hash);
  }
  if (!plan.plain && plan.mode == Mode::tunnel) {
    const Real& real = worker.tables->reals[packet.real.value];
    plan.growth = tunnel_overhead(worker.tables->services[real.service.value].encapsulation, real.address.is_v4());
  } else if (changes_family(plan, packet)) {
    plan.growth = packet.family == 4 ? nat64_growth(packet) : 0;
  }
  return plan;
}

bool may_split(const Packet& packet) { return packet.family == 4 && (packet.l3()[6] & 0x40) == 0; }

void count(Worker& worker, const Packet& packet, const Plan& plan) {
  if (packet.real.value == ~0u) return;
  RealCounters& counters = worker.counters.reals[packet.real.value];
  (plan.to_client ? counters.to_client : counters.to_server).add(packet.l3_length);
}

bool fail(Worker& worker, Batch& batch, Packet& packet, Drop reason) {
  drop(worker, batch, packet, reason);
  return false;
}

// The checks that come before a byte is changed, because an ICMP error quotes the packet as it came.
Drop check(Worker& worker, Packet& packet, const Plan& plan) {
  if (ttl_of(packet) <= 1) {
    send_icmp_error(worker, packet, {IcmpProblem::ttl_exceeded});
    return Drop::ttl_exceeded;
  }
  if (packet.neighbor == NeighborTable::no_row) {
    send_icmp_error(worker, packet, {IcmpProblem::no_route});
    return Drop::no_route;
  }
  const std::uint16_t mtu = worker.neighbors[packet.neighbor].mtu;
  if (packet.l3_length + plan.growth > mtu && !may_split(packet)) {
    send_icmp_error(worker, packet, {IcmpProblem::too_big, std::uint16_t(mtu - plan.growth)});
    return Drop::packet_too_big;
  }
  return Drop::count_;
}

Drop enter_tunnel(Worker& worker, Packet& packet) {
  const Real& real = worker.tables->reals[packet.real.value];
  const Service& service = worker.tables->services[real.service.value];
  const Interface& interface = worker.tables->interfaces[worker.neighbors[packet.neighbor].interface.value];
  const auto source = interface.source_for(real.address);
  if (!source) return Drop::no_route;
  return encapsulate(packet, {service.encapsulation, *source, real.address}) ? Drop::count_ : Drop::no_headroom;
}

// Addresses, ports and, for TCP towards the server, the client's address (TOA, PROXY v2).
Drop translate(Worker& worker, Packet& packet, const Plan& plan) {
  if (packet.has(flag_icmp_error)) return translate_icmp_error(packet, plan.to);
  if (changes_family(plan, packet)) {
    const Drop failed = packet.family == 6 ? nat64_to_v4(packet, plan.to) : nat64_to_v6(packet, plan.to);
    if (failed != Drop::count_) return failed;
  } else {
    packet.family == 4 ? translate_v4(packet, plan.to) : translate_v6(packet, plan.to);
  }
  if (packet.real.value == ~0u || packet.key.protocol != 6 || packet.has(flag_fragment)) return Drop::count_;
  const Service& service = worker.tables->services[worker.tables->reals[packet.real.value].service.value];
  if (service.client_address != config::ClientAddress::none) pass_client_address(worker, service, packet);
  return Drop::count_;
}

bool rewrite_packet(Worker& worker, Batch& batch, Packet& packet) {
  const Plan plan = plan_of(worker, packet);
  if (const Drop failed = check(worker, packet, plan); failed != Drop::count_) return fail(worker, batch, packet, failed);
  count(worker, packet, plan);
  decrement_ttl(packet);
  Drop failed = Drop::count_;
  if (plan.plain || plan.mode == Mode::dr) {
    // the addresses stay
  } else if (plan.mode == Mode::tunnel) {
    failed = enter_tunnel(worker, packet);
  } else {
    failed = translate(worker, packet, plan);
  }
  if (failed != Drop::count_) return fail(worker, batch, packet, failed);
  if (packet.l3_length <= worker.neighbors[packet.neighbor].mtu) return true;
  if (!may_split(packet)) return fail(worker, batch, packet, Drop::packet_too_big);
  return split(worker, batch, packet);
}

}  // namespace

void rewrite(Worker& worker, Batch& batch) {
  for (std::uint8_t i = 0; i < batch.live_count; ++i) {
    const Packet& packet = batch.packets[batch.live[i]];
    if (packet.flow.valid()) __builtin_prefetch(&worker.counters.reals[worker.flows.state(packet.flow).real.value % limits::reals], 1);
  }
  batch.keep_if([&](Packet& packet) { return is_finished(packet) || rewrite_packet(worker, batch, packet); });
}

}  // namespace poise::datapath
