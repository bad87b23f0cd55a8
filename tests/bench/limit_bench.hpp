#pragma once
#include <cstdint>

namespace poise::bench {

// The machine's limit for this job: the same bursts of the same frames, but only what nobody can do without: touch the
// header, hash it, fetch one random cache line of a table of `flows` lines (prefetched over the burst), count there,
// rewrite the header. No stages, no checks, no metadata. ns per packet.
double limit_ns(bool v6, std::uint32_t flows, int rounds);

// Parsing and hashing of the real pipeline alone. ns per packet.
double parse_ns(bool v6, int rounds);

double cycles_per_ns();  // of the time-stamp counter

}  // namespace poise::bench
