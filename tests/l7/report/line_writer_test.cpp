#include "l7/report/line_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace poise::l7::report {
namespace {

using namespace std::chrono_literals;

std::string escape(std::string_view text, Escape how) {
  std::array<char, 1024> room;
  LineWriter line(room);
  put_escaped(line, text, how);
  return std::string(line.text());
}

TEST(LineWriter, writes_numbers_and_addresses) {
  std::array<char, 256> room;
  LineWriter line(room);
  line.number(-1);
  line.put(' ');
  line.number(std::numeric_limits<std::int64_t>::min());
  line.put(' ');
  line.count(std::numeric_limits<std::uint64_t>::max());
  line.put(' ');
  line.digits(7, 3);
  line.put(' ');
  line.digits(7, 2, ' ');
  line.put(' ');
  line.digits(1234, 2);
  line.put(' ');
  line.address(IpAddr::v4(0x7f000001));
  EXPECT_EQ(line.text(), "-1 -9223372036854775808 18446744073709551615 007  7 1234 127.0.0.1");
  EXPECT_TRUE(line.is_whole());
}

TEST(LineWriter, writes_times_with_the_offset_of_their_place) {
  struct Row {
    Moment moment;
    LineWriter::Fraction fraction;
    std::string_view wanted;
  };
  for (const auto& [moment, fraction, wanted] : {
           Row{{0us, 0}, LineWriter::Fraction::milliseconds, "1970-01-01T00:00:00.000+00:00"},
           Row{{0us, 60}, LineWriter::Fraction::milliseconds, "1970-01-01T01:00:00.000+01:00"},
           Row{{1795539282717207us, 0}, LineWriter::Fraction::microseconds, "2026-11-24T16:54:42.717207+00:00"},
           Row{{1709164799999000us, 330}, LineWriter::Fraction::milliseconds, "2024-02-29T05:29:59.999+05:30"},
           Row{{1704067199000000us, -210}, LineWriter::Fraction::milliseconds, "2023-12-31T20:29:59.000-03:30"},
       }) {
    std::array<char, 64> room;
    LineWriter line(room);
    line.iso_time(moment, fraction);
    EXPECT_EQ(line.text(), wanted);
  }
}

TEST(LineWriter, cuts_off_what_finds_no_room_and_says_so) {
  std::array<char, 5> room;
  LineWriter line(room);
  line.put("abc");
  EXPECT_TRUE(line.is_whole());
  line.put("def");
  EXPECT_EQ(line.text(), "abcde");
  EXPECT_FALSE(line.is_whole());
  line.put('x');
  EXPECT_EQ(line.text(), "abcde");
}

TEST(LineWriter, always_finds_room_for_the_end_of_the_line) {
  std::array<char, 5> room;
  LineWriter full(room);
  full.put("abcdef");
  full.end_line();
  EXPECT_EQ(full.text(), "abcd\n");
  LineWriter line(room);
  line.put("abcd");
  line.end_line();
  EXPECT_EQ(line.text(), "abcd\n");
  LineWriter nothing(std::span<char>{});
  nothing.put('a');
  nothing.end_line();
  EXPECT_EQ(nothing.text(), "");
}

TEST(LineWriter, escapes_what_a_field_can_t_hold) {
  const std::string_view bytes = "\"#|{}\x01\x1f\x7f\x80\xff~[]\\ a";
  EXPECT_EQ(escape(bytes, Escape::header), "#22#23#7C#7B#7D#01#1F#7F#80#FF~[]\\ a");
  EXPECT_EQ(escape(bytes, Escape::request), "#22#23|{}#01#1F#7F#80#FF~[]\\ a");
  EXPECT_EQ(escape(bytes, Escape::controls), "\"#|{}#01#1F#7F#80#FF~[]\\ a");
}

}  // namespace
}  // namespace poise::l7::report
