#include "datapath/neighbor_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace poise::datapath {
namespace {

IpAddr host(std::uint32_t number) { return IpAddr::v4(0x0a000000 + number); }
constexpr InterfaceIndex lan{0}, wan{1};

TEST(NeighborTable, the_same_address_on_two_interfaces_is_two_neighbors) {
  NeighborTable table;
  const NeighborIndex first = table.insert(lan, host(1)), second = table.insert(wan, host(1));
  EXPECT_NE(first, second);
  EXPECT_EQ(table.find(lan, host(1)), first);
  EXPECT_EQ(table.find(wan, host(1)), second);
  EXPECT_EQ(table.find(lan, host(2)), NeighborTable::no_row);
  EXPECT_EQ(table.size(), 2u);
}

TEST(NeighborTable, inserting_a_known_neighbor_finds_its_row) {
  NeighborTable table;
  const NeighborIndex row = table.insert(lan, host(1));
  table[row].state = Neighbor::resolved;
  EXPECT_EQ(table.insert(lan, host(1)), row);
  EXPECT_EQ(table[row].state, Neighbor::resolved);
  EXPECT_EQ(table.size(), 1u);
}

TEST(NeighborTable, a_full_table_refuses_and_takes_again_after_an_erase) {
  NeighborTable table;
  for (std::uint32_t i = 0; i < limits::neighbors; ++i) ASSERT_NE(table.insert(lan, host(i)), NeighborTable::no_row);
  EXPECT_EQ(table.insert(lan, host(0xffff)), NeighborTable::no_row);
  table.erase(table.find(lan, host(7)));
  EXPECT_EQ(table.find(lan, host(7)), NeighborTable::no_row);
  EXPECT_NE(table.insert(lan, host(0xffff)), NeighborTable::no_row);
  EXPECT_NE(table.find(lan, host(8)), NeighborTable::no_row);
}

TEST(NeighborTable, agrees_with_a_map_over_random_inserts_and_erases) {
  NeighborTable table;
  std::map<std::uint32_t, NeighborIndex> model;
  std::mt19937 random(1);
  for (int step = 0; step < 60000; ++step) {
    const auto number = std::uint32_t(random() % 20000);
    if (random() % 3 != 0) {
      const NeighborIndex row = table.insert(lan, host(number));
      if (row != NeighborTable::no_row) model[number] = row;
    } else if (model.contains(number)) {
      table.erase(model[number]);
      model.erase(number);
    }
  }
  EXPECT_EQ(table.size(), model.size());
  for (std::uint32_t number = 0; number < 20000; ++number) {
    const auto known = model.find(number);
    ASSERT_EQ(table.find(lan, host(number)), known == model.end() ? NeighborTable::no_row : known->second);
  }
}

TEST(NeighborTable, a_row_queues_a_few_packets_in_order_and_refuses_the_rest) {
  NeighborTable table;
  const NeighborIndex row = table.insert(lan, host(1));
  for (std::uint16_t i = 0; i < limits::packets_per_unresolved_neighbor; ++i) {
    Frame frame;
    frame.length = i;
    EXPECT_TRUE(table.enqueue(row, frame, i % 2 == 1));
  }
  EXPECT_FALSE(table.enqueue(row, Frame{}, false));
  ASSERT_EQ(table.queue(row).size(), limits::packets_per_unresolved_neighbor);
  EXPECT_EQ(table.queue(row)[3].frame.length, 3);
  EXPECT_TRUE(table.queue(row)[3].v6);
  table.clear_queue(row);
  EXPECT_TRUE(table.queue(row).empty());
  EXPECT_TRUE(table.enqueue(row, Frame{}, false));
}

}  // namespace
}  // namespace poise::datapath
