#include "datapath/wire/checksum.hpp"

#include <gtest/gtest.h>

#include <random>

#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/tcp.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {
namespace {

using wire::Be16;
using wire::Sum;

std::uint16_t full(const Bytes& bytes) { return Sum().add(bytes.data(), bytes.size()).checksum().host(); }

TEST(Checksum, gives_the_known_answers_of_rfc_1071_and_of_a_real_header) {
  EXPECT_EQ(full(hex("0001 f203 f4f5 f6f7")), 0x220d);
  const Bytes header = hex("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7");
  EXPECT_EQ(wire::ipv4_checksum(header.data(), header.size()).host(), 0xb861);
  EXPECT_EQ(full({}), 0xffff);
  EXPECT_EQ(full(hex("ab")), 0x54ff) << "an odd byte is the high half of a word";
}

TEST(Checksum, equals_plain_arithmetic_for_every_length_and_start) {
  std::mt19937 random(1);
  Bytes memory(300);
  for (auto& byte : memory) byte = std::uint8_t(random());
  for (std::size_t start = 0; start < 4; ++start)
    for (std::size_t length = 0; length < 290; ++length) {
      const Bytes piece(memory.begin() + std::ptrdiff_t(start), memory.begin() + std::ptrdiff_t(start + length));
      ASSERT_EQ(full(piece), checksum_of(piece)) << start << " " << length;
    }
}

TEST(Checksum, the_example_of_rfc_1624_ends_at_zero_and_not_at_minus_zero) {
  EXPECT_EQ(Sum().replace16(0x5555, 0x3285).applied_to(Be16::from(0xdd2f)).host(), 0x0000);
}

TEST(Checksum, a_difference_gives_what_a_new_sum_would_give) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    Bytes before(64);
    for (auto& byte : before) byte = std::uint8_t(random());
    before[0] = before[1] = 0;
    const std::uint16_t old_checksum = checksum_of(before);
    Bytes after = before;
    const auto word = std::uint16_t(random());
    const auto wide = std::uint32_t(random());
    after[4] = std::uint8_t(word >> 8);
    after[5] = std::uint8_t(word);
    for (std::size_t i = 0; i < 4; ++i) after[8 + i] = std::uint8_t(wide >> (24 - 8 * i));
    for (std::size_t i = 16; i < 48; ++i) after[i] = std::uint8_t(random());
    Sum sum;
    sum.replace16(std::uint16_t(before[4] << 8 | before[5]), word);
    sum.replace32(wire::at<wire::Be32>(&before[8]).host(), wide);
    sum.replace_address(IpAddr::v6(&before[16]), IpAddr::v6(&after[16]));
    sum.remove(&before[32], 16).add(&after[32], 16);
    ASSERT_EQ(sum.applied_to(Be16::from(old_checksum)).host(), checksum_of(after));
  }
}

TEST(Checksum, a_wrong_sum_stays_wrong_after_a_difference) {
  Bytes bytes = hex("0000 1234 5678");
  const auto wrong = std::uint16_t(checksum_of(bytes) + 1);
  const Be16 updated = Sum().replace16(0x1234, 0x4321).applied_to(Be16::from(wrong));
  EXPECT_NE(updated.host(), checksum_of(hex("0000 4321 5678")));
}

TEST(Checksum, the_pseudo_header_counts_either_family) {
  for (const Ends ends : {Ends{"192.0.2.1", "198.51.100.7"}, Ends{"2001:db8::1", "2001:db8::2"}}) {
    const Bytes payload = text("odd");
    Sum sum;
    sum.add_pseudo_header(ip(ends.source), ip(ends.destination), 17, 70003).add(payload.data(), payload.size());
    EXPECT_EQ(sum.checksum().host(),
              checksum_of(pseudo_header(ip(ends.source), ip(ends.destination), 17, 70003) + payload));
  }
}

TEST(Checksum, udp_never_writes_zero) {
  EXPECT_EQ(wire::udp_checksum(Be16::from(0)).host(), 0xffff);
  EXPECT_EQ(wire::udp_checksum(Be16::from(5)).host(), 5);
}

}  // namespace
}  // namespace poise::datapath
