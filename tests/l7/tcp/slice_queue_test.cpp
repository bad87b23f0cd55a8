#include "l7/tcp/slice_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>

namespace poise::l7::tcp {
namespace {

// Slices of one buffer whose bytes are never looked at: the offsets say which they are.
struct Queue {
  Arena arena{1u << 20};
  Buffer buffer;
  SliceQueue queue;
  std::deque<std::uint32_t> bytes;  // the offset of each
  std::uint32_t next = 0;

  void push(std::uint32_t length) {
    if (!queue.push(arena, {&buffer, next, length})) return;
    for (std::uint32_t i = 0; i < length; ++i) bytes.push_back(next++);
  }
  void pop(std::uint32_t count) {
    queue.pop(arena, count, [](const Slice&) {});
    bytes.erase(bytes.begin(), bytes.begin() + count);
  }
  // What lies from a place on.
  std::deque<std::uint32_t> from(SliceQueue::Place place) {
    std::deque<std::uint32_t> all;
    std::array<Slice, 3> some;
    while (const std::size_t count = queue.gather(arena, place, 1000, some))
      for (const Slice& slice : std::span(some).first(count))
        for (std::uint32_t i = 0; i < slice.length; ++i) all.push_back(slice.offset + i);
    return all;
  }
};

TEST(SliceQueue, gives_the_bytes_back_in_order_and_frees_its_memory_when_empty) {
  Queue it;
  std::mt19937_64 random(1);
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0)
      it.push(std::uint32_t(1 + random() % 40));
    else
      it.pop(std::uint32_t(random() % (it.bytes.size() + 1)) / (random() % 3 == 0 ? 1 : 4));
    ASSERT_EQ(it.queue.bytes(), it.bytes.size());
    if (step % 50 == 0) {
      ASSERT_EQ(it.from(it.queue.begin()), it.bytes);
    }
  }
  it.pop(it.queue.bytes());
  EXPECT_TRUE(it.queue.is_empty());
  EXPECT_EQ(it.arena.used(), 0u);
}

TEST(SliceQueue, a_place_stays_what_it_is_while_bytes_leave_the_front) {
  Queue it;
  for (int i = 0; i < 100; ++i) it.push(10);
  SliceQueue::Place place = it.queue.begin();
  it.queue.skip(it.arena, place, 555);
  it.pop(123);
  ASSERT_EQ(it.from(place).front(), 555u);
  it.pop(555 - 123);
  EXPECT_EQ(it.from(place), it.bytes);
  for (int i = 0; i < 100; ++i) it.push(10);
  EXPECT_EQ(it.from(place), it.bytes) << "after it has grown";
}

TEST(SliceQueue, is_full_at_its_limit_and_without_memory) {
  Queue it;
  for (int i = 0; i < 5000; ++i) it.push(1);
  EXPECT_EQ(it.queue.count(), 4096u);
  SliceQueue poor;
  Arena nothing(0);
  EXPECT_FALSE(poor.push(nothing, {&it.buffer, 0, 1}));
}

}  // namespace
}  // namespace poise::l7::tcp
