#include "l7/rules/list_file.hpp"

#include <algorithm>

namespace poise::l7::rules {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace

std::vector<std::string> lines_of(std::string_view file) {
  std::vector<std::string> lines;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = trimmed(file.substr(0, end));
    file.remove_prefix(std::min(end + 1, file.size()));
    if (!line.empty() && line[0] != '#') lines.emplace_back(line);
  }
  return lines;
}

std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view file) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& line : lines_of(file)) {
    const std::size_t end = std::min(line.find_first_of(blanks), line.size());
    pairs.emplace_back(line.substr(0, end), trimmed(std::string_view(line).substr(end)));
  }
  return pairs;
}

}  // namespace poise::l7::rules
