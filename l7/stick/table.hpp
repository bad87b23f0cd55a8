#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "config/types/huge_array.hpp"
#include "config/types/keyed_hash.hpp"
#include "l7/counters.hpp"
#include "l7/stick/data.hpp"
#include "l7/stick/key.hpp"

namespace poise::l7::stick {

// Shape - what cannot change while a table lives. A table of another shape is another table.
struct Shape {
  KeyType type = KeyType::ip;
  std::size_t length = 0;                              // of keys of types string and binary
  std::uint64_t size = 0;                              // entries
  std::uint32_t stored = 0;                            // bits: which Data
  std::array<std::uint32_t, data_count> periods_ms{};  // of rates
  bool operator==(const Shape&) const = default;
  bool stores(Data data) const { return (stored >> unsigned(data) & 1) != 0; }
  void store(Data data, std::uint32_t period_ms = 0) {
    stored |= 1u << unsigned(data);
    periods_ms[std::size_t(data)] = period_ms;
  }
};
// What a table of this shape takes of memory.
std::uint64_t bytes_of(const Shape& shape);

// Table - a stick table: entries by key, shared by all proxies and by control, and nobody ever waits for another.
//
// A key belongs to two sets of eight places, and is in one of them. A place has a word of its own: whether an entry is
// there, how many hold it, and a part of its key's hash. Who holds an entry keeps it; what nobody holds may go when it
// is too old, or when another key wants the place: then the one that was not touched for longest goes. All else in an
// entry is added to by single atomic operations. See docs/decisions/0007-stick-tables-are-shared.md.
//
// Memory: all of it at the beginning. Owner: whoever has it; tables of a configuration keep it (States).
class Table {
 public:
  static constexpr std::uint32_t none = ~0u, spare_ways = 2;
  // Who asks, and when: the number of a proxy (the last one is control's), and milliseconds.
  struct Visit {
    std::size_t who = 0;
    std::uint64_t now_ms = 0;
  };

  Table(const Shape& shape, std::size_t proxies, const HashKey& secret);

  const Shape& shape() const { return shape_; }
  void set_expiry(std::uint32_t expire_ms) { expire_ms_.store(expire_ms, std::memory_order_relaxed); }  // 0: never
  void set_purging(bool purges) { purges_.store(purges, std::memory_order_relaxed); }

  // The entry of a key, held until it is released; none: it is not there. take() adds it then; none: there is no room.
  std::uint32_t find(std::string_view key, const Visit& visit);
  std::uint32_t take(std::string_view key, const Visit& visit);
  void release(std::uint32_t entry);

  // Of an entry that the caller holds. What the table does not store is zero, and stays.
  void touch(std::uint32_t entry, const Visit& visit);
  void add(std::uint32_t entry, Data data, std::uint64_t amount, const Visit& visit);
  void count(std::uint32_t entry, Counted counted, std::uint64_t amount, const Visit& visit) {
    add(entry, counted.count, amount, visit);
    add(entry, counted.rate, amount, visit);
  }
  void take_away(std::uint32_t entry, Data data, std::uint64_t amount);
  void set(std::uint32_t entry, Data data, std::uint64_t value);
  std::uint64_t read(std::uint32_t entry, Data data, const Visit& visit) const;
  std::string_view key_of(std::uint32_t entry) const;

  // What control asks for: each entry that counts, held while it is shown. `use`: how many hold it besides.
  struct Shown {
    std::uint32_t entry = none, use = 0;
    std::uint64_t expires_in_ms = 0;  // 0: never
  };
  void for_each(const Visit& visit, const std::function<bool(const Shown&)>& each);
  Shown shown(std::uint32_t entry, const Visit& visit) const;  // that the caller holds
  bool remove(std::string_view key, const Visit& visit);  // false: it is not there, or in use
  std::uint64_t clear();                                  // how many went
  // What another table knows of the same keys, of what both store, but for connections that are open.
  void take_over(Table& old, const Visit& visit);

  struct Usage {
    std::uint64_t entries = 0, added = 0, evicted = 0, refused = 0;
  };
  Usage usage(const Visit& visit);  // looks at every place

 private:
  static constexpr std::uint32_t ways = 8;
  struct Header {
    std::atomic<std::uint64_t> touched_ms;
    std::uint64_t made_ms;
  };
  struct alignas(64) Counts {
    Count added, evicted, refused;
  };
  struct Place {
    std::array<std::uint32_t, 2> sets;
    std::uint64_t tag;
  };
  Place place_of(std::string_view key) const;
  template <class Each>
  std::uint32_t search(const Place& place, Each&& each) const;
  bool hold(std::uint32_t entry, std::uint64_t tag, std::string_view key);
  std::uint32_t hold_live(const Place& place, std::string_view key, std::uint32_t before = none);
  std::uint32_t add_key(const Place& place, std::string_view key, const Visit& visit);
  std::uint32_t victim(const Place& place, const Visit& visit) const;
  void begin(std::uint32_t entry, std::string_view key, const Visit& visit);
  std::uint32_t settle(std::uint32_t entry, const Place& place, std::string_view key, const Visit& visit);
  std::uint32_t hold_any(std::uint32_t entry);
  bool let_go(std::uint32_t entry);
  std::uint64_t age_ms(std::uint32_t entry, const Visit& visit) const;
  bool is_left(std::uint32_t entry, const Visit& visit) const;
  bool is_too_old(std::uint32_t entry, const Visit& visit) const;
  Header& header(std::uint32_t entry) const;
  char* key_bytes(std::uint32_t entry) const;
  std::atomic<std::uint64_t>* words(std::uint32_t entry, Data data) const;

  const Shape shape_;
  std::size_t key_length_, stride_;
  std::array<std::uint16_t, data_count> offsets_{};  // in a record; 0: not stored
  std::uint32_t sets_ = 0, ways_used_ = ways;
  HashKey secret_;
  std::atomic<std::uint32_t> expire_ms_{0};
  std::atomic<bool> purges_{true};
  mutable HugeArray<std::atomic<std::uint64_t>> places_;
  mutable HugeArray<std::byte> records_;
  std::vector<Counts> counts_;
};

}  // namespace poise::l7::stick
