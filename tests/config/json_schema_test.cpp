#include <regex>
#include <set>

#include "tests/config/random_config.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

bool is_of_type(const json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "array") return value.is_array();
  return value.type_name() == type;
}

// Checker - the part of JSON Schema 2020-12 that our schema uses. A keyword that it does not know is a failure, so that
// the schema cannot say something that no test looks at. `format` needs no check: read() has the last word.
std::string complaint(const json& schema, const json& value);

std::string complaint_of_object(const json& schema, const json& value) {
  for (const auto& name : schema.value("required", json::array()))
    if (!value.contains(name)) return name.get<std::string>() + " is missing";
  for (const auto& [name, member] : value.items()) {
    if (schema.contains("propertyNames"))
      if (const std::string why = complaint(schema["propertyNames"], name); !why.empty()) return name + ": " + why;
    if (!schema.contains("additionalProperties")) continue;
    const bool is_listed = schema.contains("properties") && schema["properties"].contains(name);
    const json& rule = is_listed ? schema["properties"][name] : schema["additionalProperties"];
    if (rule == false) return name + " is unknown";
    if (const std::string why = complaint(rule, member); !why.empty()) return name + ": " + why;
  }
  return "";
}

std::string complaint(const json& schema, const json& value) {
  static const json root = json_schema();
  if (schema.contains("$ref")) {
    const std::string reference = schema["$ref"];
    const json::json_pointer place(reference.substr(1));
    if (!reference.starts_with("#/$defs/") || !root.contains(place)) return "nothing is at " + reference;
    if (const std::string why = complaint(root.at(place), value); !why.empty()) return why;
  }
  static const std::set<std::string> known = {"$schema",
                                              "$ref",
                                              "$defs",
                                              "title",
                                              "type",
                                              "description",
                                              "default",
                                              "x-needs-restart",
                                              "format",
                                              "minimum",
                                              "maximum",
                                              "pattern",
                                              "enum",
                                              "anyOf",
                                              "items",
                                              "maxItems",
                                              "maxProperties",
                                              "propertyNames",
                                              "additionalProperties",
                                              "properties",
                                              "required"};
  for (const auto& [keyword, unused] : schema.items())
    if (!known.contains(keyword)) return "the schema has the keyword " + keyword;
  if (schema.contains("type") && !is_of_type(value, schema["type"]))
    return value.dump() + " is no " + schema["type"].dump();
  if (schema.contains("minimum") && value < schema["minimum"]) return value.dump() + " is too small";
  if (schema.contains("maximum") && value > schema["maximum"]) return value.dump() + " is too large";
  if (schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())))
    return value.dump() + " does not match " + schema["pattern"].dump();
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
    return value.dump() + " is not in the enum";
  if (schema.contains("anyOf") &&
      std::ranges::none_of(schema["anyOf"], [&](const json& each) { return complaint(each, value).empty(); }))
    return value.dump() + " fits none of " + schema["anyOf"].dump();
  if (schema.contains("maxItems") && value.size() > schema["maxItems"]) return "too many entries";
  if (value.is_array() && schema.contains("items"))
    for (const json& each : value)
      if (const std::string why = complaint(schema["items"], each); !why.empty()) return why;
  return value.is_object() ? complaint_of_object(schema, value) : "";
}

TEST(JsonSchema, accepts_every_document_that_is_written) {
  const json schema = json_schema();
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(complaint(schema, json::object()), "");
  EXPECT_EQ(complaint(schema, valid_document()), "");
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Config config = RandomConfig(seed).make();
    EXPECT_EQ(complaint(schema, to_json(config)), "") << seed;
    EXPECT_EQ(complaint(schema, to_json_brief(config)), "") << seed;
  }
}

TEST(JsonSchema, refuses_what_parse_refuses) {
  const json schema = json_schema();
  for (const char* text :
       {R"({"nodes": {}})", R"({"node": {"control_core": 1024}})", R"({"node": {"control_core": -1}})",
        R"({"node": {"control_core": "1"}})", R"({"node": {"control_core": 1.5}})", R"({"node": {"polling": "never"}})",
        R"({"node": {"hash_key": "00"}})", R"({"node": {"name": "a b"}})", R"({"forwarding": 1})", R"({"routes": {}})",
        R"({"routes": [{}]})", R"({"pools": {"a/b": {}}})", R"({"pools": {"..": {}}})", R"({"api": {"socket": "x"}})",
        R"({"interfaces": {"x": {"mac": "02:00"}}})", R"({"node": {"name": null}})",
        R"({"services": {"s": {"address": "192.0.2.1", "pool": "p", "ports": "80"}}})",
        R"({"services": {"s": {"address": "192.0.2.1", "pool": "p", "ports": 0}}})"}) {
    EXPECT_NE(complaint(schema, json::parse(text)), "") << text;
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(JsonSchema, describes_every_field_with_its_default) {
  const json scheduler = json_schema()["properties"]["services"]["additionalProperties"]["properties"]["scheduler"];
  EXPECT_EQ(scheduler["enum"].size(), 12u);
  EXPECT_EQ(scheduler["default"], "wrr");
  EXPECT_EQ(scheduler["description"], "how a new flow finds its server");
  EXPECT_EQ(json_schema()["properties"]["interfaces"]["additionalProperties"]["properties"]["mtu"]["x-needs-restart"],
            true);
}

}  // namespace
}  // namespace poise::config
