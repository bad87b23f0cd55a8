#include "l7/tcp/options.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::l7::tcp {
namespace {

using datapath::Bytes;
using datapath::hex;

Bytes written(const Options& options) {
  std::array<std::uint8_t, options_length_max> bytes;
  const std::size_t length = write_options(options, bytes);
  return Bytes(bytes.begin(), bytes.begin() + length);
}

TEST(Options, are_read_and_written_as_linux_writes_them) {
  Options syn;
  syn.mss = 1460;
  syn.sack_permitted = true;
  syn.timestamps = Timestamps{0x01020304, 0};
  syn.window_shift = 7;
  EXPECT_EQ(written(syn), hex("020405b4"
                              "0402"
                              "080a0102030400000000"
                              "01"
                              "030307"));
  EXPECT_EQ(read_options(written(syn), true), syn);
  Options data;
  data.timestamps = Timestamps{1, 2};
  data.add_sack({{100}, {200}});
  data.add_sack({{0xffffff00}, {16}});
  EXPECT_EQ(written(data), hex("0101"
                               "080a0000000100000002"
                               "0101"
                               "0512"
                               "00000064000000c8"
                               "ffffff0000000010"));
  EXPECT_EQ(read_options(written(data), false), data);
  EXPECT_TRUE(written({}).empty());
}

TEST(Options, every_mix_is_a_multiple_of_four_and_comes_back) {
  for (unsigned mix = 0; mix < 16; ++mix) {
    Options options;
    if (mix & 1) options.mss = 536;
    if (mix & 2) options.sack_permitted = true;
    if (mix & 4) options.timestamps = Timestamps{9, 8};
    if (mix & 8) options.window_shift = 14;
    EXPECT_EQ(written(options).size() % 4, 0u) << mix;
    EXPECT_EQ(read_options(written(options), true), options) << mix;
  }
}

TEST(Options, sack_blocks_without_room_are_left_out) {
  Options options;
  for (std::uint32_t i = 0; i < 6; ++i) options.add_sack({{100 * i}, {100 * i + 50}});
  EXPECT_EQ(options.sack_count, 4);
  EXPECT_EQ(read_options(written(options), false).sack_count, 4);
  options.timestamps = Timestamps{1, 2};
  EXPECT_EQ(read_options(written(options), false).sack_count, 3);
  EXPECT_EQ(written(options).size(), 40u);
}

TEST(Options, what_is_unknown_is_skipped_and_what_is_wrong_ends_them) {
  struct Row {
    const char *bytes, *why;
    bool is_syn;
    std::optional<std::uint16_t> mss;
    bool is_malformed;
  };
  for (const Row& row : {Row{"fe04aabb020405b4", "an unknown one is skipped", true, 1460, false},
                         Row{"01010101020405b4", "padding", true, 1460, false},
                         Row{"00020405b4000000", "the end ends them", true, std::nullopt, false},
                         Row{"020405b4", "only a SYN has one", false, std::nullopt, false},
                         Row{"020305b4", "too short to be one", true, std::nullopt, true},
                         Row{"fe00020405b4", "length 0 would never end", true, std::nullopt, true},
                         Row{"fe01020405b4", "length 1 is none", true, std::nullopt, true},
                         Row{"020405b4fe05aa", "what stood before counts", true, 1460, true},
                         Row{"020405b402", "a kind without a length", true, 1460, true},
                         Row{"0204ffff020405b4", "the last counts", true, 1460, false}}) {
    const Options options = read_options(hex(row.bytes), row.is_syn);
    EXPECT_EQ(options.mss, row.mss) << row.why;
    EXPECT_EQ(options.is_malformed, row.is_malformed) << row.why;
  }
}

TEST(Options, a_window_is_scaled_by_fourteen_bits_at_most_and_empty_blocks_are_none) {
  EXPECT_EQ(read_options(hex("0303ff00"), true).window_shift, 14);
  EXPECT_EQ(read_options(hex("0101050a"
                             "00000064"
                             "00000064"),
                         false)
                .sack_count,
            0);
  EXPECT_EQ(read_options(hex("0101050a"
                             "00000064"
                             "00000063"),
                         false)
                .sack_count,
            0);
  EXPECT_EQ(read_options(hex("01010509"
                             "0000006400000065"),
                         false)
                .sack_count,
            0)
      << "not whole blocks";
  EXPECT_FALSE(read_options(hex("0402"), false).sack_permitted);
}

}  // namespace
}  // namespace poise::l7::tcp
