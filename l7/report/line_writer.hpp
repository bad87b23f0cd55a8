#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "config/types/ip.hpp"
#include "l7/report/civil_time.hpp"

namespace poise::l7::report {

// LineWriter - puts one line together in memory that the caller owns; nothing is allocated. What finds no room is cut
// off, as a log line too long for its target is, and is_whole() says so.
class LineWriter {
 public:
  explicit LineWriter(std::span<char> to) : to_(to) {}
  void put(char character);
  void put(std::string_view text);
  void number(std::int64_t value);
  void count(std::uint64_t value);
  void digits(std::uint32_t value, std::uint32_t width, char fill = '0');  // at least `width` of them
  void address(const IpAddr& address);
  enum class Fraction : std::uint8_t { milliseconds, microseconds };
  void iso_time(const Moment& moment, Fraction fraction);  // "2026-11-24T16:54:42.717+00:00"
  void end_line();  // its '\n' takes the place of the last byte when there is no room

  bool is_whole() const { return is_whole_; }
  std::string_view text() const { return {to_.data(), used_}; }

 private:
  std::span<char> to_;
  std::size_t used_ = 0;
  bool is_whole_ = true;
};

// What a field of the log can't hold as it is, and is written as "#XX" instead.
enum class Escape : std::uint8_t {
  controls,  // what can't be printed
  request,   // also " and #
  header,    // also { | }
};
void put_escaped(LineWriter& to, std::string_view text, Escape escape);

}  // namespace poise::l7::report
