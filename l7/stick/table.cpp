#include "l7/stick/table.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "config/types/result.hpp"
#include "config/types/siphash.hpp"

namespace poise::l7::stick {
namespace {

// The word of a place: two bits of state, thirty of how many hold it, and 32 of the key's hash.
constexpr unsigned state_at = 62, holds_at = 32;
constexpr std::uint64_t one_hold = std::uint64_t(1) << holds_at, tag_mask = one_hold - 1;
constexpr std::uint64_t holds_mask = ((std::uint64_t(1) << state_at) - 1) & ~tag_mask;
constexpr std::uint64_t filling = std::uint64_t(1) << state_at, live = std::uint64_t(2) << state_at;
constexpr std::uint64_t state_mask = std::uint64_t(3) << state_at;

constexpr int tries = 4;  // to find a place that no other thread takes in the same moment
constexpr std::size_t line = 64;

constexpr bool is_live(std::uint64_t word) { return (word & state_mask) == live; }
constexpr bool is_live_with(std::uint64_t word, std::uint64_t tag) { return is_live(word) && (word & tag_mask) == tag; }
constexpr bool is_empty(std::uint64_t word) { return (word & state_mask) == 0; }
constexpr bool is_held(std::uint64_t word) { return (word & holds_mask) != 0; }
constexpr bool is_held_by_one(std::uint64_t word) { return (word & holds_mask) == one_hold; }

constexpr std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

std::size_t stride_of(const Shape& shape) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < data_count; ++i)
    if (shape.stores(Data(i))) words += is_rate(Data(i)) ? 2 : 1;
  return rounded(16 + rounded(length_of(shape.type, shape.length), 8) + 8 * words, line);
}

// A set has places to spare, so that hardly one is full before the table is. Few entries have one set.
std::uint32_t sets_of(const Shape& shape, std::uint32_t ways) {
  const std::uint32_t used = ways - Table::spare_ways;
  return shape.size <= ways ? 1 : std::uint32_t((shape.size + used - 1) / used);
}

}  // namespace

std::optional<Data> data_named(std::string_view name) {
  for (std::size_t i = 0; i < data_count; ++i)
    if (data_names[i] == name) return Data(i);
  return std::nullopt;
}

std::uint64_t bytes_of(const Shape& shape) {
  constexpr std::uint32_t ways = 8;
  return std::uint64_t(sets_of(shape, ways)) * ways * (stride_of(shape) + sizeof(std::uint64_t));
}

Table::Table(const Shape& shape, std::size_t proxies, const HashKey& secret)
    : shape_(shape),
      key_length_(length_of(shape.type, shape.length)),
      stride_(stride_of(shape)),
      sets_(sets_of(shape, ways)),
      secret_(secret),
      places_(std::size_t(sets_) * ways),
      records_(std::size_t(sets_) * ways * stride_),
      counts_(proxies + 1) {
  static_assert(sizeof(Header) == 16);
  if (sets_ == 1) ways_used_ = std::uint32_t(shape.size);
  std::size_t offset = sizeof(Header) + rounded(key_length_, 8);
  for (std::size_t i = 0; i < data_count; ++i) {
    if (!shape.stores(Data(i))) continue;
    offsets_[i] = std::uint16_t(offset);
    offset += is_rate(Data(i)) ? 16 : 8;
  }
}

Table::Header& Table::header(std::uint32_t entry) const {
  return *reinterpret_cast<Header*>(&records_[entry * stride_]);
}
char* Table::key_bytes(std::uint32_t entry) const {
  return reinterpret_cast<char*>(&records_[entry * stride_ + sizeof(Header)]);
}
std::string_view Table::key_of(std::uint32_t entry) const { return {key_bytes(entry), key_length_}; }
std::atomic<std::uint64_t>* Table::words(std::uint32_t entry, Data data) const {
  const std::size_t offset = offsets_[std::size_t(data)];
  if (offset == 0) return nullptr;
  return reinterpret_cast<std::atomic<std::uint64_t>*>(&records_[entry * stride_ + offset]);
}

Table::Place Table::place_of(std::string_view key) const {
  const std::uint64_t hash = SipHash(secret_.octets)(key), other = hash * 0x9e3779b97f4a7c15u;
  const auto set_of = [&](std::uint64_t half) { return std::uint32_t((half & tag_mask) * sets_ >> 32); };
  Place place{{set_of(hash), set_of(other >> 32)}, hash >> 32};
  if (place.sets[0] == place.sets[1] && ++place.sets[1] == sets_) place.sets[1] = 0;
  return place;
}

// The first place of the two sets for which `each` says so.
template <class Each>
std::uint32_t Table::search(const Place& place, Each&& each) const {
  for (const std::uint32_t set : place.sets) {
    for (std::uint32_t entry = set * ways; entry < set * ways + ways_used_; ++entry)
      if (each(entry)) return entry;
    if (sets_ == 1) break;
  }
  return none;
}

bool Table::hold(std::uint32_t entry, std::uint64_t tag, std::string_view key) {
  std::atomic<std::uint64_t>& word = places_[entry];
  if (!is_live_with(word.load(std::memory_order_relaxed), tag)) return false;
  const std::uint64_t before = word.fetch_add(one_hold, std::memory_order_acq_rel);
  if (is_live_with(before, tag) && key_of(entry) == key) return true;
  word.fetch_sub(one_hold, std::memory_order_release);
  return false;
}

std::uint32_t Table::hold_live(const Place& place, std::string_view key, std::uint32_t before) {
  bool is_over = false;
  const std::uint32_t found = search(place, [&](std::uint32_t entry) {
    is_over = entry == before;
    return is_over || hold(entry, place.tag, key);
  });
  return is_over ? none : found;
}

// Whoever's it is; how many hold it besides, or none: there is no entry.
std::uint32_t Table::hold_any(std::uint32_t entry) {
  std::atomic<std::uint64_t>& word = places_[entry];
  if (!is_live(word.load(std::memory_order_relaxed))) return none;
  const std::uint64_t before = word.fetch_add(one_hold, std::memory_order_acq_rel);
  if (is_live(before)) return std::uint32_t((before & holds_mask) >> holds_at);
  word.fetch_sub(one_hold, std::memory_order_release);
  return none;
}

// Removes an entry that the caller holds; false: others hold it too, and it stays.
bool Table::let_go(std::uint32_t entry) {
  std::atomic<std::uint64_t>& word = places_[entry];
  std::uint64_t ours = word.load(std::memory_order_relaxed);
  if (is_held_by_one(ours) && word.compare_exchange_strong(ours, 0, std::memory_order_acq_rel)) return true;
  release(entry);
  return false;
}

Table::Shown Table::shown(std::uint32_t entry, const Visit& visit) const {
  const std::uint32_t expire_ms = expire_ms_.load(std::memory_order_relaxed);
  const std::uint64_t ends_ms = header(entry).touched_ms.load(std::memory_order_relaxed) + expire_ms;
  const std::uint64_t holds = (places_[entry].load(std::memory_order_relaxed) & holds_mask) >> holds_at;
  return {entry, std::uint32_t(holds) - 1, expire_ms != 0 && ends_ms > visit.now_ms ? ends_ms - visit.now_ms : 0};
}

void Table::release(std::uint32_t entry) { places_[entry].fetch_sub(one_hold, std::memory_order_release); }

bool Table::is_too_old(std::uint32_t entry, const Visit& visit) const {
  const std::uint32_t expire_ms = expire_ms_.load(std::memory_order_relaxed);
  const std::uint64_t touched_ms = header(entry).touched_ms.load(std::memory_order_relaxed);
  return expire_ms != 0 && visit.now_ms > touched_ms && visit.now_ms - touched_ms > expire_ms;
}

// Too old, and nobody holds it but the caller.
bool Table::is_left(std::uint32_t entry, const Visit& visit) const {
  return is_too_old(entry, visit) && is_held_by_one(places_[entry].load(std::memory_order_relaxed));
}

std::uint32_t Table::find(std::string_view key, const Visit& visit) {
  const std::uint32_t entry = hold_live(place_of(key), key);
  if (entry == none || !is_left(entry, visit)) return entry;
  release(entry);
  return none;
}

std::uint32_t Table::take(std::string_view key, const Visit& visit) {
  const Place place = place_of(key);
  const std::uint32_t entry = hold_live(place, key);
  if (entry == none) return add_key(place, key, visit);
  std::uint64_t ours = live | one_hold | place.tag;
  if (is_left(entry, visit) &&
      places_[entry].compare_exchange_strong(ours, filling | one_hold | place.tag, std::memory_order_acquire))
    begin(entry, key, visit);
  else
    touch(entry, visit);
  return entry;
}

// An empty place, in the set that has more of them; else the one of an entry that is too old; else that of the one that
// was not touched for longest, if entries are purged.
std::uint32_t Table::victim(const Place& place, const Visit& visit) const {
  std::array<std::uint32_t, 2> empty = {none, none}, empties{};
  std::uint32_t oldest = none;
  std::uint64_t oldest_ms = ~std::uint64_t(0);
  search(place, [&](std::uint32_t entry) {
    const std::size_t which = entry / ways == place.sets[0] ? 0 : 1;
    const std::uint64_t word = places_[entry].load(std::memory_order_relaxed);
    if (is_held(word)) return false;
    if (is_empty(word)) {
      ++empties[which];
      empty[which] = entry;
      return false;
    }
    const std::uint64_t touched_ms = header(entry).touched_ms.load(std::memory_order_relaxed);
    const bool may_go = purges_.load(std::memory_order_relaxed) || is_too_old(entry, visit);
    if (may_go && touched_ms < oldest_ms) {
      oldest = entry;
      oldest_ms = touched_ms;
    }
    return false;
  });
  const std::uint32_t free = empties[0] >= empties[1] ? empty[0] : empty[1];
  return free != none ? free : oldest;
}

std::uint32_t Table::add_key(const Place& place, std::string_view key, const Visit& visit) {
  Counts& counts = counts_[visit.who];
  for (int i = 0; i < tries; ++i) {
    const std::uint32_t entry = victim(place, visit);
    if (entry == none) break;
    std::uint64_t word = places_[entry].load(std::memory_order_relaxed);
    if (is_held(word) || (!is_empty(word) && !is_live(word))) continue;
    if (!places_[entry].compare_exchange_strong(word, filling | one_hold | place.tag, std::memory_order_acquire))
      continue;
    if (is_live(word) && !is_too_old(entry, visit)) counts.evicted.add();
    counts.added.add();
    begin(entry, key, visit);
    return settle(entry, place, key, visit);
  }
  counts.refused.add();
  return none;
}

// What was claimed is the caller's alone until it is live.
void Table::begin(std::uint32_t entry, std::string_view key, const Visit& visit) {
  header(entry).made_ms = visit.now_ms;
  header(entry).touched_ms.store(visit.now_ms, std::memory_order_relaxed);
  std::memcpy(key_bytes(entry), key.data(), key_length_);
  for (std::size_t i = 0; i < data_count; ++i)
    if (auto* word = words(entry, Data(i)); word != nullptr) {
      word[0].store(0, std::memory_order_relaxed);
      if (is_rate(Data(i))) word[1].store(0, std::memory_order_relaxed);
    }
  places_[entry].fetch_xor(filling ^ live, std::memory_order_acq_rel);
}

// Two may have added the same key in the same moment: the one whose place comes first is found from now on.
std::uint32_t Table::settle(std::uint32_t entry, const Place& place, std::string_view key, const Visit& visit) {
  const std::uint32_t first = hold_live(place, key, entry);
  if (first == none) return entry;
  let_go(entry);
  touch(first, visit);
  return first;
}

void Table::touch(std::uint32_t entry, const Visit& visit) {
  std::atomic<std::uint64_t>& touched_ms = header(entry).touched_ms;
  if (touched_ms.load(std::memory_order_relaxed) < visit.now_ms)
    touched_ms.store(visit.now_ms, std::memory_order_relaxed);
}

}  // namespace poise::l7::stick
