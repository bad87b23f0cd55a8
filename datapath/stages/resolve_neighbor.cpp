#include <cstring>

#include "datapath/path.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

void write_header(Packet& packet, const Neighbor& neighbor) {
  std::uint8_t* frame = packet.l3() - neighbor.header_length;
  if (neighbor.header_length == 14) [[likely]]
    std::memcpy(frame, neighbor.header.data(), 14);  // a constant length is two moves
  else
    std::memcpy(frame, neighbor.header.data(), 18);
  wire::store16(packet.l3() - 2, packet.family == 6 ? 0x86dd : 0x0800);
  packet.headroom = std::uint16_t(packet.headroom + (frame - packet.data));
  packet.data = frame;
  packet.l3_offset = neighbor.header_length;
  packet.length = std::uint16_t(neighbor.header_length + packet.l3_length);  // padding of short frames ends here
}

// The packet waits, from its IP header on, until control has resolved the neighbor.
bool wait(Worker& worker, Batch& batch, Packet& packet) {
  Frame frame = packet;
  frame.data = packet.l3();
  frame.headroom = std::uint16_t(packet.headroom + packet.l3_offset);
  frame.length = packet.l3_length;
  if (!worker.neighbors.enqueue(packet.neighbor, frame, packet.family == 6))
    drop(worker, batch, packet, Drop::neighbor_queue_full);
  return false;
}

bool resolve(Worker& worker, Batch& batch, Packet& packet) {
  Neighbor& neighbor = worker.neighbors[packet.neighbor];
  packet.out_interface = neighbor.interface;
  switch (neighbor.state) {
    case Neighbor::resolved:
      if (packet.headroom + packet.l3_offset < neighbor.header_length) break;
      if (!neighbor.used) neighbor.used = true;
      write_header(packet, neighbor);
      return true;
    case Neighbor::incomplete:
      return wait(worker, batch, packet);
    case Neighbor::failed:
      drop(worker, batch, packet, Drop::neighbor_unresolved);
      return false;
    case Neighbor::unused:
      ensure(false);
  }
  drop(worker, batch, packet, Drop::no_headroom);
  return false;
}

}  // namespace

void resolve_neighbor(Worker& worker, Batch& batch) {
  batch.keep_if([&](Packet& packet) {
    // An answer made in place has its header already.
    return packet.neighbor == NeighborTable::no_row || resolve(worker, batch, packet);
  });
}

}  // namespace poise::datapath
