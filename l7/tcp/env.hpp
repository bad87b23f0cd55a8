#pragma once
#include <cstdint>
#include <span>

#include "l7/tcp/buffer.hpp"

namespace poise::l7::tcp {

// Outgoing - one segment as it is to leave: headers of IP and TCP, then the bytes of the slices. The TCP checksum field
// holds the sum of the pseudo header, as devices want it; who has no such device completes it (complete_checksum).
struct Outgoing {
  std::span<const std::uint8_t> headers;
  std::span<const Slice> payload;
  std::uint32_t payload_length = 0;
  std::uint32_t segment_size = 0;  // not 0: more than one segment's payload, for the device to cut (TSO)
};

// Env - all that a Stack has of the world besides packets and time. Owner: the Stack's thread. A worker's is made of
// DPDK's buffers and queues, a test's of plain memory and a seed.
class Env {
 public:
  virtual ~Env() = default;
  // An empty buffer with one reference, for bytes that are copied. None left: nullptr.
  virtual Buffer* allocate() = 0;
  // Its last reference is gone.
  virtual void free(Buffer& buffer) = 0;
  // Takes the segment, and what it needs of the buffers until it is sent: the bytes of `payload` stay as they are for
  // as long. False: the queue is full and nothing was taken.
  virtual bool transmit(const Outgoing& segment) = 0;
  virtual std::uint64_t random() = 0;
};

}  // namespace poise::l7::tcp
