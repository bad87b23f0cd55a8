#include "l7/stick/rate.hpp"

namespace poise::l7::stick {
namespace {

constexpr std::uint64_t count_mask = (std::uint64_t(1) << Rate::count_bits) - 1;
constexpr std::uint64_t number_mask = ~std::uint64_t(0) >> Rate::count_bits;
constexpr int tries = 4;  // a word is begun anew once a period, by one of those who add

std::uint64_t number_of(std::uint64_t period) { return (period + 1) & number_mask; }  // 0: there was none

std::uint64_t count_in(std::uint64_t word, std::uint64_t period) {
  return word >> Rate::count_bits == number_of(period) ? word & count_mask : 0;
}

}  // namespace

void Rate::add(std::uint64_t amount, std::uint64_t age_ms) const {
  const std::uint64_t period = age_ms / period_ms;
  std::atomic<std::uint64_t>& word = words[period & 1];
  std::uint64_t now = word.load(std::memory_order_relaxed);
  for (int i = 0; i < tries; ++i) {
    if (now >> count_bits == number_of(period)) {
      if (amount < count_max && (now & count_mask) < count_max - amount)
        word.fetch_add(amount, std::memory_order_relaxed);
      return;
    }
    const std::uint64_t fresh = number_of(period) << count_bits | (amount < count_max ? amount : count_max);
    if (word.compare_exchange_strong(now, fresh, std::memory_order_relaxed)) return;
  }
}

std::uint64_t Rate::read(std::uint64_t age_ms) const {
  const std::uint64_t period = age_ms / period_ms;
  const std::uint64_t now = count_in(words[period & 1].load(std::memory_order_relaxed), period);
  if (period == 0) return now;
  const std::uint64_t before = count_in(words[(period - 1) & 1].load(std::memory_order_relaxed), period - 1);
  if (now == 0 && before <= 1) return before;  // no flapping where little happens
  const std::uint64_t left_ms = period_ms - age_ms % period_ms;
  return now + before / period_ms * left_ms + before % period_ms * left_ms / period_ms;
}

}  // namespace poise::l7::stick
