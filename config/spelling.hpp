#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace poise::config {

// How many letters to insert, remove, change or swap with their neighbour to make one word the other.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The known word that was probably meant, if one is near enough. Letter case and '-' for '_' cost nothing.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> known);

// A fix for a word that is not known: "did you mean \"web\"?", else "use one of a, b, c", else `otherwise` when nothing
// is known.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise = "");

// The keys of a map as words.
template <class Map>
std::vector<std::string_view> names_of(const Map& map) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

}  // namespace poise::config
