#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "config/types/huge_array.hpp"
#include "datapath/packet.hpp"
#include "datapath/port.hpp"

namespace poise::bench {

// BenchMemory - a pool of packet buffers in huge pages, as far apart as those of an rte_mempool of 2 KiB mbufs.
// allocate/free are a stack; the benches put frames into buffers themselves.
class BenchMemory : public datapath::BufferPool {
 public:
  static constexpr std::size_t buffer_bytes = 2048, stride = 2368, headroom = 128;
  explicit BenchMemory(std::size_t buffers) : memory_(buffers * stride) {
    for (std::size_t i = buffers; i-- > 0;) free_.push_back(memory_data(i));
  }
  Allocation allocate() override {
    if (free_.empty()) return {};
    std::uint8_t* data = free_.back();
    free_.pop_back();
    return {reinterpret_cast<datapath::Buffer*>(data), data, headroom, std::uint16_t(buffer_bytes - headroom)};
  }
  void free(std::span<datapath::Buffer* const> buffers) override {
    for (datapath::Buffer* buffer : buffers) free_.push_back(reinterpret_cast<std::uint8_t*>(buffer));
  }
  std::size_t free_count() const { return free_.size(); }

 private:
  std::uint8_t* memory_data(std::size_t i) { return &memory_[i * stride + headroom]; }
  HugeArray<std::uint8_t> memory_;
  std::vector<std::uint8_t*> free_;
};

// BenchPort - receives what was queued, keeps what was sent until the bench takes it.
class BenchPort : public datapath::PortQueue {
 public:
  std::size_t receive(std::span<datapath::Packet> into) override {
    std::size_t count = 0;
    for (; count < into.size() && next < queued.size(); ++count, ++next)
      static_cast<datapath::Frame&>(into[count]) = queued[next];
    return count;
  }
  std::size_t transmit(std::span<const datapath::Frame> frames) override {
    sent.insert(sent.end(), frames.begin(), frames.end());
    return frames.size();
  }
  std::vector<datapath::Frame> queued, sent;
  std::size_t next = 0;
};

}  // namespace poise::bench
