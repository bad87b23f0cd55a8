#include "config/spelling.hpp"

#include <algorithm>

#include "config/types/limits.hpp"

namespace poise::config {
namespace {

constexpr std::size_t words_listed = 16;      // of the known ones, when none is near
constexpr std::size_t words_compared = 4096;  // bounds the work for one error

std::string folded(std::string_view word) {
  std::string result(word);
  for (char& c : result) c = c == '-' ? '_' : (c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c);
  return result;
}

}  // namespace

// Optimal string alignment distance, three rows of the usual table.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_last(right.size() + 1), last(right.size() + 1), row(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= left.size(); ++line) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = line;
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const bool same = left[line - 1] == right[column - 1];
      row[column] = std::min({last[column] + 1, row[column - 1] + 1, last[column - 1] + (same ? 0 : 1)});
      const bool swapped =
          line > 1 && column > 1 && left[line - 1] == right[column - 2] && left[line - 2] == right[column - 1];
      if (swapped) row[column] = std::min(row[column], before_last[column - 2] + 1);
    }
  }
  return row[right.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.empty() || word.size() > limits::name_length) return std::nullopt;
  const std::string wanted = folded(word);
  std::size_t best = 1 + std::max<std::size_t>(1, word.size() / 3);  // a third of the letters may be wrong, not more
  std::optional<std::string> result;
  for (const std::string_view each : known.first(std::min(known.size(), words_compared))) {
    const std::size_t distance = edit_distance(wanted, folded(each));
    if (distance >= best || distance >= each.size()) continue;  // no letter in common is no likeness
    best = distance;
    result = std::string(each);
  }
  return result;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise) {
  if (const auto near = nearest(word, known)) return "did you mean \"" + *near + "\"?";
  if (known.empty() || known.size() > words_listed) return otherwise;
  std::string text = known.size() == 1 ? "use " : "use one of ";
  for (std::size_t i = 0; i < known.size(); ++i) text.append(i == 0 ? "" : ", ").append(known[i]);
  return text;
}

}  // namespace poise::config
