#include "datapath/path.hpp"

#include <cstring>

namespace poise::datapath {
namespace {

void ask_for(Worker& worker, const Neighbor& neighbor) {
  Punt* item = worker.links.punts->slot();
  if (item == nullptr) {
    worker.counters.drops[std::size_t(Drop::punt_full)].add();
    return;
  }
  item->kind = Punt::neighbor_miss;
  item->port = neighbor.port;
  item->interface = neighbor.interface;
  item->address = neighbor.address;
  item->length = item->original_length = 0;
  item->drop = Drop::count_;
  worker.links.punts->commit();
  worker.counters.punted.add();
}

}  // namespace

NeighborIndex neighbor_for(Worker& worker, InterfaceIndex interface, const IpAddr& address) {
  const std::size_t before = worker.neighbors.size();
  const NeighborIndex row = worker.neighbors.insert(interface, address);
  if (row == NeighborTable::no_row) {
    worker.counters.drops[std::size_t(Drop::neighbor_table_full)].add();
    return row;
  }
  if (worker.neighbors.size() == before) return row;
  Neighbor& neighbor = worker.neighbors[row];
  neighbor.state = Neighbor::incomplete;
  neighbor.port = worker.tables->interfaces[interface.value].port;
  neighbor.mtu = worker.tables->interfaces[interface.value].mtu;
  neighbor.header_length = worker.tables->interfaces[interface.value].vlan != 0 ? 18 : 14;
  ask_for(worker, neighbor);
  return row;
}

NeighborIndex next_hop(Worker& worker, const IpAddr& destination, std::uint32_t hash) {
  const Hop* hop = find_hop(*worker.tables, destination, hash);
  if (hop == nullptr) return NeighborTable::no_row;
  return neighbor_for(worker, hop->interface, hop->on_link ? destination : hop->gateway);
}

void refresh_path(Worker& worker, FlowRef flow) {
  FlowState& state = worker.flows.state(flow);
  state.to_server = next_hop(worker, worker.flows.reply_key(flow).source, state.hash);
  state.to_client = next_hop(worker, worker.flows.client_key(flow).source, state.hash);
  state.path_epoch = worker.path_epoch;
}

void write_neighbor_header(const Tables& tables, Neighbor& neighbor, const MacAddr& mac) {
  const Interface& interface = tables.interfaces[neighbor.interface.value];
  std::memcpy(neighbor.header.data(), mac.octets.data(), 6);
  std::memcpy(neighbor.header.data() + 6, interface.mac.octets.data(), 6);
  neighbor.header_length = 14;
  if (interface.vlan != 0) {
    neighbor.header_length = 18;
    neighbor.header[12] = 0x81;
    neighbor.header[13] = 0x00;
    neighbor.header[14] = std::uint8_t(interface.vlan >> 8);
    neighbor.header[15] = std::uint8_t(interface.vlan);
  }
  neighbor.port = interface.port;
  neighbor.mtu = interface.mtu;
}

void refresh_neighbor_headers(Worker& worker) {
  for (std::uint32_t row = 0; row < limits::neighbors; ++row) {
    const NeighborIndex index{std::uint16_t(row)};
    Neighbor& neighbor = worker.neighbors[index];
    if (neighbor.state == Neighbor::unused) continue;
    if (neighbor.interface.value >= worker.tables->interfaces.size()) continue;  // control erases it
    MacAddr mac;
    std::memcpy(mac.octets.data(), neighbor.header.data(), 6);
    write_neighbor_header(*worker.tables, neighbor, mac);
  }
}

}  // namespace poise::datapath
