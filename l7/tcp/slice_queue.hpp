#pragma once
#include <cstdint>
#include <span>

#include "l7/tcp/arena.hpp"
#include "l7/tcp/buffer.hpp"

namespace poise::l7::tcp {

// SliceQueue - bytes in order, as slices: what waits to be sent or acknowledged, or to be read. A ring in a block of
// the arena, which grows by doubling and goes when the queue is empty. Slices are numbered from the first ever pushed,
// so that a place in the queue stays what it is while bytes are taken from its front.
class SliceQueue {
 public:
  static constexpr unsigned order_max = 8;  // 4,096 slices
  struct Place {
    std::uint32_t number = 0, skip = 0;  // of the slice, and of bytes from where that began
  };

  // Takes over the slice's reference. False: the queue is full or there is no memory, and the slice is the caller's.
  bool push(Arena& arena, Slice slice);
  bool reserve(Arena& arena) { return count_ < capacity() || grow(arena); }  // the next push will succeed
  // Takes `count` bytes, at most all, from the front; `done` gets every slice that is wholly taken, with its reference.
  template <class Done>
  void pop(Arena& arena, std::uint32_t count, Done&& done);
  // The slice in front, to be given on whole: its reference is the caller's now.
  Slice take_front(Arena& arena);

  // Slices of up to `most` bytes from a place on; as many as `into` holds. Returns how many, and moves the place on.
  std::size_t gather(Arena& arena, Place& place, std::uint32_t most, std::span<Slice> into) const;
  void skip(Arena& arena, Place& place, std::uint32_t bytes) const;  // moves the place on
  Place begin() const { return {first_, trimmed_}; }
  Slice* last(Arena& arena) const { return count_ == 0 ? nullptr : &slots(arena)[(first_ + count_ - 1) & mask()]; }
  std::uint32_t last_number() const { return first_ + count_ - 1; }
  void grow_last(std::uint32_t more) { bytes_ += more; }  // bytes were appended to what last() names

  std::uint32_t bytes() const { return bytes_; }
  std::uint32_t count() const { return count_; }
  bool is_empty() const { return count_ == 0; }

 private:
  static constexpr std::uint32_t slots_per_unit = Arena::unit / sizeof(Slice);
  std::uint32_t capacity() const { return block_ == 0 ? 0 : slots_per_unit << order_; }
  std::uint32_t mask() const { return capacity() - 1; }
  Slice* slots(Arena& arena) const { return &arena.as<Slice>(block_); }
  bool grow(Arena& arena);

  Arena::Block block_ = 0;
  std::uint32_t first_ = 0, trimmed_ = 0;  // number of the front slice, and how much of it is gone already
  std::uint32_t bytes_ = 0;
  std::uint16_t count_ = 0;
  std::uint8_t order_ = 0;
};
static_assert(sizeof(SliceQueue) == 20);

template <class Done>
void SliceQueue::pop(Arena& arena, std::uint32_t count, Done&& done) {
  while (count > 0) {
    Slice& front = slots(arena)[first_ & mask()];
    if (front.length > count) {
      front = front.from(count);
      trimmed_ += count;
      bytes_ -= count;
      return;
    }
    count -= front.length;
    done(take_front(arena));
  }
}

}  // namespace poise::l7::tcp
