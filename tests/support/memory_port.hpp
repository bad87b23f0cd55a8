#pragma once
#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/port.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {

// MemoryPool - packet buffers on the heap, each its own allocation so that ASan sees a byte too many. Counts what is
// out.
class MemoryPool : public BufferPool {
 public:
  static constexpr std::uint16_t headroom = 128, capacity = 9728;
  explicit MemoryPool(std::size_t buffers = 1u << 16)
      : left_(std::ptrdiff_t(buffers)), size_(std::ptrdiff_t(buffers)) {}
  ~MemoryPool() override { ensure(outstanding() == 0); }  // a leaked buffer fails the test

  Allocation allocate() override {
    if (left_.fetch_sub(1) <= 0) {
      left_.fetch_add(1);
      return {};
    }
    auto* memory = new Memory{this, std::make_unique<std::uint8_t[]>(headroom + capacity)};
    return {reinterpret_cast<Buffer*>(memory), memory->bytes.get() + headroom, headroom, capacity};
  }
  void free(std::span<Buffer* const> buffers) override {
    for (Buffer* buffer : buffers) {
      auto* memory = reinterpret_cast<Memory*>(buffer);
      memory->owner->left_.fetch_add(1);
      delete memory;
    }
  }
  std::size_t outstanding() const { return std::size_t(size_ - left_.load()); }
  void empty() { left_.store(0); }       // as if all buffers were out
  void refill() { left_.store(size_); }  // only when none is

 private:
  struct Memory {
    MemoryPool* owner;
    std::unique_ptr<std::uint8_t[]> bytes;
  };
  std::atomic<std::ptrdiff_t> left_;
  const std::ptrdiff_t size_;
};

// MemoryPort - a port whose wire is two queues of frames: `give` is what the worker will receive, `take` what it has
// sent.
class MemoryPort : public PortQueue {
 public:
  explicit MemoryPort(MemoryPool& pool) : pool_(pool) {}
  ~MemoryPort() override = default;

  void give(Bytes frame) { waiting_.push_back(std::move(frame)); }
  std::vector<Bytes> take() { return std::exchange(sent_, {}); }
  void accept_at_most(std::size_t frames) { room_ = frames; }  // then the transmit queue is full

  std::size_t receive(std::span<Packet> into) override {
    std::size_t count = 0;
    for (; count < into.size() && !waiting_.empty(); ++count) {
      if (!fill(into[count], waiting_.front())) break;
      waiting_.pop_front();
    }
    return count;
  }
  std::size_t transmit(std::span<const Frame> frames) override {
    const std::size_t count = std::min(frames.size(), room_);
    for (const Frame& frame : frames.first(count)) {
      sent_.emplace_back(frame.data, frame.data + frame.length);
      pool_.free({&frame.buffer, 1});
    }
    room_ -= count;
    return count;
  }

 private:
  bool fill(Frame& frame, const Bytes& bytes) {
    const BufferPool::Allocation memory = pool_.allocate();
    if (memory.buffer == nullptr) return false;
    ensure(bytes.size() <= memory.capacity);
    if (!bytes.empty()) std::memcpy(memory.data, bytes.data(), bytes.size());
    frame = {memory.buffer, memory.data, std::uint16_t(bytes.size()), memory.headroom,
             std::uint16_t(memory.capacity - bytes.size())};
    return true;
  }
  MemoryPool& pool_;
  std::deque<Bytes> waiting_;
  std::vector<Bytes> sent_;
  std::size_t room_ = ~std::size_t{0};
};

}  // namespace poise::datapath
