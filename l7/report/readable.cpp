#include "l7/report/readable.hpp"

namespace poise::l7::report {
namespace {

constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day;

std::string two_digits(std::uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    switch (character) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += character;
    }
  }
  return safe;
}

std::string readable_count(std::uint64_t count) {
  constexpr std::string_view narrow_space = "\u202f";
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at != 0 && (digits.size() - at) % 3 == 0) text += narrow_space;
    text += digits[at];
  }
  return text;
}

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::string_view units = "kMGTPE";
  if (bytes < 1000) return std::to_string(bytes);
  std::uint64_t unit = 1000;
  std::size_t which = 0;
  while (bytes / unit >= 1000) {
    unit *= 1000;
    ++which;
  }
  // Cut off, not rounded: "999k" must not become "1000k".
  const std::uint64_t whole = bytes / unit, thousandths = bytes % unit / (unit / 1000);
  std::string text = std::to_string(whole);
  if (whole < 10) text += "." + two_digits(thousandths / 10);
  if (whole >= 10 && whole < 100) text += "." + std::to_string(thousandths / 100);
  return text + units[which];
}

std::string readable_duration(std::uint64_t seconds) {
  const auto two = [&](std::uint64_t large, const char* large_name, std::uint64_t small, const char* small_name) {
    const std::uint64_t rest = seconds % large / small;
    std::string text = std::to_string(seconds / large) + large_name;
    return rest == 0 ? text : text + std::to_string(rest) + small_name;
  };
  if (seconds < minute) return std::to_string(seconds) + "s";
  if (seconds < hour) return two(minute, "m", 1, "s");
  if (seconds < day) return two(hour, "h", minute, "m");
  if (seconds < week) return two(day, "d", hour, "h");
  return two(week, "w", day, "d");
}

std::string readable_uptime(std::uint64_t seconds) {
  return std::to_string(seconds / day) + "d " + std::to_string(seconds % day / hour) + "h" +
         two_digits(seconds % hour / minute) + "m" + two_digits(seconds % minute) + "s";
}

}  // namespace poise::l7::report
