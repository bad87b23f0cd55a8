#include "config/fields.hpp"

#include <algorithm>

#include "config/fields_config.hpp"

namespace poise::config {

const Type& document_type() { return type_of<Config>; }

const Field* find_field(const Type& object, std::string_view name) {
  const auto found = std::ranges::find(object.fields, name, &Field::name);
  return found == object.fields.end() ? nullptr : &*found;
}

const Choice* find_choice(std::span<const Choice> choices, std::string_view name) {
  const auto found = std::ranges::find(choices, name, &Choice::name);
  return found == choices.end() ? nullptr : &*found;
}

}  // namespace poise::config
