#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/read.hpp"
#include "config/schema.hpp"
#include "config/spelling.hpp"
#include "config/write.hpp"

namespace poise::config {
namespace {

// Where a path has led so far. `field` is null for the document and for an entry of a list or map.
struct Place {
  const Type* type;
  const Rule* rule;
  const Field* field;
  const Type* owner;  // of `field`
  std::string path;   // with '*' for names and indexes
};

Result<Place> find_place(const std::vector<std::string>& parts) {
  static constexpr Rule none;
  Place place{&document_type(), &none, nullptr, nullptr, ""};
  std::string walked;
  for (const std::string& part : parts) {
    walked = child(walked, part);
    const Type& type = place.type->inner();
    if (type.kind == Kind::named || type.kind == Kind::list) {
      place = {type.element, place.rule, nullptr, nullptr, child(place.path, "*")};
      continue;
    }
    if (type.kind != Kind::object)
      return fail(walked, "there is nothing below " + place.path, "leave " + quote(part) + " out");
    const Field* field = find_field(type, part);
    if (!field) {
      std::vector<std::string_view> known;
      for (const Field& each : type.fields) known.push_back(each.name);
      return fail(walked, "there is no such field", did_you_mean(part, known));
    }
    place = {field->type, &field->rule, field, &type, child(place.path, field->name)};
  }
  return place;
}

std::string default_text(const Field& field, const Type& owner) {
  if (field.rule.required) return "none, it must be given";
  const nlohmann::json value = write(field, owner.default_value(), {.brief = true});
  return value.is_null() ? "unset" : value.dump();
}

void add_members(std::string& text, const Type& type) {
  std::size_t widest = 0;
  for (const Field& field : type.fields) widest = std::max(widest, field.name.size());
  for (const Field& field : type.fields)
    text.append("  ").append(field.name).append(widest + 2 - field.name.size(), ' ').append(field.help).append("\n");
}

}  // namespace

Result<std::string> help(std::string_view path) {
  const auto parts = segments(path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  const auto place = find_place(*parts);
  if (!place) return tl::unexpected<Error>(place.error());
  const Type& type = place->type->inner();
  std::string text = (place->path.empty() ? "the whole document" : place->path) + "\n";
  if (place->field) text.append("  ").append(place->field->help).append("\n");
  text += "  type: " + wanted(type, *place->rule) + "\n";
  if (place->field) text += "  default: " + default_text(*place->field, *place->owner) + "\n";
  if (place->rule->needs_restart) text += "  a change is applied at the next start\n";
  if (place->rule->entries_need_restart && place->field)
    text += "  adding and removing entries is applied at the next start\n";
  if (!type.choices.empty()) text += "values:\n";
  for (const Choice& choice : type.choices)
    text.append("  ").append(choice.name).append(": ").append(choice.help).append("\n");
  const Type& members = (type.kind == Kind::named || type.kind == Kind::list) ? type.element->inner() : type;
  if (members.kind != Kind::object) return text;
  text += &members == &type ? "fields:\n" : "fields of each entry:\n";
  add_members(text, members);
  return text;
}

}  // namespace poise::config
