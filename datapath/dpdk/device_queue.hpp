#pragma once
#include <cstdint>
#include <vector>

#include "datapath/counters.hpp"
#include "datapath/port.hpp"
#include "datapath/ring.hpp"

namespace poise::datapath::dpdk {

// DeviceQueue - a worker's queue pair of one device. A queue number of `no_queue` means: does not poll / sends through
// `shared`.
class DeviceQueue : public PortQueue {
 public:
  static constexpr std::uint16_t no_queue = 0xffff;
  struct Parts {
    std::uint16_t port = 0, receive_queue = no_queue, transmit_queue = no_queue;
    bool tap = false;                      // kick_taps() before a burst
    SpscRing<Frame>* shared = nullptr;     // to the worker that owns the transmit queue
    std::vector<SpscRing<Frame>*> others;  // of the workers this one transmits for
  };
  explicit DeviceQueue(Parts parts) : parts_(std::move(parts)) {}
  std::size_t receive(std::span<Packet> into) override;
  std::size_t transmit(std::span<const Frame> frames) override;

  bool transmits_through_another() const { return parts_.transmit_queue == no_queue; }
  // Whether frames wait in the ring to the worker that transmits for this one. Any thread.
  bool frames_wait() const { return parts_.shared != nullptr && parts_.shared->size() != 0; }
  std::uint64_t lost() const { return lost_.read(); }  // frames that found no room on their way; any thread

 private:
  void transmit_for_others();
  Parts parts_;
  Counter lost_;
};

}  // namespace poise::datapath::dpdk
