#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(Validate, the_defaults_and_the_tests_document_break_no_rule) {
  EXPECT_EQ(text_of(validate(Config{})), "");
  expect_accepted("{}");
}

TEST(Validate, errors_of_all_parts_are_reported_at_once) {
  const Errors errors = validate(changed(R"({"node": {"worker_cores": [1, 1]}, "interfaces": {"x": {}},
    "routes": [{"prefix": "0.0.0.0/0", "via": []}], "services": {"web": {"pool": "nope"}}, "pools": {"web": {"sorry_server": "z"}}})"));
  for (const char* path :
       {"node.worker_cores[1]", "interfaces.x", "routes[0].via", "services.web.pool", "pools.web.sorry_server"})
    EXPECT_TRUE(std::ranges::any_of(errors, [&](const Error& error) { return error.path == path; })) << path << "\n"
                                                                                                     << text_of(errors);
  EXPECT_EQ(errors.size(), 5u);
}

TEST(Validate, values_that_code_put_out_of_range_are_refused_like_those_of_a_document) {
  Config config = changed("{}");
  config.interfaces["lan"].mtu = 100;
  config.services["web"].ports = {90, 80};
  config.pools["a b"] = {};
  config.node.hash_key = "short";
  const Errors errors = validate(config);
  EXPECT_TRUE(mentions(errors, "interfaces.lan.mtu", "below 576"));
  EXPECT_TRUE(mentions(errors, "services.web.ports", "above the last"));
  EXPECT_TRUE(mentions(errors, "pools[\"a b\"]", "no name"));
  EXPECT_TRUE(mentions(errors, "node.hash_key", "32 hex digits"));
}

TEST(Validate, a_name_that_is_quoted_has_a_place_in_its_file) {
  const std::string text =
      "{\n \"interfaces\": {\"lan\": {\"device\": \"d\",\n  \"vlans\": {\"lan.100\": {\"id\": 5,\n   \"mtu\": "
      "9000}}}}}";
  const auto config = parse(text, "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(text_of(with_places(validate(*config), text, "f")),
            "f:4:4: interfaces.lan.vlans[\"lan.100\"].mtu: 9000 is above the interface's 1500 (lower it, or raise "
            "interfaces.lan.mtu)\n");
}

TEST(Validate, no_document_makes_it_crash) {
  for (const char* text : {R"({"routes": [{"prefix": "::/0", "via": [{"gateway": "1.2.3.4", "interface": "x"}]}]})",
                           R"({"services": {"a": {"address": "::", "ports": "any", "pool": "p", "snat_pool": "q"}}})"})
    EXPECT_FALSE(validate(*parse(text)).empty());
}

}  // namespace
}  // namespace poise::config
