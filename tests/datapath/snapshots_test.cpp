#include "datapath/snapshots.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace poise::datapath {
namespace {

// Tracked - a value that knows how many of its kind are alive.
struct Tracked {
  explicit Tracked(int n, std::atomic<int>& counter) : number(n), check(~n), alive(counter) { ++alive; }
  ~Tracked() { --alive; }
  int number, check;
  std::atomic<int>& alive;
};

constexpr WorkerId first{0}, second{1};

}  // namespace

TEST(Snapshots, an_old_value_lives_until_every_worker_has_moved_on) {
  std::atomic<int> alive{0};
  Snapshots<Tracked> snapshots(2, std::make_unique<const Tracked>(1, alive));
  EXPECT_EQ(snapshots.enter(first)->number, 1);
  EXPECT_EQ(snapshots.enter(second)->number, 1);
  snapshots.publish(std::make_unique<const Tracked>(2, alive));
  EXPECT_FALSE(snapshots.settled());
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(snapshots.enter(first)->number, 2);
  EXPECT_EQ(snapshots.reclaim(), 1u);
  EXPECT_EQ(snapshots.enter(second)->number, 2);
  EXPECT_TRUE(snapshots.settled());
  EXPECT_EQ(snapshots.reclaim(), 0u);
  EXPECT_EQ(alive, 1);
}

TEST(Snapshots, a_worker_that_has_left_holds_nothing_back) {
  std::atomic<int> alive{0};
  Snapshots<Tracked> snapshots(2, std::make_unique<const Tracked>(1, alive));
  snapshots.enter(first);
  snapshots.publish(std::make_unique<const Tracked>(2, alive));
  snapshots.leave(first);
  EXPECT_EQ(snapshots.reclaim(), 0u);
  EXPECT_EQ(alive, 1);
}

TEST(Snapshots, readers_never_see_a_freed_value_while_new_ones_are_published) {
  std::atomic<int> alive{0};
  {
    Snapshots<Tracked> snapshots(2, std::make_unique<const Tracked>(0, alive));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    auto read = [&](WorkerId worker) {
      while (!stop) {
        const Tracked* value = snapshots.enter(worker);
        if (value->check != ~value->number) ++wrong;
      }
      snapshots.leave(worker);
    };
    std::thread one(read, first), two(read, second);
    for (int i = 1; i <= 5000; ++i) snapshots.publish(std::make_unique<const Tracked>(i, alive));
    stop = true;
    one.join();
    two.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(snapshots.reclaim(), 0u);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace poise::datapath
