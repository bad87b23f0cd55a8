#include <netinet/in.h>

#include <cstring>

#include "datapath/flow_life.hpp"
#include "datapath/path.hpp"
#include "datapath/snat_ports.hpp"
#include "datapath/stages/icmp_error.hpp"
#include "datapath/stages/reset.hpp"
#include "datapath/stages/stages.hpp"

namespace poise::datapath {
namespace {

bool refuse(Worker& worker, Batch& batch, Packet& packet, Drop reason) {
  drop(worker, batch, packet, reason);
  return false;
}

bool give_to_host(Worker& worker, Batch& batch, Packet& packet) {
  if (punt(worker, Punt::host, packet)) worker.counters.host_path_frames.add();
  batch.free_later(packet);
  return false;
}

// For an address of ours, but for nothing that listens here.
bool end_at_local_address(Worker& worker, Batch& batch, Packet& packet, const LocalAddress& local) {
  const Interface& interface = worker.tables->interfaces[packet.interface.value];
  const bool for_host =
      local.kind == LocalAddress::interface_address ||
      (local.kind == LocalAddress::virtual_address && worker.tables->virtual_routers[local.hold.value].accept);
  if (for_host && interface.host_path) return give_to_host(worker, batch, packet);
  if (packet.key.protocol == IPPROTO_TCP)
    send_reset(worker, packet);
  else
    send_icmp_error(
        worker, packet,
        {packet.key.protocol == IPPROTO_UDP ? IcmpProblem::port_unreachable : IcmpProblem::protocol_unreachable});
  return refuse(worker, batch, packet,
                local.kind == LocalAddress::snat_address ? Drop::no_flow : Drop::no_service_port);
}

const SnatRule* find_snat_rule(const Tables& tables, const Packet& packet, InterfaceIndex out) {
  for (const SnatRule& rule : tables.snat_rules)
    if (rule.interface == out && rule.source.contains(packet.key.source)) return &rule;
  return nullptr;
}

bool can_be_hidden(const Packet& packet) {
  const std::uint8_t protocol = packet.key.protocol;
  if (packet.has(flag_icmp_error)) return false;
  if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) return packet.has(flag_ports_known);
  return (protocol == IPPROTO_ICMP && packet.l4()[0] == 8) || (protocol == IPPROTO_ICMPV6 && packet.l4()[0] == 128);
}

// The echo identifier is the port of a ping: chosen like one, and what the reply carries.
Drop enter_snat_flow(Worker& worker, Packet& packet, const SnatRule& rule) {
  if (!can_be_hidden(packet)) return Drop::unsupported_protocol;
  const FlowTable::Found earlier = worker.flows.find(packet.key, worker.flows.hash(packet.key));
  if (!earlier.flow.valid()) {
    FlowTable::New flow;
    flow.client = packet.key;
    flow.server = packet.key.destination;
    flow.server_port = packet.key.destination_port;
    const auto local = choose_local_end(worker, rule.snat_pool, {flow.server, flow.server_port, packet.key.protocol});
    if (!local) return Drop::no_snat_port;
    flow.local = local->address;
    flow.local_port = local->port;
    flow.two_keys = true;
    flow.reply = {flow.server, flow.local, flow.server_port, flow.local_port, packet.key.protocol};
    switch (admit(worker, flow)) {
      case Admission::embryonic_limit:
        return Drop::embryonic_limit;
      case Admission::table_full:
        return Drop::flow_table_full;
      case Admission::yes:
        break;
    }
    packet.flow = worker.flows.create(flow);
    if (!packet.flow.valid()) return Drop::flow_table_full;
    begin_flow(worker, packet.flow, RealIndex{~0u});
    worker.flows.state(packet.flow).mode = std::uint8_t(config::Mode::fullnat);
    refresh_path(worker, packet.flow);
  } else {
    packet.flow = earlier.flow;
  }
  track(worker, packet.flow, packet);
  return Drop::count_;
}

// A connection straight to a server of a nat service: may its replies be told from those of the service? A client that
// takes the same port for both would have them translated. A flow that is over makes room.
bool has_replies_of_its_own(Worker& worker, const Packet& packet) {
  if (packet.key.protocol != IPPROTO_TCP || (packet.tcp_flags & (tcp_syn | tcp_ack)) != tcp_syn) return true;
  if (worker.tables->nat_servers.find(packet.key.destination) == nullptr) return true;
  const FlowKey reply{packet.key.destination, packet.key.source, packet.key.destination_port, packet.key.source_port,
                      packet.key.protocol};
  return reply_key_is_free(worker, reply);
}

bool forward(Worker& worker, Batch& batch, Packet& packet) {
  const Tables& tables = *worker.tables;
  if (!tables.forwarding) return refuse(worker, batch, packet, Drop::forwarding_off);
  if (packet.key.source.is_link_local() || packet.key.source.is_unspecified())
    return refuse(worker, batch, packet, Drop::martian_source);
  if (!has_replies_of_its_own(worker, packet)) {
    send_reset(worker, packet);  // so that the client takes another port
    return refuse(worker, batch, packet, Drop::flow_conflict);
  }
  const Hop* hop = find_hop(tables, packet.key.destination, packet.hash);
  if (hop == nullptr) {
    send_icmp_error(worker, packet, {IcmpProblem::no_route});
    return refuse(worker, batch, packet, Drop::no_route);
  }
  if (const SnatRule* rule = find_snat_rule(tables, packet, hop->interface)) {
    const Drop failed = enter_snat_flow(worker, packet, *rule);
    return failed == Drop::count_ || refuse(worker, batch, packet, failed);
  }
  packet.neighbor = neighbor_for(worker, hop->interface, hop->on_link ? packet.key.destination : hop->gateway);
  return packet.neighbor != NeighborTable::no_row || refuse(worker, batch, packet, Drop::neighbor_table_full);
}

bool route_packet(Worker& worker, Batch& batch, Packet& packet) {
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  if (local != nullptr && worker.holds.accepts(local->hold, worker.now))
    return end_at_local_address(worker, batch, packet, *local);
  return forward(worker, batch, packet);
}

}  // namespace

void route(Worker& worker, Batch& batch) {
  if (batch.all_in_flows) return;
  batch.keep_if([&](Packet& packet) {
    const bool decided = packet.flow.valid() || packet.service.value != ~0u || is_finished(packet);
    return decided || route_packet(worker, batch, packet);
  });
}

void route_generated(Worker& worker, Batch& batch) {
  batch.keep_if([&](Packet& packet) {
    if (packet.neighbor != NeighborTable::no_row) return true;
    const std::uint8_t* ip = packet.l3();
    IpAddr destination;
    if (packet.family == 4) {
      destination = IpAddr::v4(0);
      std::memcpy(destination.octets.data() + 12, ip + 16, 4);
    } else {
      destination = IpAddr::v6(ip + 24);
    }
    packet.neighbor = next_hop(worker, destination, packet.hash);
    return packet.neighbor != NeighborTable::no_row || refuse(worker, batch, packet, Drop::no_route);
  });
}

}  // namespace poise::datapath
