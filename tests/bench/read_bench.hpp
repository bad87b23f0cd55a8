#pragma once
#include <cstdint>

namespace poise::bench {

// What listing the flow table (`poise flows`) costs the packets that pass meanwhile: ns per packet, without a reader
// and with a second thread that asks for page after page of 64 rows as control does, but faster than control can: it
// throws the rows away. Medians over `rounds` of either, taken in turn; nat with `flows` flows.
struct ReadCost {
  double steady_ns = 0, reading_ns = 0, rows_per_second = 0;
};
ReadCost read_cost(std::uint32_t flows, int rounds);

}  // namespace poise::bench
