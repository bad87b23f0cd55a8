#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"
#include "config/types/mac.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// Neighbor - a next hop on a link, with the Ethernet header for it made in advance. One cache line.
struct alignas(64) Neighbor {
  enum State : std::uint8_t { unused, incomplete, resolved, failed };
  State state = unused;
  std::uint8_t header_length = 14;  // 14, or 18 with a VLAN tag
  PortIndex port;
  std::array<std::uint8_t, 18>
      header{};  // destination, source, (tag); the ethertype of the payload is written per packet
  std::uint16_t mtu = 1500;
  InterfaceIndex interface;
  IpAddr address;
  std::uint8_t waiting = 0;  // packets in the queue
  bool used = false;         // a packet went here since control last asked: keeps the entry alive
};
static_assert(sizeof(Neighbor) == 64);

// NeighborTable - one worker's next hops: (interface, address) -> header. Filled by commands of control's neighbor
// machine, which speaks ARP and ND; a worker only asks (an `incomplete` row and a punted miss) and queues a few packets
// meanwhile. Owner: one worker. Memory: limits::neighbors rows, allocated once. Rows are never moved: flows keep
// NeighborIndex values, valid as long as Worker::path_epoch has not changed.
class NeighborTable {
 public:
  NeighborTable();
  static constexpr NeighborIndex no_row{0xffff};

  NeighborIndex find(InterfaceIndex interface, const IpAddr& address) const;  // no_row when absent
  NeighborIndex insert(InterfaceIndex interface, const IpAddr& address);  // find or a new unused row; no_row when full
  void erase(NeighborIndex index);                                        // its queue must be empty
  Neighbor& operator[](NeighborIndex index) { return rows_[index.value]; }
  const Neighbor& operator[](NeighborIndex index) const { return rows_[index.value]; }

  bool enqueue(NeighborIndex index, const Frame& frame, bool v6);  // false: queue full
  struct Waiting {
    Frame frame;
    bool v6 = false;
  };
  std::span<const Waiting> queue(NeighborIndex index) const;  // packets that wait for this row
  void clear_queue(NeighborIndex index);                      // they have been sent or dropped by the caller
  std::size_t size() const { return size_; }

 private:
  std::vector<Neighbor> rows_;
  std::vector<NeighborIndex> index_;  // open addressing over rows_
  std::vector<NeighborIndex> free_;
  std::vector<std::array<Waiting, limits::packets_per_unresolved_neighbor>> queues_;
  std::size_t size_ = 0;
};

}  // namespace poise::datapath
