#include <algorithm>

#include "datapath/client_address.hpp"
#include "datapath/encapsulate.hpp"
#include "datapath/icmp_translate.hpp"
#include "datapath/nat64.hpp"
#include "datapath/path.hpp"
#include "datapath/stages/icmp_error.hpp"
#include "datapath/stages/split.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/translate.hpp"
#include "datapath/wire/bytes.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::datapath {
namespace {

using config::Mode;

constexpr int whole_v4_length_max = 1260;  // a translated packet of up to so many bytes has DF clear (RFC 7915 5.1)

// What the packet shall look like behind this box.
struct Plan {
  Mode mode = Mode::nat;
  bool plain = true;  // forwarded as it is: no flow
  bool to_client = false;
  bool translated = false;    // nat, fullnat, SNAT
  bool other_family = false;  // NAT64
  int growth = 0;             // bytes the packet gets longer; negative: shorter
};

Translation translation_of(Worker& worker, const Packet& packet) {
  if (!packet.flow.wide()) {
    const FlowV4& flow = worker.flows.v4(packet.flow);
    if (packet.has(flag_to_client))
      return {IpAddr::v4(flow.virtual_address), IpAddr::v4(flow.client), flow.virtual_port, flow.client_port};
    return {IpAddr::v4(flow.local), IpAddr::v4(flow.server), flow.local_port, flow.server_port};
  }
  const FlowKey client = worker.flows.client_key(packet.flow), reply = worker.flows.reply_key(packet.flow);
  // To the client a reply looks as if the virtual address had sent it; to the server a request comes from the local
  // end.
  const FlowKey as = packet.has(flag_to_client) ? client.reversed() : reply.reversed();
  return {as.source, as.destination, as.source_port, as.destination_port};
}

// Only a wide entry has a server of another family than its client.
bool changes_family(Worker& worker, FlowRef flow) {
  if (!flow.wide()) return false;
  const FlowWide& entry = worker.flows.wide(flow);
  return entry.client.is_v4() != entry.server.is_v4();
}

Plan plan_of(Worker& worker, Packet& packet) {
  Plan plan;
  if (packet.flow.valid()) {
    const FlowState& state = worker.flows.state(packet.flow);
    if (state.path_epoch != worker.path_epoch || state.to_server == NeighborTable::no_row) [[unlikely]]
      refresh_path(worker, packet.flow);
    plan.plain = false;
    plan.to_client = packet.has(flag_to_client);
    plan.mode = Mode(state.mode);
    packet.real = state.real;
    packet.neighbor = plan.to_client ? state.to_client : state.to_server;
    plan.translated = state.has(flow_two_keys);
    plan.other_family = plan.translated && changes_family(worker, packet.flow);
  } else if (packet.real.value != ~0u) {  // one-way service without an entry
    const RealFacts& real = worker.tables->real_facts[packet.real.value];
    plan.plain = false;
    plan.mode = real.mode;
    packet.neighbor = next_hop(worker, real.address, packet.hash);
  }
  if (!plan.plain && plan.mode == Mode::tunnel) {
    plan.growth = worker.tables->real_facts[packet.real.value].tunnel_overhead;
  } else if (plan.other_family) {
    plan.growth = nat64_growth(packet);
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

// Whether the packet may still be cut when it leaves: IPv4 without DF, or what becomes that by translation (RFC
// 7915 5.1).
bool may_leave_in_pieces(const Packet& packet, const Plan& plan) {
  if (packet.family == 4) return may_split(packet);
  return plan.other_family && (packet.has(flag_fragment) || packet.l3_length + plan.growth <= whole_v4_length_max);
}

// What the sender is told; no IPv6 node sends packets of less than 1280 bytes (RFC 8200 5).
std::uint16_t mtu_for_sender(const Packet& packet, int growth, std::uint16_t mtu) {
  return std::uint16_t(std::max(mtu - growth, packet.family == 6 ? int(wire::ipv6_mtu_min) : 0));
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
  if (worker.neighbors[packet.neighbor].state == Neighbor::failed) {
    send_icmp_error(worker, packet, {IcmpProblem::host_unreachable});
    return Drop::neighbor_unresolved;
  }
  const std::uint16_t mtu = worker.neighbors[packet.neighbor].mtu;
  if (packet.l3_length + plan.growth + proxy_header_length(false) <= mtu) [[likely]]
    return Drop::count_;
  const int growth = plan.growth + client_address_growth(worker, packet);
  if (packet.l3_length + growth <= mtu || may_leave_in_pieces(packet, plan)) return Drop::count_;
  send_icmp_error(worker, packet, {IcmpProblem::too_big, mtu_for_sender(packet, growth, mtu)});
  return Drop::packet_too_big;
}

Drop enter_tunnel(Worker& worker, Packet& packet) {
  const RealFacts& real = worker.tables->real_facts[packet.real.value];
  if (real.tunnel_source.is_unspecified()) return Drop::no_route;
  return encapsulate(packet, {real.encapsulation, real.tunnel_source, real.address}) ? Drop::count_ : Drop::no_headroom;
}

// Addresses, ports and, for TCP towards the server, the client's address (TOA, PROXY v2).
Drop translate(Worker& worker, Packet& packet, const Plan& plan) {
  const Translation to = translation_of(worker, packet);
  if (packet.has(flag_icmp_error)) return translate_icmp_error(packet, to);
  if (plan.other_family) {
    const Drop failed = packet.family == 6 ? nat64_to_v4(packet, to) : nat64_to_v6(packet, to);
    if (failed != Drop::count_) return failed;
  } else {
    packet.family == 4 ? translate_v4(packet, to) : translate_v6(packet, to);
  }
  if (packet.real.value == ~0u || packet.key.protocol != 6) return Drop::count_;
  const RealFacts& real = worker.tables->real_facts[packet.real.value];
  if (real.client_address == config::ClientAddress::none) return Drop::count_;
  const Service& service = worker.tables->services[real.service.value];
  // Behind a fragment the client could say what it likes about its address, and sequence numbers could not be shifted.
  if (packet.has(flag_fragment)) return Drop::fragment_unsupported;
  return pass_client_address(worker, service, packet);
}

bool rewrite_packet(Worker& worker, Batch& batch, Packet& packet) {
  const Plan plan = plan_of(worker, packet);
  if (const Drop failed = check(worker, packet, plan); failed != Drop::count_)
    return fail(worker, batch, packet, failed);
  count(worker, packet, plan);
  decrement_ttl(packet);
  const bool was_splittable_v4 = packet.family == 4 && may_split(packet);
  const std::uint16_t identification_v4 = was_splittable_v4 ? wire::load16(packet.l3() + 4) : std::uint16_t(0);
  Drop failed = Drop::count_;
  if (plan.plain || plan.mode == Mode::dr) {
    // the addresses stay
  } else if (plan.mode == Mode::tunnel) {
    failed = enter_tunnel(worker, packet);
  } else {
    failed = translate(worker, packet, plan);
  }
  if (failed != Drop::count_) return fail(worker, batch, packet, failed);
  const std::uint16_t mtu = worker.neighbors[packet.neighbor].mtu;
  if (packet.family == 6 && was_splittable_v4) {
    const bool outer = plan.mode == Mode::tunnel;
    const FragmentsV6 as{outer ? mtu : wire::ipv6_mtu_min,
                         outer ? std::uint32_t(next_random(worker)) : identification_v4};
    return packet.l3_length <= as.most || split_v6(worker, batch, packet, as);
  }
  if (packet.l3_length <= mtu) return true;
  if (!may_split(packet)) return fail(worker, batch, packet, Drop::packet_too_big);
  return split(worker, batch, packet);
}

}  // namespace

void rewrite(Worker& worker, Batch& batch) {
  batch.keep_if([&](Packet& packet) { return is_finished(packet) || rewrite_packet(worker, batch, packet); });
}

}  // namespace poise::datapath
