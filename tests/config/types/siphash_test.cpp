#include "config/types/siphash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise {
namespace {

constexpr std::array<std::uint8_t, 16> counting_key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(SipHash, gives_the_answer_of_the_paper_for_fifteen_bytes) {
  std::string text;
  for (char i = 0; i < 15; ++i) text += i;
  EXPECT_EQ(SipHash(counting_key)(text), 0xa129ca6149be45e5u);
}

TEST(SipHash, gives_the_answer_of_the_authors_test_vectors_for_no_bytes_and_for_one_whole_word) {
  EXPECT_EQ(SipHash(counting_key)(""), 0x726fdb47dd0e0e31u);
  std::string text;
  for (char i = 0; i < 8; ++i) text += i;
  EXPECT_EQ(SipHash(counting_key)(text), 0x93f5f5799a932462u);
}

TEST(SipHash, another_key_gives_another_answer) { EXPECT_NE(SipHash(counting_key)("web1"), SipHash({1})("web1")); }

}  // namespace
}  // namespace poise
