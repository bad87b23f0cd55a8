#include "datapath/persistence_table.hpp"

#include <gtest/gtest.h>

namespace poise::datapath {
namespace {

using Inserted = PersistenceTable::Inserted;

constexpr HashKey key{{1, 2, 3}};
constexpr ServiceIndex web{1}, mail{2};
constexpr RealIndex none{~0u};
const IpAddr client = *parse_ip("198.51.100.7");

TEST(PersistenceTable, a_client_keeps_its_real_per_service_until_the_timeout) {
  PersistenceTable table(key);
  EXPECT_EQ(table.find(web, client, 0), none);
  EXPECT_EQ(table.insert(web, client, {5}, 1000, 300), Inserted::fresh);
  EXPECT_EQ(table.find(mail, client, 1000), none);
  EXPECT_EQ(table.find(web, *parse_ip("198.51.100.8"), 1000), none);
  EXPECT_EQ(table.find(web, client, 1299), RealIndex{5});
  EXPECT_EQ(table.find(web, client, 1299 + 300), none);
}

TEST(PersistenceTable, each_use_renews_the_timeout) {
  PersistenceTable table(key);
  table.insert(web, client, {5}, 0, 300);
  for (std::uint32_t now = 299; now < 3000; now += 299) ASSERT_EQ(table.find(web, client, now), RealIndex{5}) << now;
}

TEST(PersistenceTable, inserting_again_replaces_the_real_and_erasing_forgets_it) {
  PersistenceTable table(key);
  table.insert(web, client, {5}, 0, 300);
  EXPECT_EQ(table.insert(web, client, {6}, 10, 300), Inserted::fresh);
  EXPECT_EQ(table.find(web, client, 20), RealIndex{6});
  table.erase(web, client);
  EXPECT_EQ(table.find(web, client, 20), none);
}

TEST(PersistenceTable, the_clock_may_wrap) {
  PersistenceTable table(key);
  table.insert(web, client, {5}, 0xffffff00, 1000);
  EXPECT_EQ(table.find(web, client, 0x10), RealIndex{5});
  EXPECT_EQ(table.find(web, client, 0x10 + 999), RealIndex{5});
  EXPECT_EQ(table.find(web, client, 0x10 + 999 + 1000), none);
}

IpAddr nth_client(std::uint32_t i) { return IpAddr::v4(0x0a000000 + i); }

TEST(PersistenceTable, in_a_full_neighborhood_the_oldest_gives_way_and_the_caller_is_told) {
  PersistenceTable table(key);
  std::uint32_t clients = 0, replaced = 0;
  for (; clients < limits::persistence_entries * 2; ++clients)
    if (table.insert(web, nth_client(clients), {clients}, clients, 1u << 30) == Inserted::replaced_live_entry)
      ++replaced;
  EXPECT_GE(replaced, limits::persistence_entries);
  std::uint32_t kept = 0, kept_of_newest = 0;
  for (std::uint32_t i = 0; i < clients; ++i) {
    const RealIndex real = table.find(web, nth_client(i), clients);
    if (real == none) continue;
    ASSERT_EQ(real, RealIndex{i});
    ++kept;
    if (i >= clients - limits::persistence_entries / 4) ++kept_of_newest;
  }
  EXPECT_EQ(kept, clients - replaced);
  EXPECT_GT(kept_of_newest, limits::persistence_entries / 4 * 99 / 100);
}

TEST(PersistenceTable, entries_that_have_timed_out_are_used_before_live_ones) {
  PersistenceTable table(key);
  for (std::uint32_t i = 0; i < limits::persistence_entries * 2; ++i) table.insert(web, nth_client(i), {i}, 0, 100);
  for (std::uint32_t i = 0; i < 1000; ++i)
    EXPECT_EQ(table.insert(mail, nth_client(i), {i}, 100, 100), Inserted::fresh) << i;
}

}  // namespace
}  // namespace poise::datapath
