#include <algorithm>

#include "l7/stick/rate.hpp"
#include "l7/stick/table.hpp"

// What entries hold, and what control does with a table.
namespace poise::l7::stick {

void Table::add(std::uint32_t entry, Data data, std::uint64_t amount, const Visit& visit) {
  std::atomic<std::uint64_t>* word = words(entry, data);
  if (word == nullptr) return;
  touch(entry, visit);
  if (!is_rate(data)) {
    word->fetch_add(amount, std::memory_order_relaxed);
    return;
  }
  Rate{word, shape_.periods_ms[std::size_t(data)]}.add(amount, age_ms(entry, visit));
}

void Table::take_away(std::uint32_t entry, Data data, std::uint64_t amount) {
  if (std::atomic<std::uint64_t>* word = words(entry, data)) word->fetch_sub(amount, std::memory_order_relaxed);
}

void Table::set(std::uint32_t entry, Data data, std::uint64_t value) {
  if (std::atomic<std::uint64_t>* word = words(entry, data)) word->store(value, std::memory_order_relaxed);
}

std::uint64_t Table::read(std::uint32_t entry, Data data, const Visit& visit) const {
  std::atomic<std::uint64_t>* word = words(entry, data);
  if (word == nullptr) return 0;
  if (!is_rate(data)) return word->load(std::memory_order_relaxed);
  return Rate{word, shape_.periods_ms[std::size_t(data)]}.read(age_ms(entry, visit));
}

std::uint64_t Table::age_ms(std::uint32_t entry, const Visit& visit) const {
  const std::uint64_t made_ms = header(entry).made_ms;
  return visit.now_ms > made_ms ? visit.now_ms - made_ms : 0;
}

void Table::for_each(const Visit& visit, const std::function<bool(const Shown&)>& each) {
  bool goes_on = true;
  for (std::uint32_t entry = 0; goes_on && entry < places_.size(); ++entry) {
    const std::uint32_t others = hold_any(entry);
    if (others == none) continue;
    if (others > 0 || !is_too_old(entry, visit)) goes_on = each(shown(entry, visit));
    release(entry);
  }
}

bool Table::remove(std::string_view key, const Visit& visit) {
  const std::uint32_t entry = find(key, visit);
  return entry != none && let_go(entry);
}

std::uint64_t Table::clear() {
  std::uint64_t count = 0;
  for (std::uint32_t entry = 0; entry < places_.size(); ++entry)
    if (hold_any(entry) != none) count += let_go(entry) ? 1 : 0;
  return count;
}

void Table::take_over(Table& old, const Visit& visit) {
  old.for_each(visit, [&](const Shown& shown) {
    const std::uint32_t entry = take(old.key_of(shown.entry), visit);
    if (entry == none) return true;
    header(entry).made_ms = old.header(shown.entry).made_ms;
    header(entry).touched_ms.store(old.header(shown.entry).touched_ms.load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
    for (std::size_t i = 0; i < data_count; ++i) {
      const auto data = Data(i);
      const bool is_same = old.shape_.periods_ms[i] == shape_.periods_ms[i] && data != Data::conn_cur;
      std::atomic<std::uint64_t>*from = old.words(shown.entry, data), *to = words(entry, data);
      if (from == nullptr || to == nullptr || !is_same) continue;
      for (std::size_t word = 0; word < (is_rate(data) ? 2u : 1u); ++word)
        to[word].store(from[word].load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    release(entry);
    return true;
  });
}

Table::Usage Table::usage(const Visit& visit) {
  Usage usage;
  for_each(visit, [&](const Shown&) {
    ++usage.entries;
    return true;
  });
  for (const Counts& counts : counts_) {
    usage.added += counts.added.read();
    usage.evicted += counts.evicted.read();
    usage.refused += counts.refused.read();
  }
  return usage;
}

}  // namespace poise::l7::stick
