#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

const std::string acls =
    "acl a path_beg /a\nacl b hdr(x) 1\nacl c method POST\nacl two path_end .x\nacl two hdr(y) 2\nacl d path_end .d\n";

// The rules that a condition makes of `http-request ACTION`.
nlohmann::json rules(const std::string& condition, const std::string& action = "deny") {
  const Imported found = imported(frontend_with(acls + "http-request " + action + " " + condition));
  EXPECT_EQ(text_of_errors(found), "") << condition;
  return part(found, "/frontends/web/request_rules");
}

TEST(HaproxyMatches, conditions_become_one_match_where_it_can_say_them) {
  struct Row {
    const char *condition, *match;
  };
  const char* a = R"({"path":{"prefix":["/a"]}})";
  const char* b = R"({"headers":[{"name":"x","exact":["1"]}]})";
  for (const Row& row :
       {Row{"", ""},
        Row{"if a", a},
        Row{"if TRUE", ""},
        Row{"unless FALSE", ""},
        Row{"if a TRUE", a},
        Row{"if a or FALSE", a},
        Row{"if a b", R"({"path":{"prefix":["/a"]},"headers":[{"name":"x","exact":["1"]}]})"},
        Row{"if b { hdr(x) -m found }", R"({"headers":[{"name":"x","exact":["1"]},{"name":"x","present":true}]})"},
        Row{"if a d", R"({"path":{"prefix":["/a"]},"any":[{"path":{"suffix":[".d"]}}]})"},
        Row{"if d a", R"({"path":{"suffix":[".d"]},"url":{"prefix":["/a"]}})"},
        Row{"if !b", R"({"not":[{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"if !!b", b},
        Row{"if ! b", R"({"not":[{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"unless b", R"({"not":[{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"unless !b", b},
        Row{"if a !b", R"({"path":{"prefix":["/a"]},"not":[{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"unless a b", R"({"not":[{"path":{"prefix":["/a"]},"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"unless a or b", R"({"not":[{"path":{"prefix":["/a"]}},{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"if two", R"({"any":[{"path":{"suffix":[".x"]}},{"headers":[{"name":"y","exact":["2"]}]}]})"},
        Row{"if !two", R"({"not":[{"path":{"suffix":[".x"]}},{"headers":[{"name":"y","exact":["2"]}]}]})"},
        Row{"if c two",
            R"({"methods":["POST"],"any":[{"path":{"suffix":[".x"]}},{"headers":[{"name":"y","exact":["2"]}]}]})"},
        Row{"if a or b", R"({"any":[{"path":{"prefix":["/a"]}},{"headers":[{"name":"x","exact":["1"]}]}]})"},
        Row{"if a || b c",
            R"({"any":[{"path":{"prefix":["/a"]}},{"headers":[{"name":"x","exact":["1"]}],"methods":["POST"]}]})"}}) {
    nlohmann::json want = nlohmann::json::parse(R"([{"deny":{}}])");
    if (*row.match != 0) want[0]["match"] = nlohmann::json::parse(row.match);
    EXPECT_EQ(rules(row.condition), want) << row.condition;
  }
}

TEST(HaproxyMatches, others_become_several_rules_when_the_action_may_be_done_twice) {
  const nlohmann::json two = nlohmann::json::parse(
      R"([{"deny":{},"match":{"path":{"prefix":["/a"]},"not":[{"methods":["POST"]}]}},
          {"deny":{},"match":{"headers":[{"name":"x","exact":["1"]}]}}])");
  EXPECT_EQ(rules("if a !c or b"), two);
  const nlohmann::json turned = nlohmann::json::parse(
      R"([{"deny":{},"match":{"not":[{"path":{"prefix":["/a"]}}]}},{"deny":{},"match":{"methods":["POST"]}}])");
  EXPECT_EQ(rules("unless a !c"), turned);
  expect_refused({frontend_with(acls + "http-request add-header X 1 if a !c or b"), "more than a rule can say"});
  expect_refused(
      {frontend_with(acls + "acl e path_sub e\nhttp-request deny if a d e two"), "more than a rule can say"});
}

TEST(HaproxyMatches, what_never_holds_makes_no_rule) {
  for (const char* condition : {"if FALSE", "unless TRUE", "if a FALSE", "if { ssl_fc }", "if a !TRUE"})
    EXPECT_TRUE(rules(condition).is_null()) << condition;
  EXPECT_EQ(rules("if !{ ssl_fc }", "redirect scheme https").dump(), R"([{"redirect":{"scheme":"https"}}])");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
