#include "config/types/huge_array.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace poise {

TEST(HugeArray, is_zeroed_and_aligned_whatever_its_size) {
  for (const std::size_t count : {1ul, 1000ul, 300'000ul, 1'500'000ul}) {
    HugeArray<std::uint64_t> array(count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&array[0]) % 64, 0u);
    EXPECT_EQ(array.size(), count);
    EXPECT_EQ(array[0], 0u);
    EXPECT_EQ(array[count - 1], 0u);
    array[count - 1] = 7;
    EXPECT_EQ(array[count - 1], 7u);
  }
}

TEST(HugeArray, more_than_the_machine_has_is_refused_and_nothing_is_lost) {
  EXPECT_THROW(HugeArray<std::uint64_t>(std::size_t(1) << 50), std::bad_alloc);
}

TEST(HugeArray, moves_its_memory) {
  HugeArray<int> one(10);
  one[3] = 4;
  HugeArray<int> two(std::move(one));
  EXPECT_EQ(two[3], 4);
  one = std::move(two);
  EXPECT_EQ(one[3], 4);
}

}  // namespace poise
