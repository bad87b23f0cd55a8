#pragma once
#include <cstdint>

#include "l7/tcp/arena.hpp"
#include "l7/tcp/buffer.hpp"
#include "l7/tcp/received_ranges.hpp"

namespace poise::l7::tcp {

// OutOfOrder - what came beyond the next byte that is expected, in order, without overlaps: of bytes that came twice
// the first copy stays. In a block of the arena that exists only while there is any; the pieces follow in the block.
struct OutOfOrder {
  static constexpr unsigned order_first = 3, order_max = 9;  // 2 KiB: 50 pieces; 128 KiB: 5,400
  struct Piece {
    Sequence left;
    Slice slice;
    Sequence right() const { return left + slice.length; }
  };

  ReceivedRanges ranges;
  std::uint32_t count, capacity;
  std::uint8_t order;
  bool has_fin;
  Sequence fin;  // where it stands

  Piece* pieces() { return reinterpret_cast<Piece*>(this + 1); }
};

}  // namespace poise::l7::tcp
