#include "vrrp/deadline_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace poise::vrrp {
namespace {

TEST(DeadlineQueue, names_the_earliest_of_many_whatever_changes) {
  std::mt19937 random(1);
  DeadlineQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next(), never);
  std::vector<Instant> deadlines(257, never);
  queue.resize(deadlines.size());
  EXPECT_EQ(queue.next(), never);
  for (int i = 0; i < 20000; ++i) {
    const std::size_t row = random() % deadlines.size();
    deadlines[row] = random() % 10 == 0 ? never : Instant(Duration(random() % 1000));
    queue.set(row, deadlines[row]);
    ASSERT_EQ(queue.next(), *std::min_element(deadlines.begin(), deadlines.end()));
    ASSERT_EQ(deadlines[queue.row()], queue.next());
  }
}

}  // namespace
}  // namespace poise::vrrp
