#include "datapath/ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <thread>

namespace poise::datapath {

TEST(SpscRing, gives_back_what_went_in_in_order_and_refuses_what_does_not_fit) {
  SpscRing<int> ring(4);
  const std::array<int, 6> items{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(ring.push(std::span<const int>(items)), 4u);
  EXPECT_FALSE(ring.push(7));
  EXPECT_EQ(ring.size(), 4u);
  std::array<int, 8> out{};
  EXPECT_EQ(ring.pop(std::span<int>(out)), 4u);
  EXPECT_EQ(out, (std::array<int, 8>{1, 2, 3, 4}));
  EXPECT_EQ(ring.pop(std::span<int>(out)), 0u);
}

TEST(SpscRing, slots_are_filled_and_read_in_place) {
  SpscRing<int> ring(2);
  EXPECT_EQ(ring.front(), nullptr);
  for (int round = 0; round < 10; ++round) {
    *ring.slot() = round;
    ring.commit();
    *ring.slot() = round + 100;
    ring.commit();
    EXPECT_EQ(ring.slot(), nullptr);
    EXPECT_EQ(*ring.front(), round);
    ring.release();
    EXPECT_EQ(*ring.front(), round + 100);
    ring.release();
    EXPECT_EQ(ring.front(), nullptr);
  }
}

TEST(SpscRing, carries_every_item_from_one_thread_to_another) {
  constexpr int count = 200'000;
  SpscRing<int> ring(64);
  std::thread producer([&] {
    for (int i = 0; i < count;)
      if (ring.push(i))
        ++i;
      else
        std::this_thread::yield();
  });
  for (int expected = 0; expected < count;) {
    std::array<int, 7> out{};
    const std::size_t taken = ring.pop(std::span<int>(out));
    for (std::size_t i = 0; i < taken; ++i) ASSERT_EQ(out[i], expected++);
    if (taken == 0) std::this_thread::yield();
  }
  producer.join();
}

}  // namespace poise::datapath
