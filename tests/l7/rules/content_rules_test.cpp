#include "l7/rules/content_rules.hpp"

#include "l7/tables.hpp"
#include "tests/l7/rules/judged.hpp"

namespace poise::l7::rules {
namespace {

Match path_is(const char* path) {
  Match match;
  TextMatcher matcher;
  matcher.add(TextMatcher::Kind::exact, path);
  match.all.push_back(TextCondition{TextCondition::Of::path, "", {}, std::move(matcher)});
  return match;
}

class ContentRulesTest : public testing::Test {
 protected:
  const Backend* choose(const char* target, const char* host) {
    Judged judged("GET " + std::string(target) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return choose_backend(rules, judged.subject, judged.value);
  }
  Backend one, two, three;
  std::vector<BackendRule> rules;
};

TEST_F(ContentRulesTest, the_first_rule_that_fits_names_the_backend) {
  rules.push_back({path_is("/a"), &one, nullptr});
  rules.push_back({path_is("/b"), &two, nullptr});
  rules.push_back({path_is("/a"), &three, nullptr});
  EXPECT_EQ(choose("/a", "h"), &one);
  EXPECT_EQ(choose("/b", "h"), &two);
  EXPECT_EQ(choose("/c", "h"), nullptr);
}

TEST_F(ContentRulesTest, a_map_names_the_backend_of_a_key) {
  auto map = std::make_unique<BackendMap>();
  map->kind = BackendMap::Kind::suffix;
  map->key = TextTemplate("%[host]");
  map->keys = TextTable(true);
  map->keys.insert(".example", 0);
  map->keys.insert("shop.example", 1);
  map->backends = {&one, &two};
  rules.push_back({Match{}, nullptr, std::move(map)});
  rules.push_back({Match{}, &three, nullptr});
  EXPECT_EQ(choose("/", "www.Example:80"), &one);
  EXPECT_EQ(choose("/", "shop.example"), &two);
  EXPECT_EQ(choose("/", "other"), &three);
  rules[0].map->otherwise = &one;
  EXPECT_EQ(choose("/", "other"), &one);
}

TEST_F(ContentRulesTest, a_page_is_found_by_its_status) {
  ContentRules content;
  content.error_pages.push_back({503, {"text/plain", "sorry"}});
  ASSERT_NE(content.page_of(503), nullptr);
  EXPECT_EQ(content.page_of(503)->body, "sorry");
  EXPECT_EQ(content.page_of(502), nullptr);
}

}  // namespace
}  // namespace poise::l7::rules
