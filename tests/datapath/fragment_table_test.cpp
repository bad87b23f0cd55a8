#include "datapath/fragment_table.hpp"

#include <gtest/gtest.h>

namespace poise::datapath {
namespace {

using namespace std::chrono_literals;
constexpr Instant start{Duration(1s)};

FragmentTable::Key datagram(std::uint32_t id) { return {IpAddr::v4(0x0a000001), IpAddr::v4(0xc0000201), id, 17}; }
FragmentTable::Held frame(std::uint16_t length) {
  FragmentTable::Held held;
  held.frame.length = length;
  return held;
}

TEST(FragmentTable, later_fragments_borrow_the_ports_of_the_first_for_two_seconds) {
  FragmentTable table;
  EXPECT_EQ(table.find(datagram(1), start), nullptr);
  EXPECT_EQ(table.learn(datagram(1), {1000, 53}, start), FragmentTable::Learned::yes);
  const FragmentTable::Ports* ports = table.find(datagram(1), start + 1999ms);
  ASSERT_NE(ports, nullptr);
  EXPECT_EQ(ports->source, 1000);
  EXPECT_EQ(ports->destination, 53);
  EXPECT_EQ(table.find(datagram(2), start), nullptr);
  EXPECT_EQ(table.find(datagram(1), start + 2s), nullptr);
}

TEST(FragmentTable, what_was_held_is_taken_in_order_once_the_ports_are_known) {
  FragmentTable table;
  std::array<FragmentTable::Held, 8> taken;
  EXPECT_TRUE(table.hold(datagram(1), frame(100), start));
  EXPECT_TRUE(table.hold(datagram(1), frame(200), start));
  EXPECT_TRUE(table.hold(datagram(2), frame(300), start));
  EXPECT_EQ(table.take(datagram(1), taken), 0u) << "ports are not known yet";
  table.learn(datagram(1), {1, 2}, start);
  ASSERT_EQ(table.take(datagram(1), std::span(taken).first(1)), 1u);
  EXPECT_EQ(taken[0].frame.length, 100);
  ASSERT_EQ(table.take(datagram(1), taken), 1u);
  EXPECT_EQ(taken[0].frame.length, 200);
  EXPECT_EQ(table.waiting(), 1u);
}

TEST(FragmentTable, old_datagrams_are_forgotten_and_their_frames_given_back) {
  FragmentTable table;
  for (std::uint16_t i = 0; i < 40; ++i) EXPECT_TRUE(table.hold(datagram(i % 2), frame(i), start));
  table.learn(datagram(9), {1, 2}, start + 1s);
  std::array<FragmentTable::Held, 8> old;
  std::size_t freed = 0;
  for (int call = 0; call < 100; ++call) freed += table.expire(start + 1s, old);
  EXPECT_EQ(freed, 0u);
  for (int call = 0; call < 200; ++call) freed += table.expire(start + 2s, old);
  EXPECT_EQ(freed, 40u);
  EXPECT_EQ(table.datagrams(), 1u);
  EXPECT_EQ(table.waiting(), 0u);
}

TEST(FragmentTable, holds_no_more_than_its_limits) {
  FragmentTable table;
  std::size_t of_one = 0, all = 0;
  while (table.hold(datagram(0), frame(1), start)) ++of_one;
  EXPECT_EQ(of_one, 64u) << "one datagram may not take all";
  for (std::uint32_t id = 1; id < 100; ++id)
    while (table.hold(datagram(id), frame(1), start)) ++all;
  EXPECT_EQ(of_one + all, limits::fragments_waiting);
}

TEST(FragmentTable, a_full_table_refuses_new_datagrams_until_old_ones_expire) {
  FragmentTable table;
  std::uint32_t id = 0, learned = 0;
  for (; id < 4 * limits::fragment_datagrams; ++id)
    learned += table.learn(datagram(id), {1, 2}, start) == FragmentTable::Learned::yes ? 1 : 0;
  EXPECT_LE(learned, limits::fragment_datagrams);
  EXPECT_GE(learned, limits::fragment_datagrams * 9 / 10);
  EXPECT_EQ(table.datagrams(), learned);
  EXPECT_EQ(table.learn(datagram(id), {1, 2}, start + 3s), FragmentTable::Learned::yes)
      << "an expired row is as good as free";
}

}  // namespace
}  // namespace poise::datapath
