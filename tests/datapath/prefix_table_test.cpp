#include "datapath/prefix_table.hpp"

#include <gtest/gtest.h>

#include <random>

namespace poise::datapath {
namespace {

using Row = PrefixTable::Row;

Row row(const char* prefix, std::uint32_t value) { return {*parse_prefix(prefix), value}; }

std::uint32_t find_by_comparing(const std::vector<Row>& rows, const IpAddr& address) {
  std::uint32_t value = PrefixTable::none;
  int longest = -1;
  for (const Row& each : rows)
    if (each.prefix.length >= longest && each.prefix.contains(address)) {
      longest = each.prefix.length;
      value = each.value;
    }
  return value;
}

TEST(PrefixTable, an_empty_table_covers_nothing) {
  EXPECT_EQ(PrefixTable{}.find(*parse_ip("192.0.2.1")), PrefixTable::none);
  EXPECT_EQ(PrefixTable{}.find(*parse_ip("2001:db8::1")), PrefixTable::none);
}

TEST(PrefixTable, the_longest_prefix_wins_whatever_the_order_of_rows) {
  const std::vector<Row> rows = {row("192.0.2.7/32", 5), row("0.0.0.0/0", 1),   row("192.0.2.0/24", 4),
                                 row("192.0.0.0/12", 3), row("192.0.0.0/8", 2), row("192.0.2.6/31", 6)};
  const PrefixTable table(rows);
  struct Case {
    const char* address;
    std::uint32_t value;
  };
  for (auto [address, value] : {Case{"8.8.8.8", 1}, Case{"192.200.0.1", 2}, Case{"192.1.0.1", 3}, Case{"192.0.2.1", 4},
                                Case{"192.0.2.7", 5}, Case{"192.0.2.6", 6}, Case{"255.255.255.255", 1}})
    EXPECT_EQ(table.find(*parse_ip(address)), value) << address;
}

TEST(PrefixTable, without_a_default_route_what_no_prefix_covers_is_not_found) {
  const std::vector<Row> rows = {row("10.0.0.0/9", 1), row("10.1.2.3/32", 2)};
  const PrefixTable table(rows);
  EXPECT_EQ(table.find(*parse_ip("10.127.255.255")), 1u);
  EXPECT_EQ(table.find(*parse_ip("10.128.0.0")), PrefixTable::none);
  EXPECT_EQ(table.find(*parse_ip("10.1.2.3")), 2u);
}

TEST(PrefixTable, host_bits_are_ignored_and_of_equal_prefixes_the_last_one_counts) {
  const std::vector<Row> rows = {row("10.1.2.3/16", 1), row("10.1.0.0/16", 2)};
  EXPECT_EQ(PrefixTable(rows).find(*parse_ip("10.1.200.1")), 2u);
}

TEST(PrefixTable, ipv6_hosts_and_the_default_route_are_found) {
  const std::vector<Row> rows = {row("::/0", 1), row("2001:db8::/32", 2), row("2001:db8::1/128", 3),
                                 row("2001:db8::/127", 4)};
  const PrefixTable table(rows);
  struct Case {
    const char* address;
    std::uint32_t value;
  };
  for (auto [address, value] :
       {Case{"fd00::1", 1}, Case{"2001:db8:1::", 2}, Case{"2001:db8::1", 3}, Case{"2001:db8::", 4}})
    EXPECT_EQ(table.find(*parse_ip(address)), value) << address;
}

// Addresses and prefixes from few octet values, so that prefixes nest and addresses hit them.
IpAddr crowded_address(std::mt19937& random, bool v4) {
  IpAddr address = v4 ? IpAddr::v4(0) : IpAddr{};
  for (std::size_t i = v4 ? 12 : 0; i < 16; ++i) {
    constexpr std::uint8_t choices[] = {0x20, 0x21, 0x80, 0x00, 0xff};
    address.octets[i] = choices[random() % 5];
  }
  return address;
}

TEST(PrefixTable, answers_what_comparing_with_every_prefix_answers) {
  std::mt19937 random(7);
  for (const bool v4 : {true, false})
    for (int round = 0; round < 6; ++round) {
      std::vector<Row> rows;
      for (std::uint32_t i = 0; i < 200; ++i)
        rows.push_back({{crowded_address(random, v4), std::uint8_t(random() % (v4 ? 33 : 129))}, i});
      const PrefixTable table(rows);
      for (int i = 0; i < 500; ++i) {
        const IpAddr address = i % 2 == 0 ? crowded_address(random, v4) : rows[random() % rows.size()].prefix.address;
        ASSERT_EQ(table.find(address), find_by_comparing(rows, address)) << to_string(address) << " round " << round;
      }
    }
}

TEST(PrefixTable, equal_rows_make_equal_tables) {
  const std::vector<Row> rows = {row("10.0.0.0/8", 1), row("10.1.0.0/20", 2)},
                         other = {row("10.0.0.0/8", 1), row("10.1.0.0/20", 3)};
  EXPECT_TRUE(PrefixTable(rows) == PrefixTable(rows));
  EXPECT_FALSE(PrefixTable(rows) == PrefixTable(other));
}

}  // namespace
}  // namespace poise::datapath
