#pragma once
#include <atomic>
#include <cstdint>

namespace poise::l7::stick {

// Rate - events per period, over a period that slides: those of this period, and of the last one the share that is
// still within a period's reach (HAProxy's frequency counters). Two words, one for even periods and one for odd ones;
// each holds the number of its period and what came in it, so that any thread adds without waiting for another.
struct Rate {
  std::atomic<std::uint64_t>* words;  // two
  std::uint32_t period_ms;

  static constexpr unsigned count_bits = 40;
  static constexpr std::uint64_t count_max = std::uint64_t(1) << (count_bits - 1);  // more is not counted

  // `age_ms`: since the entry was made.
  void add(std::uint64_t amount, std::uint64_t age_ms) const;
  std::uint64_t read(std::uint64_t age_ms) const;
};

}  // namespace poise::l7::stick
