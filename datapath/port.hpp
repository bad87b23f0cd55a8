#pragma once
#include <cstdint>
#include <span>

#include "datapath/packet.hpp"

namespace poise::datapath {

// PortQueue - one worker's receive and transmit queue of one port: a DPDK queue pair, or memory in tests.
// Owner: that worker. Calls are per burst, never per packet.
class PortQueue {
 public:
  virtual ~PortQueue() = default;
  // Fills the Frame part of up to into.size() packets and sets nothing else; returns how many.
  virtual std::size_t receive(std::span<Packet> into) = 0;
  // Takes ownership of the first n frames and returns n; the rest stays with the caller.
  virtual std::size_t transmit(std::span<const Frame> frames) = 0;
};

}  // namespace poise::datapath
