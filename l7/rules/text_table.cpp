#include "l7/rules/text_table.hpp"

#include <algorithm>

#include "l7/http1/characters.hpp"

namespace poise::l7::rules {

std::size_t TextTable::Hash::operator()(std::string_view text) const {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char character : text)
    hash = (hash ^ std::uint8_t(ignores_case ? http1::lower(character) : character)) * 0x100000001b3u;
  return hash ^ hash >> 29;
}

bool TextTable::Equal::operator()(std::string_view a, std::string_view b) const {
  if (!ignores_case) return a == b;
  return std::ranges::equal(a, b, [](char x, char y) { return http1::lower(x) == http1::lower(y); });
}

TextTable::TextTable(bool ignores_case) : numbers_(0, Hash{ignores_case}, Equal{ignores_case}) {}

void TextTable::insert(std::string text, std::uint32_t number) {
  const auto place = std::lower_bound(lengths_.begin(), lengths_.end(), text.size(), std::greater<>());
  if (place == lengths_.end() || *place != text.size()) lengths_.insert(place, text.size());
  numbers_.emplace(std::move(text), number);
}

std::optional<std::uint32_t> TextTable::find(std::string_view text) const {
  if (numbers_.empty()) return std::nullopt;
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> TextTable::find_prefix_of(std::string_view text) const {
  for (const std::size_t length : lengths_)
    if (length <= text.size())
      if (const auto found = find(text.substr(0, length))) return found;
  return std::nullopt;
}

std::optional<std::uint32_t> TextTable::find_suffix_of(std::string_view text) const {
  for (const std::size_t length : lengths_)
    if (length <= text.size())
      if (const auto found = find(text.substr(text.size() - length))) return found;
  return std::nullopt;
}

}  // namespace poise::l7::rules
