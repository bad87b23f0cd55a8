#include "l7/tcp/slice_queue.hpp"

#include <algorithm>
#include <array>

#include "config/types/result.hpp"

namespace poise::l7::tcp {

bool SliceQueue::grow(Arena& arena) {
  const unsigned order = block_ == 0 ? 0 : order_ + 1u;
  if (order > order_max) return false;
  const Arena::Block larger = arena.allocate(order);
  if (larger == 0) return false;
  Slice* to = &arena.as<Slice>(larger);
  const std::uint32_t larger_mask = (slots_per_unit << order) - 1;
  for (std::uint32_t number = first_; number != first_ + count_; ++number)
    to[number & larger_mask] = slots(arena)[number & mask()];
  if (block_ != 0) arena.free(block_, order_);
  block_ = larger;
  order_ = std::uint8_t(order);
  return true;
}

bool SliceQueue::push(Arena& arena, Slice slice) {
  if (!reserve(arena)) return false;
  slots(arena)[(first_ + count_) & mask()] = slice;
  ++count_;
  bytes_ += slice.length;
  return true;
}

Slice SliceQueue::take_front(Arena& arena) {
  ensure(count_ > 0);
  const Slice front = slots(arena)[first_ & mask()];
  ++first_;
  --count_;
  trimmed_ = 0;
  bytes_ -= front.length;
  if (count_ == 0) {
    arena.free(block_, order_);
    block_ = 0;
  }
  return front;
}

std::size_t SliceQueue::gather(Arena& arena, Place& place, std::uint32_t most, std::span<Slice> into) const {
  std::size_t gathered = 0;
  while (most > 0 && gathered < into.size() && place.number != first_ + count_) {
    const Slice& slice = slots(arena)[place.number & mask()];
    const std::uint32_t gone = place.number == first_ ? trimmed_ : 0;
    const Slice rest = slice.from(place.skip - gone);
    const std::uint32_t taken = std::min(rest.length, most);
    if (taken > 0) into[gathered++] = rest.first(taken);
    most -= taken;
    if (taken == rest.length)
      place = {place.number + 1, 0};
    else
      place.skip += taken;
  }
  return gathered;
}

void SliceQueue::skip(Arena& arena, Place& place, std::uint32_t bytes) const {
  std::array<Slice, 8> passed;
  while (bytes > 0) {
    const std::size_t count = gather(arena, place, bytes, passed);
    ensure(count > 0);
    for (const Slice& slice : std::span(passed).first(count)) bytes -= slice.length;
  }
}

}  // namespace poise::l7::tcp
