#include "config/import/texts.hpp"

#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/types/limits.hpp"

namespace poise::config::importing {

using nlohmann::json;

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string valid_name(std::string_view name) {
  std::string valid(name.substr(0, limits::name_length));
  for (char& c : valid)
    if (!is_name(std::string{'a', c})) c = '_';
  return is_name(valid) ? valid : "_" + valid;
}

}  // namespace poise::config::importing
