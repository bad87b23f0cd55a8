#pragma once
#include <cstdint>

namespace poise::bench {

// DPDK's hash table as the peer for the look-up alone: keys of 16 bytes, bulk look-ups of 32. ns per key. Starts an EAL
// on first use.
double rte_hash_ns(std::uint32_t flows, int rounds);

}  // namespace poise::bench
