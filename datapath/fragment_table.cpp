#include "datapath/fragment_table.hpp"

#include <bit>
#include <functional>

namespace poise::datapath {
namespace {

constexpr std::uint16_t no_slot = 0xffff;
constexpr std::size_t ways = 8;  // a datagram may be in any of the rows of its set
constexpr std::size_t sets = limits::fragment_datagrams / ways;
constexpr std::size_t expired_per_call = 64;   // rows looked at
constexpr std::size_t held_per_datagram = 64;  // a 64 KiB datagram in frames of 1500 bytes has 45
constexpr Duration lifetime = std::chrono::seconds(2);
static_assert(std::has_single_bit(sets) && limits::fragments_waiting < no_slot);

std::size_t set_of(const FragmentTable::Key& key) {
  std::uint64_t hash = std::hash<IpAddr>{}(key.source) * 31 + std::hash<IpAddr>{}(key.destination);
  hash = (hash ^ (std::uint64_t(key.id) << 8 | key.protocol)) * 0x9e3779b97f4a7c15ull;
  return std::size_t(hash >> 32) & (sets - 1);
}

}  // namespace

FragmentTable::FragmentTable() : datagrams_(limits::fragment_datagrams), held_(limits::fragments_waiting) {
  free_held_.reserve(limits::fragments_waiting);
  for (std::size_t slot = limits::fragments_waiting; slot-- > 0;) free_held_.push_back(std::uint16_t(slot));
}

FragmentTable::Datagram* FragmentTable::row_of(const Key& key) {
  Datagram* set = &datagrams_[set_of(key) * ways];
  for (std::size_t way = 0; way < ways; ++way)
    if (set[way].used && set[way].key == key) return &set[way];
  return nullptr;
}

FragmentTable::Datagram* FragmentTable::claim(const Key& key, Instant now) {
  if (Datagram* mine = row_of(key)) return mine;
  Datagram* set = &datagrams_[set_of(key) * ways];
  for (std::size_t way = 0; way < ways; ++way) {
    Datagram& row = set[way];
    const bool over =
        row.used && row.expires <= now && row.first_held == no_slot;  // frames can only be given back by expire()
    if (row.used && !over) continue;
    if (!row.used) ++used_;
    row = Datagram{};
    row.key = key;
    row.used = true;
    row.expires = now + lifetime;
    return &row;
  }
  return nullptr;
}

FragmentTable::Learned FragmentTable::learn(const Key& key, Ports ports, Instant now) {
  Datagram* row = claim(key, now);
  if (row == nullptr) return Learned::table_full;
  row->ports = ports;
  row->known = true;
  row->expires = now + lifetime;
  return Learned::yes;
}

const FragmentTable::Ports* FragmentTable::find(const Key& key, Instant now) const {
  const Datagram* row = const_cast<FragmentTable*>(this)->row_of(key);
  return row != nullptr && row->known && row->expires > now ? &row->ports : nullptr;
}

bool FragmentTable::hold(const Key& key, const Held& held, Instant now) {
  if (free_held_.empty()) return false;
  Datagram* row = claim(key, now);
  if (row == nullptr) return false;
  std::uint16_t* link = &row->first_held;
  std::size_t count = 0;
  for (; *link != no_slot; link = &held_[*link].next) ++count;
  if (count == held_per_datagram) return false;
  const std::uint16_t slot = free_held_.back();
  free_held_.pop_back();
  held_[slot] = {held, no_slot};
  *link = slot;
  ++waiting_used_;
  return true;
}

std::size_t FragmentTable::move_held(Datagram& datagram, std::span<Held> into) {
  std::size_t count = 0;
  while (datagram.first_held != no_slot && count < into.size()) {
    const std::uint16_t slot = datagram.first_held;
    into[count++] = held_[slot].held;
    datagram.first_held = held_[slot].next;
    free_held_.push_back(slot);
    --waiting_used_;
  }
  return count;
}

std::size_t FragmentTable::take(const Key& key, std::span<Held> into) {
  Datagram* row = row_of(key);
  return row != nullptr && row->known ? move_held(*row, into) : 0;
}

std::size_t FragmentTable::expire(Instant now, std::span<Held> into) {
  if (used_ == 0) return 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < expired_per_call; ++i) {
    Datagram& row = datagrams_[expire_cursor_];
    if (row.used && row.expires <= now) {
      count += move_held(row, into.subspan(count));
      if (row.first_held != no_slot) return count;  // no room: the rest next time
      row = Datagram{};
      --used_;
    }
    expire_cursor_ = (expire_cursor_ + 1) % datagrams_.size();
  }
  return count;
}

}  // namespace poise::datapath
