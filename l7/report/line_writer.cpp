#include "l7/report/line_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace poise::l7::report {
namespace {

constexpr std::size_t digits_max = 20;  // of 2^64, and of -2^63
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool must_escape(char character, Escape escape) {
  const auto byte = std::uint8_t(character);
  if (byte < 0x20 || byte >= 0x7f) return true;
  if (escape == Escape::controls) return false;
  if (character == '"' || character == '#') return true;
  return escape == Escape::header && (character == '{' || character == '|' || character == '}');
}

}  // namespace

void LineWriter::put(char character) { put(std::string_view(&character, 1)); }

void LineWriter::put(std::string_view text) {
  const std::size_t fits = std::min(text.size(), to_.size() - used_);
  std::copy_n(text.begin(), fits, to_.begin() + std::ptrdiff_t(used_));
  used_ += fits;
  if (fits < text.size()) is_whole_ = false;
}

void LineWriter::number(std::int64_t value) {
  if (value < 0) put('-');
  count(value < 0 ? std::uint64_t(0) - std::uint64_t(value) : std::uint64_t(value));
}

void LineWriter::count(std::uint64_t value) {
  std::array<char, digits_max> room;
  const auto done = std::to_chars(room.data(), room.data() + room.size(), value);
  put(std::string_view(room.data(), std::size_t(done.ptr - room.data())));
}

void LineWriter::digits(std::uint32_t value, std::uint32_t width, char fill) {
  std::array<char, digits_max> room;
  const auto done = std::to_chars(room.data(), room.data() + room.size(), value);
  const auto length = std::size_t(done.ptr - room.data());
  for (std::size_t missing = length; missing < width; ++missing) put(fill);
  put(std::string_view(room.data(), length));
}

void LineWriter::address(const IpAddr& address) {
  IpText room;
  put(to_text(address, room));
}

void LineWriter::iso_time(const Moment& moment, Fraction fraction) {
  const CivilTime time = civil_time(moment);
  const int offset = moment.utc_offset_minutes;
  const auto distance = std::uint32_t(offset < 0 ? -offset : offset);
  digits(time.year, 4);
  put('-');
  digits(time.month, 2);
  put('-');
  digits(time.day, 2);
  put('T');
  digits(time.hour, 2);
  put(':');
  digits(time.minute, 2);
  put(':');
  digits(time.second, 2);
  put('.');
  if (fraction == Fraction::milliseconds) digits(time.microsecond / 1000, 3);
  if (fraction == Fraction::microseconds) digits(time.microsecond, 6);
  put(offset < 0 ? '-' : '+');
  digits(distance / 60, 2);
  put(':');
  digits(distance % 60, 2);
}

void LineWriter::end_line() {
  if (to_.empty()) return;
  if (used_ == to_.size()) --used_;
  to_[used_++] = '\n';
}

void put_escaped(LineWriter& to, std::string_view text, Escape escape) {
  for (const char character : text) {
    if (!must_escape(character, escape)) {
      to.put(character);
      continue;
    }
    const std::array<char, 3> code = {'#', hex_digits[std::uint8_t(character) >> 4], hex_digits[character & 0xf]};
    to.put(std::string_view(code.data(), code.size()));
  }
}

}  // namespace poise::l7::report
