#include "datapath/neighbor_table.hpp"

#include <functional>

#include "config/types/result.hpp"

namespace poise::datapath {
namespace {

constexpr std::size_t slots = limits::neighbors * 2;  // at most half full
constexpr std::size_t mask = slots - 1;
static_assert(limits::neighbors < NeighborTable::no_row.value);

std::size_t slot_of(InterfaceIndex interface, const IpAddr& address) {
  const std::uint64_t mixed = (std::hash<IpAddr>{}(address) + interface.value) * 0x9e3779b97f4a7c15ull;
  return std::size_t(mixed >> 40) & mask;
}

}  // namespace

NeighborTable::NeighborTable() : rows_(limits::neighbors), index_(slots, no_row), queues_(limits::neighbors) {
  free_.reserve(limits::neighbors);
  for (std::size_t row = limits::neighbors; row-- > 0;) free_.push_back(NeighborIndex{std::uint16_t(row)});
}

NeighborIndex NeighborTable::find(InterfaceIndex interface, const IpAddr& address) const {
  for (std::size_t slot = slot_of(interface, address);; slot = (slot + 1) & mask) {
    const NeighborIndex row = index_[slot];
    if (row == no_row) return no_row;
    if (rows_[row.value].interface == interface && rows_[row.value].address == address) return row;
  }
}

NeighborIndex NeighborTable::insert(InterfaceIndex interface, const IpAddr& address) {
  std::size_t slot = slot_of(interface, address);
  for (; index_[slot] != no_row; slot = (slot + 1) & mask) {
    const Neighbor& neighbor = rows_[index_[slot].value];
    if (neighbor.interface == interface && neighbor.address == address) return index_[slot];
  }
  if (free_.empty()) return no_row;
  const NeighborIndex row = free_.back();
  free_.pop_back();
  rows_[row.value] = Neighbor{};
  rows_[row.value].interface = interface;
  rows_[row.value].address = address;
  index_[slot] = row;
  ++size_;
  return row;
}

void NeighborTable::erase(NeighborIndex index) {
  Neighbor& gone = rows_[index.value];
  ensure(gone.waiting == 0);
  std::size_t hole = slot_of(gone.interface, gone.address);
  while (index_[hole] != index) hole = (hole + 1) & mask;
  // What follows without a gap moves up when its own slot is not behind the hole, so that no search ends too early.
  for (std::size_t slot = (hole + 1) & mask; index_[slot] != no_row; slot = (slot + 1) & mask) {
    const Neighbor& neighbor = rows_[index_[slot].value];
    const std::size_t home = slot_of(neighbor.interface, neighbor.address);
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    index_[hole] = index_[slot];
    hole = slot;
  }
  index_[hole] = no_row;
  gone = Neighbor{};
  free_.push_back(index);
  --size_;
}

bool NeighborTable::enqueue(NeighborIndex index, const Frame& frame, bool v6) {
  Neighbor& neighbor = rows_[index.value];
  if (neighbor.waiting == limits::packets_per_unresolved_neighbor) return false;
  queues_[index.value][neighbor.waiting++] = {frame, v6};
  return true;
}

std::span<const NeighborTable::Waiting> NeighborTable::queue(NeighborIndex index) const {
  return {queues_[index.value].data(), rows_[index.value].waiting};
}

void NeighborTable::clear_queue(NeighborIndex index) { rows_[index.value].waiting = 0; }

}  // namespace poise::datapath
