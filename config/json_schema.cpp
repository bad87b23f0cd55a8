#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/types/limits.hpp"
#include "config/write.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

// As is_name() has it.
const std::string name_pattern = "^(?!\\.\\.?$)[A-Za-z0-9._-]{1," + std::to_string(limits::name_length) + "}$";

json text_schema(Format format) {
  json schema = {{"type", "string"}};
  switch (format) {
    case Format::text:
    case Format::device:
      break;
    case Format::name:
      schema["pattern"] = name_pattern;
      break;
    case Format::hash_key:
    case Format::md5:
      schema["pattern"] = "^[0-9A-Fa-f]{32}$";
      break;
    case Format::sha256:
      schema["pattern"] = "^[0-9A-Fa-f]{64}$";
      break;
    case Format::hmac_key:
      schema["pattern"] = "^([0-9A-Fa-f]{2}){32,64}$";
      break;
    case Format::file:
    case Format::socket:
      schema["pattern"] = "^/";
      break;
  }
  return schema;
}

constexpr int occurrences_max = 2;  // of an object that is written where it is; others are written once, in $defs

const Type& object_of(const Type& type) {
  const Type& inner = type.inner();
  return inner.kind == Kind::named || inner.kind == Kind::list ? inner.element->inner() : inner;
}

// How many fields have it as their value, or as entries of it.
void count_objects(const Type& type, std::map<const Type*, int>& counts) {
  for (const Field& field : type.fields) {
    const Type& object = object_of(*field.type);
    if (object.kind == Kind::object && counts[&object]++ == 0) count_objects(object, counts);
  }
}

class Writer {
 public:
  Writer() { count_objects(document_type(), counts_); }
  json object(const Type& type);
  json take_definitions() { return std::move(definitions_); }

 private:
  json value(const Type& type, const Rule& rule, std::string_view name);
  json object_or_reference(const Type& type, std::string_view name);
  std::map<const Type*, int> counts_;
  std::map<const Type*, std::string> names_;  // in $defs
  json definitions_ = json::object();
};

// It is named after the first field that has it.
json Writer::object_or_reference(const Type& type, std::string_view name) {
  if (counts_[&type] <= occurrences_max) return object(type);
  const auto [known, is_new] = names_.emplace(&type, std::string(name));
  if (is_new) {
    std::string& unique = known->second;
    while (definitions_.contains(unique)) unique += "_";
    definitions_[unique] = nullptr;
    json schema = object(type);
    definitions_[unique] = std::move(schema);
  }
  return {{"$ref", "#/$defs/" + known->second}};
}

json Writer::value(const Type& type, const Rule& rule, std::string_view name) {
  switch (type.kind) {
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::integer:
      return {{"type", "integer"},
              {"minimum", type.is_signed ? json(std::int64_t(rule.min)) : json(rule.min)},
              {"maximum", std::min(rule.max, type.integer_max)}};
    case Kind::text:
      return text_schema(rule.format);
    case Kind::address:
      return {{"type", "string"}, {"anyOf", {{{"format", "ipv4"}}, {{"format", "ipv6"}}}}};
    case Kind::prefix:
      return {{"type", "string"}, {"pattern", "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"}};
    case Kind::mac:
      return {{"type", "string"}, {"pattern", "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"}};
    case Kind::ports:
      return {{"anyOf",
               {{{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}},
                {{"type", "string"}, {"pattern", "^(any|[0-9]{1,5}-[0-9]{1,5})$"}}}}};
    case Kind::object:
      return object_or_reference(type, name);
    case Kind::optional:
      return {{"anyOf", {value(*type.element, rule, name), {{"type", "null"}}}}};
    case Kind::choice: {
      json schema = {{"type", "string"}, {"enum", json::array()}};
      for (const Choice& choice : type.choices) schema["enum"].push_back(std::string(choice.name));
      return schema;
    }
    case Kind::list: {
      json schema = {{"type", "array"}, {"items", value(*type.element, rule, name)}};
      if (rule.count_max != SIZE_MAX) schema["maxItems"] = rule.count_max;
      return schema;
    }
    case Kind::named: {
      json schema = {{"type", "object"},
                     {"propertyNames", {{"pattern", name_pattern}}},
                     {"additionalProperties", value(*type.element, rule, name)}};
      if (rule.count_max != SIZE_MAX) schema["maxProperties"] = rule.count_max;
      return schema;
    }
  }
  return {};
}

json Writer::object(const Type& type) {
  json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  for (const Field& field : type.fields) {
    json property = value(*field.type, field.rule, field.name);
    property["description"] = std::string(field.help);
    if (field.rule.required)
      schema["required"].push_back(std::string(field.name));
    else
      property["default"] = write(field, type.default_value(), {.brief = true});
    if (field.rule.needs_restart) property["x-needs-restart"] = true;
    schema["properties"][std::string(field.name)] = std::move(property);
  }
  return schema;
}

}  // namespace

json json_schema() {
  Writer writer;
  json schema = writer.object(document_type());
  schema["$defs"] = writer.take_definitions();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Poise configuration";
  return schema;
}

}  // namespace poise::config
