#include "control/cli/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace poise::control::cli {
namespace {

std::string print(const char* format, double value) {
  std::array<char, 64> buffer;
  const int length = std::snprintf(buffer.data(), buffer.size(), format, value);
  return {buffer.data(), std::size_t(std::max(length, 0))};
}

// Three significant digits at most, with the largest unit that leaves a digit before the point.
std::string scaled(double value, std::string_view unit) {
  constexpr std::array prefixes = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t power = 0;
  while (std::abs(value) >= 999.5 && power + 1 < prefixes.size()) {
    value /= 1000;
    ++power;
  }
  const bool whole = power == 0 ? value == std::floor(value) : std::abs(value) >= 99.95;
  std::string text = print(whole ? "%.0f" : "%.1f", value);
  const std::string suffix = std::string(prefixes[power]) + std::string(unit);
  return suffix.empty() ? text : text + " " + suffix;
}

struct Range {
  char32_t first, last;
};
// The blocks that matter in names and comments, not all of Unicode: a wrong guess costs one column of alignment.
constexpr Range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
                          {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                          {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr Range combining[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
                               {0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
                               {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
// Reorders or hides what follows: an operator must see what is there.
constexpr Range direction[] = {{0x202a, 0x202e}, {0x2066, 0x2069}};

template <std::size_t N>
bool in(char32_t point, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [point](Range r) { return point >= r.first && point <= r.last; });
}

struct Point {
  char32_t value = 0;
  std::size_t length = 0;  // bytes; 0: not UTF-8
};

Point next_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return {char32_t(first), 1};
  const std::size_t length = first >= 0xf0 && first < 0xf5   ? 4
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xc2 && first < 0xe0 ? 2
                                                             : 0;
  if (length == 0) return {};
  char32_t value = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

std::size_t columns_of(char32_t point) { return in(point, combining) ? 0 : in(point, wide) ? 2 : 1; }

}  // namespace

std::string human_count(double value) {
  if (std::abs(value) < 10000 && value == std::floor(value)) return print("%.0f", value);
  return scaled(value, "");
}

std::string human_bytes(double bytes) { return scaled(bytes, "B"); }

std::string human_bits(double bits_per_second) { return scaled(bits_per_second, "b/s"); }

std::string human_percent(double share) { return print("%.1f %%", share * 100); }

std::string human_duration(std::chrono::nanoseconds duration) {
  const std::int64_t milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds < 0) return "-" + human_duration(-duration);
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  struct Unit {
    std::int64_t seconds;
    char letter;
  };
  constexpr Unit units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  const std::int64_t seconds = milliseconds / 1000;
  for (std::size_t i = 0; i < std::size(units); ++i) {
    if (seconds < units[i].seconds) continue;
    std::string text = std::to_string(seconds / units[i].seconds) + units[i].letter;
    const std::int64_t rest = seconds % units[i].seconds;
    if (i + 1 < std::size(units) && rest / units[i + 1].seconds > 0)
      text += " " + std::to_string(rest / units[i + 1].seconds) + units[i + 1].letter;
    return text;
  }
  return "0s";
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  constexpr Unit units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  const std::string_view name = text.substr(std::size_t(end - text.data()));
  for (const Unit& unit : units)
    if (unit.name == name && value <= 100 * 365 * 86400000ull / unit.milliseconds)
      return std::chrono::milliseconds(value * unit.milliseconds);
  return std::nullopt;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Point point = next_point(text);
    columns += point.length == 0 ? 1 : columns_of(point.value);
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string kept;
  std::size_t used = 0;
  while (!text.empty()) {
    const Point point = next_point(text);
    const std::size_t width = point.length == 0 ? 1 : columns_of(point.value);
    if (used + width > columns - 1) break;
    used += width;
    kept += text.substr(0, std::max<std::size_t>(point.length, 1));
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return kept + "…";
}

std::string printable(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const Point point = next_point(text);
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    if (point.value == '\n' || point.value == '\t')
      kept += ' ';
    else if (point.length == 0 || control || in(point.value, direction))
      kept += '?';
    else
      kept += text.substr(0, point.length);
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return kept;
}

std::string url_encode(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter_or_digit || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return encoded;
}

namespace {

// Levenshtein's distance, one row at a time.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t substituted = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edits(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace poise::control::cli
