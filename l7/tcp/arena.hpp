#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "config/types/huge_array.hpp"

namespace poise::l7::tcp {

// Arena - blocks of memory of 256 bytes times a power of two, from one piece that was allocated and touched at the
// start: the queues of connections that have something queued. Owner: one Stack. A buddy allocator; some free blocks
// of each size stay apart, so that what is freed and wanted again at once costs neither merging nor splitting.
// Invariant: every byte is in exactly one block, in use or on the free list of its order.
class Arena {
 public:
  static constexpr std::uint32_t unit = 256;
  static constexpr unsigned orders = 12;  // 256 bytes .. 512 KiB
  using Block = std::uint32_t;            // 0: none

  explicit Arena(std::size_t bytes);  // rounded down to the largest block

  // unit << order bytes, not cleared. 0: nothing that large is left.
  Block allocate(unsigned order);
  void free(Block block, unsigned order);
  std::uint8_t* at(Block block) { return &memory_[std::size_t(block - 1) * unit]; }
  template <class T>
  T& as(Block block) {
    return *reinterpret_cast<T*>(at(block));
  }
  std::size_t size() const { return memory_.size(); }
  std::size_t used() const { return used_; }

 private:
  struct Links {
    Block next, before;
  };
  Links& links(Block block) { return as<Links>(block); }
  void push(Block block, unsigned order);
  void take_out(Block block, unsigned order);
  void merge(Block block, unsigned order);
  bool gather(unsigned order);
  Block pop(unsigned order);

  HugeArray<std::uint8_t> memory_;
  HugeArray<std::uint8_t> free_order_;  // by unit: order + 1 of the free block that begins there, 0: in use
  std::array<Block, orders> free_{};
  std::array<std::uint32_t, orders> free_count_{};
  std::size_t used_ = 0;
};

}  // namespace poise::l7::tcp
