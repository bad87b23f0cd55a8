#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "l7/tcp/env.hpp"
#include "l7/tcp/stack.hpp"

namespace poise::l7::tcp {

using Bytes = std::vector<std::uint8_t>;

// MemoryEnv - the world of a Stack as plain memory and a seed. Every buffer is an allocation of its own, a free one is
// full of 0xdd, and one that is given back twice or while it is referenced ends the process. What is sent becomes one
// whole packet, with its checksum completed, or several where the device would have cut it.
class MemoryEnv : public Env {
 public:
  struct Limits {
    std::size_t buffers = 1u << 16;
    std::uint32_t buffer_size = 2048;
  };
  explicit MemoryEnv(std::uint64_t seed) : MemoryEnv(seed, Limits{}) {}
  MemoryEnv(std::uint64_t seed, const Limits& limits) : limits_(limits), random_(seed) {}

  Buffer* allocate() override;
  void free(Buffer& buffer) override;
  bool transmit(const Outgoing& segment) override;
  std::uint64_t random() override { return random_(); }

  // A packet that came in, in a buffer with the one reference that the Stack takes over. No buffer left or too large
  // for one: `buffer` is null.
  Packet receive(std::span<const std::uint8_t> packet);
  void release(const Slice& slice);  // the caller's reference of it

  std::size_t outstanding() const { return outstanding_; }  // buffers that are not free

  static constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();
  std::function<void(Bytes)> wire = [](const Bytes&) {};  // where packets go
  std::size_t queue_left = endless;  // segments that the device still takes; whoever plays it refills
  std::uint64_t refused = 0;         // segments that it did not take
  std::uint64_t packets = 0;         // that left

 private:
  struct Memory : Buffer {
    std::unique_ptr<std::uint8_t[]> bytes;
    bool is_free = true;
  };
  void cut(const Outgoing& segment, const Bytes& whole);
  void send(Bytes packet);

  const Limits limits_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Memory>> buffers_;
  std::vector<Memory*> free_;
  std::size_t outstanding_ = 0;
};

}  // namespace poise::l7::tcp
