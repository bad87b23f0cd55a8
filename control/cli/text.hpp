#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text for people: numbers with units, durations, columns on a terminal. Pure functions; text from the API is never
// trusted to be printable, because a name or comment with an escape sequence must not drive the operator's terminal.
namespace poise::control::cli {

std::string human_count(double value);                          // 950, 9999, "12.3 k", "1.2 M"
std::string human_bytes(double bytes);                          // "950 B", "1.2 kB", "3.4 GB": powers of 1000
std::string human_bits(double bits_per_second);                 // "1.2 Mb/s"
std::string human_duration(std::chrono::nanoseconds duration);  // "450ms", "12s", "3m 20s", "2h 3m", "5d 4h"
std::string human_percent(double share);                        // 0.125 -> "12.5 %"

// "500ms", "30s", "5m", "2h", "1d"; a plain number is seconds. Nothing else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Columns that UTF-8 text takes on a terminal: combining marks take none, East Asian wide characters and emoji take
// two.
std::size_t display_width(std::string_view text);
// The text cut to `columns`, the last one an ellipsis when something was cut.
std::string fit(std::string_view text, std::size_t columns);
// Control characters and broken UTF-8 become '?'; new lines and tabs become spaces.
std::string printable(std::string_view text);

std::string url_encode(std::string_view text);  // RFC 3986: all but unreserved characters

// The candidate nearest to `word` within a third of its length, or "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace poise::control::cli
