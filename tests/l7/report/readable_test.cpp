#include "l7/report/readable.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace poise::l7::report {
namespace {

TEST(Readable, text_is_safe_in_html) {
  EXPECT_EQ(escaped("a<b>&\"c\"'d'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;");
  EXPECT_EQ(escaped("plain_text-1.2:3/4"), "plain_text-1.2:3/4");
}

TEST(Readable, counts_have_their_thousands_apart) {
  EXPECT_EQ(readable_count(0), "0");
  EXPECT_EQ(readable_count(999), "999");
  EXPECT_EQ(readable_count(1000), "1\u202f000");
  EXPECT_EQ(readable_count(12345678), "12\u202f345\u202f678");
}

TEST(Readable, bytes_have_three_digits_and_never_more_than_there_are) {
  EXPECT_EQ(readable_bytes(999), "999");
  EXPECT_EQ(readable_bytes(1000), "1.00k");
  EXPECT_EQ(readable_bytes(9999), "9.99k");
  EXPECT_EQ(readable_bytes(45'678'901), "45.6M");
  EXPECT_EQ(readable_bytes(999'999), "999k");
  EXPECT_EQ(readable_bytes(1'010'000), "1.01M");
  EXPECT_EQ(readable_bytes(1'050'000'000), "1.05G");
  EXPECT_EQ(readable_bytes(std::numeric_limits<std::uint64_t>::max()), "18.4E");
}

TEST(Readable, durations_have_their_two_largest_units) {
  EXPECT_EQ(readable_duration(0), "0s");
  EXPECT_EQ(readable_duration(59), "59s");
  EXPECT_EQ(readable_duration(185), "3m5s");
  EXPECT_EQ(readable_duration(7200), "2h");
  EXPECT_EQ(readable_duration(7859), "2h10m");
  EXPECT_EQ(readable_duration(4 * 86400 + 3700), "4d1h");
  EXPECT_EQ(readable_duration(15 * 86400), "2w1d");
  EXPECT_EQ(readable_uptime(25), "0d 0h00m25s");
  EXPECT_EQ(readable_uptime(86400 + 2 * 3600 + 3 * 60 + 4), "1d 2h03m04s");
}

}  // namespace
}  // namespace poise::l7::report
