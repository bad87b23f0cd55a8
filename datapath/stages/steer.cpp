#include "datapath/stages/steer.hpp"

#include <netinet/in.h>

#include "datapath/stages/stages.hpp"

namespace poise::datapath {
namespace {

WorkerId owner_by_client(const Tables& tables, const IpAddr& client) {
  FlowKey prefix;
  prefix.source = masked(client, client.is_v4() ? tables.client_prefix_v4 : tables.client_prefix_v6);
  prefix.destination = client.is_v4() ? IpAddr::v4(0) : IpAddr{};
  return tables.steering->owner(prefix, false);
}

bool has_ports(const Packet& packet) { return packet.has(flag_ports_known); }

// All fragments of a datagram meet by addresses alone, the first too, until the fragment stage knows the ports of all.
bool has_its_own_ports(const Packet& packet) {
  return !packet.has(flag_fragment) || (packet.has(flag_ports_known) && !packet.has(flag_first_fragment));
}

// The worker that owns the flows of services steered by client (mode nat, persistence); ~0: not such a packet.
WorkerId client_steered_owner(const Tables& tables, const FlowKey& key) {
  if (key.protocol == IPPROTO_TCP && tables.proxy_bindings.contains(key.destination, key.destination_port))
    return WorkerId{0xffff};  // whatever was there before
  const ServiceTable::Answer answer = tables.service_table.find(key.destination, key.protocol, key.destination_port);
  if (answer.found == ServiceTable::Found::service)
    return tables.services[answer.service.value].steer_by == SteerBy::client ? owner_by_client(tables, key.source)
                                                                             : WorkerId{0xffff};
  if (tables.nat_servers.find(key.source) != nullptr && tables.local.find(key.destination) == nullptr)
    return owner_by_client(tables, key.destination);
  if (tables.nat_servers.find(key.destination) != nullptr && tables.local.find(key.source) == nullptr)
    return owner_by_client(tables, key.source);  // straight to a server: its replies are taken for those of a service
  return WorkerId{0xffff};
}

// The answer to a ping, or an error about one, for an address of ours: whoever sent the ping chose its identifier so
// that it tells who (choose_local_end). No NIC hashes identifiers.
bool is_answer_to_own_ping(const Tables& tables, const FlowKey& key) {
  if ((key.protocol != IPPROTO_ICMP && key.protocol != IPPROTO_ICMPV6) || key.destination_port == 0) return false;
  const LocalAddress* local = tables.local.find(key.destination);
  return local != nullptr && local->kind != LocalAddress::service_address;
}

}  // namespace

WorkerId owner_of(const Tables& tables, const Packet& packet) {
  if (is_answer_to_own_ping(tables, packet.key))
    return WorkerId{std::uint16_t(packet.key.destination_port % tables.steering->workers())};
  if (tables.steer_by_client) {
    const WorkerId owner = client_steered_owner(tables, packet.key);
    if (owner.value != 0xffff) return owner;
  }
  return tables.steering->owner(packet.key, has_ports(packet));
}

void hand_off(Worker& worker, Batch& batch, Packet& packet, WorkerId owner) {
  HandOff item;
  item.frame = packet;
  item.port = packet.port;
  item.ports_known = packet.has(flag_fragment) && packet.has(flag_ports_known);
  item.source_port = packet.key.source_port;
  item.destination_port = packet.key.destination_port;
  if (!worker.links.outgoing[owner.value]->push(item)) {
    drop(worker, batch, packet, Drop::hand_off_full);
    return;
  }
  worker.counters.handed_off.add();
}

void steer(Worker& worker, Batch& batch) {
  const Tables& tables = *worker.tables;
  if (tables.steering->workers() == 1) return;
  batch.keep_if([&](Packet& packet) {
    if (packet.has(flag_steered) || packet.family == 0 || is_finished(packet)) return true;
    // What the NIC has put here by its own hash is right, unless the hash could not know better.
    const bool icmp =
        packet.key.protocol == IPPROTO_ICMP || packet.key.protocol == IPPROTO_ICMPV6 || packet.has(flag_icmp_error);
    const bool trusted = tables.ports[packet.port.value].hardware_rss && !tables.steer_by_client && !icmp;
    if (trusted) return true;
    const WorkerId owner =
        has_its_own_ports(packet) ? owner_of(tables, packet) : tables.steering->owner(packet.key, false);
    if (owner == worker.id) return true;
    hand_off(worker, batch, packet, owner);
    return false;
  });
}

}  // namespace poise::datapath
