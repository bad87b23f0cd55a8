#include "config/read.hpp"

#include <set>

#include "config/fields_config.hpp"
#include "config/types/limits.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

Errors errors_of(const char* text) {
  const auto config = from_json(json::parse(text));
  return config ? Errors{} : config.error();
}

TEST(Read, an_empty_document_is_all_defaults) { EXPECT_EQ(*from_json(json::object()), Config{}); }

TEST(Read, every_error_of_a_document_is_reported_with_its_path) {
  const Errors errors = errors_of(R"({
    "node": {"pollling": "busy", "control_core": 5000},
    "interfaces": {"lan": {"mtu": "1500", "vlans": {"lan.1": {"id": 0}}}},
    "routes": [{"prefix": "10.0.0.0/8", "via": [{"weight": 0}]}, 5, {}],
    "services": {"we b": {"address": "192.0.2.1", "ports": 80, "pool": "p"}},
    "forwarding": 1, "nonsense": 2})");
  std::set<std::string> paths;
  for (const Error& error : errors) paths.insert(error.path);
  EXPECT_EQ(paths, (std::set<std::string>{"node.pollling", "node.control_core", "interfaces.lan.mtu",
                                          "interfaces.lan.vlans[\"lan.1\"].id", "routes[0].via[0].weight", "routes[1]",
                                          "routes[2]", "services[\"we b\"]", "forwarding", "nonsense"}))
      << text_of(errors);
  EXPECT_TRUE(mentions(errors, "node.pollling", "did you mean \"polling\"?"));
  EXPECT_TRUE(mentions(errors, "routes[2]", "\"prefix\" is missing"));
  EXPECT_TRUE(mentions(errors, "routes[2]", "\"via\" is missing"));
}

TEST(Read, what_has_another_shape_is_refused) {
  struct Row {
    const char *document, *path, *words;
  };
  for (auto [document, path, words] :
       {Row{"[]", "", "a list is not an object"}, Row{"5", "", "5 is not an object"},
        Row{R"({"pools": []})", "pools", "one entry per name"},
        Row{R"({"routes": {}})", "routes", "also for one entry"},
        Row{R"({"pools": {"web": 5}})", "pools.web", "not an object"},
        Row{R"({"node": null})", "node", "not an object"}, Row{R"({"routes": null})", "routes", "not a list"}})
    EXPECT_TRUE(mentions(errors_of(document), path, words)) << document << "\n" << text_of(errors_of(document));
}

TEST(Read, null_is_the_same_as_absent_only_for_an_optional_field) {
  EXPECT_EQ(
      *from_json(json::parse(R"({"node": {"hash_key": null}, "memory": {"flows": null}, "api": {"listen": null}})")),
      Config{});
  EXPECT_TRUE(mentions(errors_of(R"({"node": {"name": null}})"), "node.name", "leave the field out"));
}

TEST(Read, an_optional_object_with_nothing_in_it_is_set_to_its_defaults) {
  const auto config = from_json(
      json::parse(R"({"services": {"s": {"address": "192.0.2.1", "ports": 80, "pool": "p", "persistence": {}}}})"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->services.at("s").persistence, Persistence{});
}

TEST(Read, too_many_entries_are_refused_without_reading_them) {
  json document;
  for (std::size_t i = 0; i <= limits::addresses_per_interface; ++i)
    document["interfaces"]["lan"]["addresses"].push_back("nonsense");
  const auto config = from_json(document);
  ASSERT_FALSE(config);
  EXPECT_EQ(text_of(config.error()), "interfaces.lan.addresses: 257 entries are more than 256 (remove some)\n");
}

TEST(Read, the_number_of_errors_is_bounded) {
  json document;
  for (int i = 0; i < 5000; ++i) document["snat_rules"][std::size_t(i % 4000)] = i;
  const auto config = from_json(document);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), limits::errors_reported + 1);
  EXPECT_EQ(config.error().back().problem, "there are more errors than these");
}

TEST(Read, a_quoted_value_is_short_and_whole_characters) {
  EXPECT_EQ(quote(json("abc")), "\"abc\"");
  EXPECT_EQ(quote(json::object()), "an object");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xc3\xa4";
  const std::string quoted = quote(json("x" + text));
  EXPECT_LE(quoted.size(), 64u);
  EXPECT_NO_THROW((void)json(quoted).dump());
  EXPECT_EQ(quote(json("\xff")), "\"\xef\xbf\xbd\"");
}

TEST(Read, what_a_field_wants_is_said_for_every_field) {
  EXPECT_EQ(wanted(type_of<bool>, {}), "true or false");
  EXPECT_EQ(wanted(type_of<std::optional<std::uint16_t>>, {.min = 1}), "a whole number 1..65535");
  EXPECT_EQ(wanted(type_of<std::vector<IpAddr>>, {}),
            "a list; each entry: an address like \"192.0.2.10\" or \"2001:db8::10\"");
  EXPECT_EQ(wanted(type_of<std::string>, {.format = Format::hash_key}), "32 hex digits");
}

}  // namespace
}  // namespace poise::config
