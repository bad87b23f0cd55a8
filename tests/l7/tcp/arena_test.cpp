#include "l7/tcp/arena.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace poise::l7::tcp {
namespace {

constexpr std::size_t largest = std::size_t(Arena::unit) << (Arena::orders - 1);

TEST(Arena, blocks_never_overlap_and_all_of_it_comes_together_again) {
  Arena arena(8 * largest);
  std::mt19937_64 random(1);
  struct Held {
    Arena::Block block;
    unsigned order;
    std::uint8_t mark;
  };
  std::vector<Held> held;
  std::size_t used = 0;
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 2 == 0 || held.empty()) {
      const auto order = unsigned(std::min(random() % Arena::orders, random() % Arena::orders));
      const Arena::Block block = arena.allocate(order);
      if (block == 0) continue;
      const auto mark = std::uint8_t(random());
      std::memset(arena.at(block), mark, Arena::unit << order);
      held.push_back({block, order, mark});
      used += Arena::unit << order;
    } else {
      std::swap(held[random() % held.size()], held.back());
      const Held one = held.back();
      held.pop_back();
      const std::uint8_t* at = arena.at(one.block);
      for (std::size_t i = 0; i < Arena::unit << one.order; i += 61) ASSERT_EQ(at[i], one.mark);
      arena.free(one.block, one.order);
      used -= Arena::unit << one.order;
    }
    ASSERT_EQ(arena.used(), used);
  }
  for (const Held& one : held) arena.free(one.block, one.order);
  EXPECT_EQ(arena.used(), 0u);
  for (int i = 0; i < 8; ++i) EXPECT_NE(arena.allocate(Arena::orders - 1), 0u) << i;
  EXPECT_EQ(arena.allocate(0), 0u) << "all of it is in use";
}

TEST(Arena, has_nothing_larger_than_its_largest_block) {
  Arena arena(2 * largest);
  EXPECT_EQ(arena.allocate(Arena::orders), 0u);
  EXPECT_EQ(Arena(largest / 2).allocate(0), 0u) << "rounded down to nothing";
}

}  // namespace
}  // namespace poise::l7::tcp
