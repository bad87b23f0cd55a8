#include "config/import/places.hpp"

#include <utility>
#include <vector>

namespace poise::config::importing {

std::optional<Place> place_of(const Places& places, std::string path) {
  while (true) {
    const auto found = places.find(path);
    if (found != places.end()) return found->second;
    const std::size_t end = path.find_last_of(".[");
    if (end == std::string::npos) return std::nullopt;
    path.resize(end);
  }
}

void place_errors(Report& report, const Places& places, const Blocks& blocks, const Errors& errors, Errors& nowhere) {
  std::vector<std::pair<Place, Error>> found;
  for (const Error& error : errors) {
    const auto place = place_of(places, error.path);
    if (!place) {
      nowhere.push_back(error);
      continue;
    }
    const auto block = blocks.find(*place);
    if (!report.has_error_in(*place, block == blocks.end() ? *place : block->second)) found.emplace_back(*place, error);
  }
  for (auto& [place, error] : found) report.refuse(place, error.path, std::move(error));
}

}  // namespace poise::config::importing
