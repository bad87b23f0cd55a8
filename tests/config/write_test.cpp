#include "config/write.hpp"

#include "config/plan.hpp"
#include "tests/config/random_config.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

TEST(Write, whatever_a_document_says_comes_back_from_its_json) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Config config = RandomConfig(seed).make();
    for (const json& written : {to_json(config), to_json_brief(config)}) {
      const auto again = parse(written.dump());
      ASSERT_TRUE(again) << "seed " << seed << "\n" << text_of(again.error());
      ASSERT_EQ(*again, config) << "seed " << seed << "\n" << written.dump(1);
    }
  }
}

TEST(Write, the_brief_form_of_defaults_is_empty_and_the_full_form_has_every_field) {
  EXPECT_EQ(to_json_brief(Config{}).dump(), "{}");
  const json full = to_json(Config{});
  EXPECT_EQ(full.size(), document_type().fields.size());
  EXPECT_EQ(full["node"]["polling"], "adaptive");
  EXPECT_TRUE(full["node"]["hash_key"].is_null());
  EXPECT_EQ(full["icmp"]["errors_per_second"], 1000);
}

TEST(Write, the_brief_form_keeps_what_must_be_given_and_what_differs) {
  Config config;
  config.services["s"] =
      Service{.address = *parse_ip("192.0.2.1"), .ports = {80, 80}, .pool = "p", .persistence = Persistence{}};
  EXPECT_EQ(to_json_brief(config).dump(),
            R"({"services":{"s":{"address":"192.0.2.1","persistence":{},"pool":"p","ports":80}}})");
  config.services["any"] = Service{};
  EXPECT_TRUE(to_json_brief(config)["services"]["any"].contains("ports"));
}

TEST(Write, secrets_are_hidden_only_when_asked_and_only_when_set) {
  Config config;
  EXPECT_TRUE(write(document_type(), &config, {.hide_secrets = true})["node"]["hash_key"].is_null());
  config.node.hash_key = std::string(32, 'a');
  config.api.tokens["ops"].sha256 = std::string(64, 'b');
  const std::string hidden = write(document_type(), &config, {.hide_secrets = true}).dump();
  EXPECT_EQ(hidden.find("aaaa"), std::string::npos);
  EXPECT_EQ(hidden.find("bbbb"), std::string::npos);
  EXPECT_EQ(to_json(config)["node"]["hash_key"], std::string(32, 'a'));
}

}  // namespace
}  // namespace poise::config
