#pragma once
#include <cstdint>
#include <memory>
#include <random>

#include "config/types/huge_array.hpp"
#include "datapath/packet.hpp"
#include "datapath/translate.hpp"
#include "tests/bench/bench_port.hpp"

namespace poise::bench {

// What stands for a flow entry: the rewrite's input and a counter, one cache line.
struct alignas(64) LimitLine {
  datapath::Translation to;
  std::uint64_t packets = 0;
};

// Limit - the machine's limit for this job: the same bursts of the same frames through the same ports, but only what
// nobody can do without: touch the header, hash it, fetch one random cache line of a table of `flows` lines (prefetched
// over the burst), count there, rewrite the header. No checks, no index, no key compared, no state.
class Limit {
 public:
  Limit(bool v6, std::uint32_t flows);
  double round();  // of 32,768 packets; ns per packet

 private:
  bool v6_;
  std::uint32_t flows_;
  BenchMemory memory_{40000};
  HugeArray<LimitLine> table_;
  BenchPort port_;
  std::unique_ptr<datapath::Batch> batch_ = std::make_unique<datapath::Batch>();
  std::mt19937 random_{1};
};

// Parsing and hashing of the real pipeline alone. ns per packet.
double parse_ns(bool v6, int rounds);

double cycles_per_ns();  // of the time-stamp counter

}  // namespace poise::bench
