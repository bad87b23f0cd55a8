#include <algorithm>

#include "datapath/stages/stages.hpp"
#include "datapath/stages/steer.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::datapath {
namespace {

bool refuse(Worker& worker, Batch& batch, Packet& packet, Drop reason) {
  drop(worker, batch, packet, reason);
  return false;
}

bool has_ports(std::uint8_t protocol) { return protocol == wire::protocol_tcp || protocol == wire::protocol_udp; }
// An echo has an identifier, which stands in the key like a port.
bool has_ports_or_identifier(std::uint8_t protocol) {
  return has_ports(protocol) || protocol == wire::protocol_icmp || protocol == wire::protocol_icmpv6;
}

FragmentTable::Key datagram_of(const Packet& packet) {
  return {packet.key.source, packet.key.destination, packet.fragment_id, packet.key.protocol};
}

HandOff released(const FragmentTable::Held& held, const Packet& first) {
  HandOff item;
  item.frame = held.frame;
  item.port = held.port;
  item.source_port = first.key.source_port;
  item.destination_port = first.key.destination_port;
  item.ports_known = has_ports(first.key.protocol);
  return item;
}

// The ports are remembered, and what waited for them becomes input again. What finds no place there is dropped when it
// expires.
void learn(Worker& worker, const Packet& first) {
  if (worker.fragments.learn(datagram_of(first), {first.key.source_port, first.key.destination_port}, worker.now) ==
      FragmentTable::Learned::table_full)
    return;
  std::array<FragmentTable::Held, limits::burst> waiting;
  while (worker.released_count < worker.released.size()) {
    const std::size_t room = std::min(waiting.size(), worker.released.size() - worker.released_count);
    const std::size_t count = worker.fragments.take(datagram_of(first), std::span(waiting).first(room));
    for (std::size_t i = 0; i < count; ++i) worker.released[worker.released_count++] = released(waiting[i], first);
    if (count < room) break;
  }
}

bool hold(Worker& worker, Batch& batch, Packet& packet) {
  if (!worker.fragments.hold(datagram_of(packet), {packet, packet.port}, worker.now))
    return refuse(worker, batch, packet, Drop::fragment_table_full);
  packet.buffer = nullptr;
  return false;
}

// All fragments of a datagram met on this worker; now that the ports are known they go on together to the one that has
// the flow.
bool stays_here(Worker& worker, Batch& batch, Packet& packet) {
  if (worker.tables->steering->workers() == 1 || !packet.has(flag_ports_known)) return true;
  const WorkerId owner = owner_of(*worker.tables, packet);
  if (owner == worker.id) return true;
  hand_off(worker, batch, packet, owner);
  return false;
}

bool handle(Worker& worker, Batch& batch, Packet& packet) {
  worker.counters.fragments_received.add();
  if (packet.has(flag_icmp_error) || !has_ports_or_identifier(packet.key.protocol)) return true;
  if (packet.has(flag_first_fragment)) {
    learn(worker, packet);
  } else if (!packet.has(flag_ports_known)) {
    // A piece that overwrites the TCP header would get past whatever looked at the first one (RFC 1858, 3128).
    if (packet.key.protocol == wire::protocol_tcp && packet.fragment_offset < wire::tcp_length)
      return refuse(worker, batch, packet, Drop::fragment_unsupported);
    const FragmentTable::Ports* ports = worker.fragments.find(datagram_of(packet), worker.now);
    if (ports == nullptr) return hold(worker, batch, packet);
    packet.key.source_port = ports->source;
    packet.key.destination_port = ports->destination;
    if (has_ports(packet.key.protocol)) packet.set(flag_ports_known);
  }
  worker.counters.fragments_forwarded.add();
  return stays_here(worker, batch, packet);
}

}  // namespace

void fragment(Worker& worker, Batch& batch) {
  if (batch.no_fragments) return;
  batch.keep_if([&](Packet& packet) {
    return !packet.has(flag_fragment) || is_finished(packet) || handle(worker, batch, packet);
  });
}

}  // namespace poise::datapath
