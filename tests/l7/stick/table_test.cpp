#include "l7/stick/table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace poise::l7::stick {
namespace {

Shape shape_of(std::uint64_t size) {
  Shape shape{.type = KeyType::integer, .size = size};
  shape.store(Data::gpc0);
  shape.store(Data::conn_cur);
  shape.store(Data::http_req_rate, 1000);
  return shape;
}

std::string key_of(std::uint32_t number) { return {reinterpret_cast<const char*>(&number), sizeof number}; }

class TableTest : public testing::Test {
 protected:
  // Adds or finds the entry of a number, and counts it; whether it has one.
  bool see(Table& table, std::uint32_t number) {
    const std::uint32_t entry = table.take(key_of(number), now);
    if (entry == Table::none) return false;
    table.add(entry, Data::gpc0, 1, now);
    table.release(entry);
    return true;
  }
  std::uint64_t seen(Table& table, std::uint32_t number) {
    const std::uint32_t entry = table.find(key_of(number), now);
    if (entry == Table::none) return 0;
    const std::uint64_t count = table.read(entry, Data::gpc0, now);
    table.release(entry);
    return count;
  }
  Table::Visit now{0, 1'000'000};
};

TEST_F(TableTest, an_entry_is_found_again_by_its_key) {
  Table table(shape_of(1000), 1, {});
  EXPECT_EQ(table.find(key_of(1), now), Table::none);
  for (std::uint32_t key = 0; key < 1000; ++key)
    for (std::uint32_t i = 0; i <= key % 3; ++i) ASSERT_TRUE(see(table, key));
  for (std::uint32_t key = 0; key < 1000; ++key) EXPECT_EQ(seen(table, key), key % 3 + 1);
  const Table::Usage usage = table.usage(now);
  EXPECT_EQ(usage.entries, 1000u);
  EXPECT_EQ(usage.added, 1000u);
  EXPECT_EQ(usage.evicted + usage.refused, 0u);
}

TEST_F(TableTest, it_has_room_for_as_many_as_it_says) {
  for (const std::uint32_t size : {1u, 5u, 8u, 9u, 100u, 30'000u}) {
    Table table(shape_of(size), 1, {{{1, 2, 3}}});
    for (std::uint32_t key = 0; key < size; ++key) see(table, key);
    const Table::Usage usage = table.usage(now);
    EXPECT_GE(usage.entries * 10'000, size * 9'999ull) << size;  // a set may be full before the table is
    EXPECT_EQ(usage.entries + usage.evicted, size);
  }
}

TEST_F(TableTest, when_it_is_full_the_one_that_was_not_touched_for_longest_goes) {
  Table table(shape_of(3), 1, {});
  for (const std::uint32_t key : {1, 2, 3, 1, 4}) {
    ++now.now_ms;
    EXPECT_TRUE(see(table, key));
  }
  EXPECT_EQ(seen(table, 2), 0u);
  EXPECT_EQ(seen(table, 1), 2u);
  EXPECT_EQ(seen(table, 3), 1u);
  EXPECT_EQ(seen(table, 4), 1u);
  EXPECT_EQ(table.usage(now).evicted, 1u);
}

TEST_F(TableTest, what_is_held_stays_and_with_nopurge_all_does) {
  Table table(shape_of(2), 1, {});
  const std::uint32_t held = table.take(key_of(1), now);
  ++now.now_ms;
  see(table, 2);
  see(table, 3);  // in the place of 2
  EXPECT_EQ(seen(table, 2), 0u);
  const std::uint32_t other = table.take(key_of(3), now);
  EXPECT_FALSE(see(table, 4));
  EXPECT_EQ(table.usage(now).refused, 1u);
  table.release(held);
  table.release(other);
  table.set_purging(false);
  EXPECT_FALSE(see(table, 4));
  table.set_expiry(10);
  now.now_ms += 11;
  EXPECT_TRUE(see(table, 4));  // others are too old by now
  EXPECT_EQ(table.usage(now).evicted, 1u);
}

TEST_F(TableTest, an_entry_that_is_too_old_is_none_and_begins_anew) {
  Table table(shape_of(100), 1, {});
  table.set_expiry(1000);
  see(table, 1);
  now.now_ms += 1000;
  EXPECT_EQ(seen(table, 1), 1u);
  see(table, 1);  // this keeps it
  now.now_ms += 1000;
  EXPECT_EQ(seen(table, 1), 2u);
  now.now_ms += 1;
  EXPECT_EQ(seen(table, 1), 0u);
  EXPECT_EQ(table.usage(now).entries, 0u);
  see(table, 1);
  EXPECT_EQ(seen(table, 1), 1u);
  const std::uint32_t held = table.take(key_of(1), now);
  now.now_ms += 5000;
  EXPECT_EQ(seen(table, 1), 1u);  // not while it is held
  table.release(held);
  EXPECT_EQ(seen(table, 1), 0u);
}

TEST_F(TableTest, threads_count_together_and_lose_nothing) {
  constexpr std::size_t threads = 4;
  constexpr std::uint32_t keys = 50, rounds = 400;
  Table table(shape_of(1000), threads, {});
  for (std::uint32_t key = 0; key < keys; ++key) see(table, key);
  std::vector<std::thread> all;
  for (std::size_t who = 0; who < threads; ++who)
    all.emplace_back([&table, who] {
      for (std::uint32_t i = 0; i < keys * rounds; ++i) {
        const Table::Visit visit{who, 1'000'000 + i / 100};
        const std::uint32_t entry = table.take(key_of(i % keys), visit);
        table.add(entry, Data::conn_cur, 1, visit);
        table.add(entry, Data::gpc0, 1, visit);
        table.take_away(entry, Data::conn_cur, 1);
        table.release(entry);
      }
    });
  for (std::thread& thread : all) thread.join();
  for (std::uint32_t key = 0; key < keys; ++key) {
    EXPECT_EQ(seen(table, key), threads * rounds + 1);
    const std::uint32_t entry = table.find(key_of(key), now);
    EXPECT_EQ(table.read(entry, Data::conn_cur, now), 0u);
    table.release(entry);
  }
}

// Threads that add, find and push out of a small table: each holds what it has got, and it is what it asked for.
TEST_F(TableTest, threads_that_fight_for_places_never_get_another_s) {
  constexpr std::size_t threads = 4;
  Table table(shape_of(20), threads, {});
  table.set_expiry(3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> all;
  for (std::size_t who = 0; who < threads; ++who)
    all.emplace_back([&, who] {
      std::uint32_t random = 1 + std::uint32_t(who);
      for (std::uint64_t i = 0; i < 20'000; ++i) {
        random = random * 1664525 + 1013904223;
        const std::string key = key_of(random >> 16 & 63);
        const Table::Visit visit{who, 1'000'000 + i / 16};
        const std::uint32_t entry = random & 1 ? table.take(key, visit) : table.find(key, visit);
        if (entry == Table::none) continue;
        table.add(entry, Data::conn_cur, 1, visit);
        if (table.key_of(entry) != key || table.read(entry, Data::conn_cur, visit) > threads) ++wrong;
        table.take_away(entry, Data::conn_cur, 1);
        table.release(entry);
        if (i % 1000 == 0) table.remove(key, visit);
      }
    });
  for (std::thread& thread : all) thread.join();
  EXPECT_EQ(wrong, 0);
  table.set_expiry(0);
  EXPECT_GE(table.clear(), 20u);  // all places are used, and none is held
  EXPECT_EQ(table.usage(now).entries, 0u);
}

}  // namespace
}  // namespace poise::l7::stick
