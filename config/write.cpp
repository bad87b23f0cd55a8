#include "config/write.hpp"

#include <nlohmann/json.hpp>

#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

json write_object(const Type& type, const void* from, WriteStyle style) {
  json result = json::object();
  const void* defaults = type.default_value();
  for (const Field& field : type.fields) {
    const bool is_default = field.type->equal(field.get(from), field.get(defaults));
    if (style.brief && is_default && !field.rule.required) continue;
    result[std::string(field.name)] = write(field, from, style);
  }
  return result;
}

}  // namespace

json write(const Field& field, const void* owner, WriteStyle style) {
  const void* from = field.get(owner);
  const bool is_set = field.type->kind != Kind::optional || field.type->value(from) != nullptr;
  if (style.hide_secrets && field.rule.secret && is_set) return "(secret)";
  return write(*field.type, from, style);
}

json write(const Type& type, const void* from, WriteStyle style) {
  switch (type.kind) {
    case Kind::object:
      return write_object(type, from, style);
    case Kind::list: {
      json result = json::array();
      for (std::size_t index = 0; index < type.size(from); ++index)
        result.push_back(write(*type.element, type.at(from, index), style));
      return result;
    }
    case Kind::named: {
      json result = json::object();
      for (const auto& [name, entry] : type.entries(from))
        result[std::string(name)] = write(*type.element, entry, style);
      return result;
    }
    case Kind::optional: {
      const void* value = type.value(from);
      return value ? write(*type.element, value, style) : json(nullptr);
    }
    default:
      return write_scalar(type, from);
  }
}

json to_json(const Config& config) { return write(document_type(), &config, {}); }

json to_json_brief(const Config& config) { return write(document_type(), &config, {.brief = true}); }

json to_json_without_secrets(const Config& config, bool brief) {
  return write(document_type(), &config, {.brief = brief, .hide_secrets = true});
}

}  // namespace poise::config
