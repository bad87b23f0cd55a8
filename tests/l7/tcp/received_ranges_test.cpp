#include "l7/tcp/received_ranges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <random>

namespace poise::l7::tcp {
namespace {

// Ranges of bytes after a sequence number near the wrap.
constexpr Sequence base{0xffffff80};
constexpr Range range(std::uint32_t left, std::uint32_t right) { return {base + left, base + right}; }

std::string blocks_of(const ReceivedRanges& ranges, std::size_t most = 4) {
  std::array<Range, ReceivedRanges::ranges_max> blocks;
  std::string text;
  const std::size_t count = ranges.write_blocks(std::span(blocks).first(most));
  for (std::size_t i = 0; i < count; ++i)
    text += std::to_string(blocks[i].left - base) + "-" + std::to_string(blocks[i].right - base) + " ";
  return text;
}

TEST(ReceivedRanges, the_block_of_what_came_last_is_told_first) {
  ReceivedRanges ranges;
  for (const std::uint32_t left : {10, 30, 50, 70, 90}) EXPECT_FALSE(ranges.insert(range(left, left + 10)).duplicate);
  EXPECT_EQ(blocks_of(ranges), "90-100 70-80 50-60 30-40 ");
  ranges.insert(range(20, 25));  // touches the first
  EXPECT_EQ(blocks_of(ranges), "10-25 90-100 70-80 50-60 ");
  ranges.insert(range(35, 75));  // joins three
  EXPECT_EQ(blocks_of(ranges), "30-80 10-25 90-100 ");
}

TEST(ReceivedRanges, what_was_here_already_is_told) {
  ReceivedRanges ranges;
  ranges.insert(range(10, 20));
  ranges.insert(range(30, 40));
  EXPECT_EQ(ranges.insert(range(15, 35)).duplicate, range(15, 20)) << "the first of two";
  EXPECT_EQ(ranges.insert(range(10, 40)).duplicate, range(10, 40));
  EXPECT_EQ(ranges.insert(range(40, 50)).duplicate, std::nullopt) << "touching is not overlapping";
}

TEST(ReceivedRanges, filling_the_gap_joins_what_it_reaches) {
  ReceivedRanges ranges;
  ranges.insert(range(10, 20));
  ranges.insert(range(30, 40));
  EXPECT_EQ(ranges.advance(base + 5), base + 5);
  EXPECT_EQ(ranges.advance(base + 10), base + 20);
  EXPECT_EQ(ranges.ranges().size(), 1u);
  EXPECT_EQ(ranges.advance(base + 45), base + 45);
  EXPECT_TRUE(ranges.is_empty());
}

TEST(ReceivedRanges, one_too_many_is_refused_and_changes_nothing) {
  ReceivedRanges ranges;
  for (std::uint32_t i = 0; i < ReceivedRanges::ranges_max; ++i)
    EXPECT_TRUE(ranges.insert(range(10 * i, 10 * i + 1)).is_kept);
  EXPECT_FALSE(ranges.insert(range(5, 6)).is_kept);
  EXPECT_EQ(ranges.ranges().size(), ReceivedRanges::ranges_max);
  EXPECT_TRUE(ranges.insert(range(1, 10)).is_kept) << "what joins two needs no room";
  EXPECT_EQ(ranges.ranges().size(), ReceivedRanges::ranges_max - 1);
}

// Beside a slow model: a bit for each byte.
TEST(ReceivedRanges, agree_with_a_map_of_bytes) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 engine(seed);
    const auto random = [&](std::uint32_t below) { return std::uint32_t(engine()) % below; };
    ReceivedRanges ranges;
    std::bitset<2000> bytes;
    std::uint32_t next = 0;
    for (int step = 0; step < 200 && next < 1900; ++step) {
      const std::uint32_t left = next + 1 + random(1990 - next), right = std::min(left + 1 + random(60), 1999u);
      if (random(8) != 0) {
        bool was_there = false;
        for (std::uint32_t at = left; at < right; ++at) was_there |= bytes[at];
        const auto insertion = ranges.insert(range(left, right));
        ASSERT_EQ(insertion.duplicate.has_value(), was_there) << seed;
        if (insertion.is_kept)
          for (std::uint32_t at = left; at < right; ++at) bytes.set(at);
      } else {
        next = std::min(next + 1 + random(40), 1900u);
        while (next < 1999 && bytes[next]) ++next;
        ASSERT_EQ(ranges.advance(base + next), base + next) << seed;
      }
      const auto all = ranges.ranges();
      for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_TRUE(all[i].left < all[i].right && all[i].left > base + next) << seed;
        ASSERT_TRUE(i == 0 || all[i - 1].right < all[i].left) << seed;
      }
      std::bitset<2000> here;
      for (const Range& each : all)
        for (Sequence at = each.left; at < each.right; at += 1) here.set(std::size_t(at - base));
      ASSERT_EQ(here >> next, bytes >> next) << seed;
    }
  }
}

}  // namespace
}  // namespace poise::l7::tcp
