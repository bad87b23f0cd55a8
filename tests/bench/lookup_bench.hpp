#pragma once
#include <cstdint>

namespace poise::bench {

// The look-up alone, of random flows among so many, 32 at once; ns per key. The hash of the key is counted in.
double flow_table_ns(std::uint32_t flows, int rounds);
// DPDK's hash table as the peer: keys of 16 bytes, bulk look-ups. Starts an EAL on first use.
double rte_hash_ns(std::uint32_t flows, int rounds);

}  // namespace poise::bench
