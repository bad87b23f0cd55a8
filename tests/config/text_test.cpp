#include "config/text.hpp"

#include "config/types/limits.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string errors_of(std::string_view text) {
  const auto config = parse(text, "poise.json");
  return config ? "" : text_of(config.error());
}

TEST(Text, errors_stand_at_the_line_and_column_of_their_field) {
  EXPECT_EQ(errors_of("{\n"
                      "  // comment with \"quotes\" and \\\n"
                      "  \"node\": { \"name\": \"a b\",\n"
                      "            \"worker_cores\": [1,\n"
                      "              5000] },\n"
                      "  \"services\": { \"x\\\"y\": 5, \"web.1\": {\"\xc3\xa4\": 1, \"mode\": 7} }\n"
                      "}\n"),
            "poise.json:3:13: node.name: \"a b\" is no name (use 1..63 letters, digits, '.', '_' or '-')\n"
            "poise.json:5:15: node.worker_cores[1]: 5000 is above 1023 (use a whole number 0..1023)\n"
            "poise.json:6:17: services[\"x\\\"y\"]: this is no name (use 1..63 letters, digits, '.', '_' or '-')\n"
            "poise.json:6:17: services[\"x\\\"y\"]: 5 is not an object (write { ... })\n"
            "poise.json:6:28: services[\"web.1\"]: the field \"address\" is missing (add it: an address like "
            "\"192.0.2.10\" or \"2001:db8::10\")\n"
            "poise.json:6:28: services[\"web.1\"]: the field \"ports\" is missing (add it: a port 1..65535, a range "
            "like \"8000-8099\" or \"any\")\n"
            "poise.json:6:28: services[\"web.1\"]: the field \"pool\" is missing (add it: a name: 1..63 letters, "
            "digits, '.', '_' or '-')\n"
            "poise.json:6:38: services[\"web.1\"][\"\xc3\xa4\"]: there is no such field (use one of address, protocol, "
            "ports, pool, mode, encapsulation, scheduler, snat_pool, persistence, client_address, removed_server, "
            "failed_server, unknown_flow, timeouts, enabled)\n"
            "poise.json:6:46: services[\"web.1\"].mode: 7 is not a string (use one of nat, fullnat, dr, tunnel)\n");
}

TEST(Text, without_a_source_paths_have_no_line) {
  const auto config = parse("{\"forwarding\": 1}");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error()[0].path, "forwarding");
}

TEST(Text, every_duplicate_name_is_found_beside_the_other_errors) {
  EXPECT_EQ(errors_of("{\"node\": {},\n \"pools\": {\"a\": {}, \"a\": {}},\n \"node\": {\"name\": 5}}"),
            "poise.json:2:21: pools.a: this name stands here twice (keep one of them)\n"
            "poise.json:3:2: node: this name stands here twice (keep one of them)\n"
            "poise.json:3:11: node.name: 5 is not a string (use a name: 1..63 letters, digits, '.', '_' or '-')\n");
}

TEST(Text, an_error_about_something_left_out_stands_at_what_encloses_it) {
  const std::string_view text = "{\n \"services\": {\n  \"web\": {\"pool\": \"p\"}}}";
  const Errors placed =
      with_places({{"services.web.mode", "b", ""}, {"snat_pools", "a", ""}, {"routes[3].via[0]", "c", ""}}, text, "f");
  EXPECT_EQ(text_of(placed), "f:1:1: snat_pools: a\nf:1:1: routes[3].via[0]: c\nf:3:3: services.web.mode: b\n");
}

TEST(Text, comments_are_for_files_and_not_for_bodies) {
  EXPECT_TRUE(parse("/* a */ {} // b"));
  EXPECT_TRUE(read_text("{} // b", "", Comments::allowed));
  EXPECT_FALSE(read_text("{} // b", "", Comments::refused));
}

TEST(Text, deep_nesting_is_refused_at_the_limit_and_never_crashes) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_text(nested(limits::document_depth), "", Comments::allowed));
  const auto refused = read_text(nested(limits::document_depth + 1), "f", Comments::allowed);
  ASSERT_FALSE(refused);
  EXPECT_NE(text_of(refused.error()).find("nested more than 64 deep"), std::string::npos);
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse(objects));
}

TEST(Text, a_document_above_the_limit_is_refused_before_it_is_parsed) {
  const auto config = parse("{}" + std::string(limits::document_bytes, ' '), "big.json");
  ASSERT_FALSE(config);
  EXPECT_EQ(text_of(config.error()), "big.json: the document is larger than 16 MiB (remove what is not needed)\n");
}

TEST(Text, a_document_cut_anywhere_is_refused_or_means_the_same) {
  const std::string text = valid_document().dump(1);
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto config = parse(std::string_view(text).substr(0, length), "f");
    ASSERT_FALSE(config) << length;
    ASSERT_EQ(config.error().size(), 1u);
    ASSERT_NE(config.error()[0].fix, "") << to_string(config.error()[0]);
  }
}

}  // namespace
}  // namespace poise::config
