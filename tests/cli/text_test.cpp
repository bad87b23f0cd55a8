#include "control/cli/text.hpp"

#include <gtest/gtest.h>

namespace poise::control::cli {
namespace {

using namespace std::chrono_literals;

TEST(Text, counts_are_exact_below_ten_thousand_and_scaled_above) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(9999), "9999");
  EXPECT_EQ(human_count(10000), "10.0 k");
  EXPECT_EQ(human_count(1234567), "1.2 M");
  EXPECT_EQ(human_count(999960), "1.0 M");
  EXPECT_EQ(human_count(123456789), "123 M");
  EXPECT_EQ(human_count(12.5), "12.5");
  EXPECT_EQ(human_bytes(950), "950 B");
  EXPECT_EQ(human_bytes(1234), "1.2 kB");
  EXPECT_EQ(human_bits(2.5e9), "2.5 Gb/s");
  EXPECT_EQ(human_percent(0.125), "12.5 %");
}

TEST(Text, durations_show_their_two_largest_units) {
  EXPECT_EQ(human_duration(450ms), "450ms");
  EXPECT_EQ(human_duration(0ms), "0ms");
  EXPECT_EQ(human_duration(12s), "12s");
  EXPECT_EQ(human_duration(200s), "3m 20s");
  EXPECT_EQ(human_duration(2h + 3min + 59s), "2h 3m");
  EXPECT_EQ(human_duration(24h * 5), "5d");
  EXPECT_EQ(human_duration(-3s), "-3s");
}

TEST(Text, a_duration_is_a_number_with_a_unit_and_seconds_without) {
  EXPECT_EQ(parse_duration("60"), 60s);
  EXPECT_EQ(parse_duration("60s"), 60s);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
  for (const char* bad : {"", "s", "-1", "1.5s", "5 m", "5x", "99999999999999999999", "18446744073709551615"})
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(Text, width_counts_columns_and_not_bytes) {
  EXPECT_EQ(display_width("web"), 3u);
  EXPECT_EQ(display_width("Zürich"), 6u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("東京"), 4u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
}

TEST(Text, a_cut_text_keeps_whole_characters_and_ends_with_an_ellipsis) {
  EXPECT_EQ(fit("short", 5), "short");
  EXPECT_EQ(fit("longer", 5), "long…");
  EXPECT_EQ(fit("東京都", 4), "東…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Text, nothing_that_drives_a_terminal_survives) {
  EXPECT_EQ(printable("\x1b[31mred"), "?[31mred");
  EXPECT_EQ(printable("a\nb\tc"), "a b c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m");
  EXPECT_EQ(printable("bad \xff utf"), "bad ? utf");
  EXPECT_EQ(printable("overlong \xc0\xaf"), "overlong ??");
  EXPECT_EQ(printable("\u202egnp.exe"), "?gnp.exe");
  EXPECT_EQ(printable("Zürich 東京"), "Zürich 東京");
}

TEST(Text, a_url_keeps_only_unreserved_characters) { EXPECT_EQ(url_encode("a b/c?d=ü~"), "a%20b%2Fc%3Fd%3D%C3%BC~"); }

TEST(Text, the_nearest_word_is_offered_only_when_it_is_near) {
  EXPECT_EQ(nearest("servce", {"service", "server"}), "service");
  EXPECT_EQ(nearest("xyzzy", {"service", "server"}), "");
}

}  // namespace
}  // namespace poise::control::cli
