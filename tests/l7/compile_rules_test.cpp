#include "l7/compile_rules.hpp"

#include "l7/compile.hpp"
#include "l7/rules/content_rules.hpp"
#include "tests/l7/rules/judged.hpp"
#include "tests/support/l7/rules_of.hpp"

namespace poise::l7 {
namespace {

using rules::ContentRules;

std::shared_ptr<const ContentRules> compiled(const std::string& frontend, Frontend& into, bool is_tcp = false,
                                             const RuleFiles& files = {}) {
  const config::Config config = rules_config(frontend, "", is_tcp);
  into.mode = is_tcp ? Mode::tcp : Mode::http;
  return compile_rules(config.frontends.at("web"), files, {}, into);
}

// Whether the first rule on requests fits a request.
bool fits(const std::string& match, const std::string& head, const RuleFiles& files = {}) {
  Frontend frontend;
  const auto content =
      compiled(R"("request_rules": [{"match": )" + match + R"(, "deny": {}}])", frontend, false, files);
  rules::Judged judged(head);
  return holds(content->requests.at(0).match, judged.subject);
}

TEST(CompileRules, conditions_mean_what_they_say) {
  struct Row {
    const char* match;
    bool is_met;
  };
  const std::string head =
      "GET /a.PNG?x=5 HTTP/1.1\r\nHost: Shop.Example:1\r\nUser-Agent: Bot/1\r\nCookie: s=1\r\n\r\n";
  const RuleFiles files{{"/bots", "# list\nspider\nbot\n"}, {"/nets", "192.0.2.0/24\nno prefix\n"}};
  for (const Row& row : {
           Row{R"({"path": {"suffix": [".png"]}})", false},
           Row{R"({"path": {"suffix": [".png"], "case_insensitive": true}})", true},
           Row{R"({"host": {"exact": ["shop.example"]}})", true},
           Row{R"({"headers": [{"name": "User-Agent", "file": "/bots", "file_as": "substring",
                  "case_insensitive": true}]})",
               true},
           Row{R"({"headers": [{"name": "User-Agent", "file": "/none"}]})", false},
           Row{R"({"headers": [{"name": "User-Agent"}, {"name": "x", "present": false}]})", true},
           Row{R"({"cookies": [{"name": "s", "exact": ["1"]}], "parameters": [{"name": "x", "min": 5, "max": 5}]})",
               true},
           Row{R"({"parameters": [{"name": "x", "max": 4}]})", false},
           Row{R"({"source_file": "/nets"})", true},
           Row{R"({"source": ["10.0.0.0/8"]})", false},
           Row{R"({"destination_ports": ["any"]})", true},
           Row{R"({"destination_ports": ["81-90", 80]})", true},
           Row{R"({"methods": ["POST"]})", false},
           Row{R"({"not": [{"methods": ["POST"]}]})", true},
           Row{R"({"any": [{"methods": ["POST"]}, {"url": {"regex": ["x=[0-9]$"]}}]})", true},
           Row{R"({"query": {"exact": ["x=5"]}, "not": [{"methods": ["GET"]}]})", false},
           Row{R"({})", true},
       })
    EXPECT_EQ(fits(row.match, head, files), row.is_met) << row.match;
}

TEST(CompileRules, actions_become_those_of_the_proxy) {
  Frontend frontend;
  const auto content = compiled(R"("request_rules": [{"allow": true}, {"deny": {"body": "x"}}, {"tarpit": {}},
    {"reject": true}, {"silent_drop": true}, {"redirect": {"prefix": "/x", "clear_cookie": "C"}}, {"return": {}},
    {"add_header": {"name": "A", "value": "b"}}, {"set_header": {"name": "A", "value": "b"}},
    {"del_header": {"name": "A"}}, {"replace_header": {"name": "A", "regex": "b", "with": "c"}}, {"set_path": "/"},
    {"replace_path": {"regex": "b", "with": "/c"}}, {"set_query": ""}, {"set_method": "POST"},
    {"set_priority": {"class": -1}}, {"capture": {"value": "x", "length_max": 5}}, {"no_log": true}],
    "response_rules": [{"deny": {}}, {"set_status": {"status": 404}}])",
                                frontend);
  const rules::RuleList& list = content->requests;
  ASSERT_EQ(list.size(), 18u);
  EXPECT_TRUE(std::holds_alternative<rules::Allow>(list[0].action));
  EXPECT_EQ(std::get<rules::Deny>(list[1].action).status, 403);
  EXPECT_EQ(std::get<rules::Deny>(list[1].action).content->type, "text/html");
  EXPECT_EQ(std::get<rules::Tarpit>(list[2].action).status, 500);
  EXPECT_TRUE(std::holds_alternative<rules::Reject>(list[3].action));
  EXPECT_TRUE(std::holds_alternative<rules::SilentDrop>(list[4].action));
  EXPECT_EQ(std::get<rules::Redirect>(list[5].action).cookie, "set-cookie: C=; path=/; Max-Age=0;\r\n");
  EXPECT_FALSE(std::get<rules::Return>(list[6].action).content);
  EXPECT_EQ(std::get<rules::AddHeader>(list[7].action).name, "a");
  EXPECT_EQ(std::get<rules::SetHeader>(list[8].action).name, "a");
  EXPECT_TRUE(std::get<rules::RemoveHeaders>(list[9].action).names.matches("a"));
  EXPECT_EQ(std::get<rules::ReplaceHeader>(list[10].action).name, "a");
  EXPECT_TRUE(std::holds_alternative<rules::SetPath>(list[11].action));
  EXPECT_TRUE(std::holds_alternative<rules::ReplacePath>(list[12].action));
  EXPECT_TRUE(std::holds_alternative<rules::SetQuery>(list[13].action));
  EXPECT_FALSE(std::get<rules::SetMethod>(list[14].action).is_idempotent);
  EXPECT_EQ(std::get<rules::SetPriority>(list[15].action).priority_class, -1);
  EXPECT_EQ(std::get<rules::CaptureText>(list[16].action).slot, 0);
  EXPECT_EQ(frontend.request_captures.at(0).length_max, 5u);
  EXPECT_TRUE(std::holds_alternative<rules::NoLog>(list[17].action));
  EXPECT_EQ(std::get<rules::Deny>(content->responses.at(0).action).status, 502);
  EXPECT_EQ(std::get<rules::SetStatus>(content->responses.at(1).action).reason, "Not Found");
}

TEST(CompileRules, a_first_message_is_waited_for_only_where_a_rule_asks_for_it) {
  Frontend frontend;
  const char* by_source = R"("connection_rules": [{"match": {"source": ["10.0.0.0/8"]}, "reject": true}])";
  const char* by_name = R"("inspect_delay_ms": 70, "connection_rules": [{"match": {"not": [{"sni": {"exact": ["a"]}}]},
    "reject": true}])";
  const char* backend_by_name = R"("backend_rules": [{"match": {"sni": {"exact": ["a"]}}, "backend": "servers"}])";
  EXPECT_EQ(compiled(by_source, frontend, true)->inspect_delay_ms, 0u);
  EXPECT_EQ(compiled(by_name, frontend, true)->inspect_delay_ms, 70u);
  EXPECT_EQ(compiled(backend_by_name, frontend, true)->inspect_delay_ms, 5000u);
  const auto by_map = [](const std::string& key) {
    return R"("backend_rules": [{"map": {"key": ")" + key + R"(", "file": "/m"}}])";
  };
  EXPECT_EQ(compiled(by_map("%[src]"), frontend, true, {{"/m", ""}})->inspect_delay_ms, 0u);
  EXPECT_EQ(compiled(by_map("%[ssl_fc_sni]"), frontend, true, {{"/m", ""}})->inspect_delay_ms, 5000u);
}

TEST(CompileRules, a_first_message_is_waited_for_where_a_map_leads_to_a_backend_that_finds_servers_by_it) {
  States states(1);
  Frontend frontend;
  frontend.mode = Mode::tcp;
  const std::string rules =
      R"("backend_rules": [{"map": {"key": "%[src]", "file": "/m", "default": "servers"}}], "default_backend": null)";
  const config::Config config = rules_config(rules, "", true);
  Backend keyed;
  keyed.mode = Mode::tcp;
  const auto delay_ms = [&] {
    return compile_rules(config.frontends.at("web"), {{"/m", "192.0.2.1 servers"}}, {{"servers", &keyed}}, frontend)
        ->inspect_delay_ms;
  };
  EXPECT_EQ(delay_ms(), 0u);
  keyed.key.needs_sni = true;
  EXPECT_EQ(delay_ms(), 5000u);
}

TEST(CompileRules, a_first_message_is_waited_for_where_a_backend_finds_servers_by_the_name_in_it) {
  const auto content = [](const char* key) {
    States states(1);
    const std::string balance = R"("balance": {"algorithm": "hash", "key": ")" + std::string(key) + "\"}";
    const auto tables = compile(rules_config("", balance, true), config::ProxyTransport::kernel, 1, states);
    return tables->frontends.at(0)->content;
  };
  EXPECT_EQ(content("%[src]"), nullptr);
  ASSERT_NE(content("%[ssl_fc_sni]"), nullptr);
  EXPECT_EQ(content("%[ssl_fc_sni]")->inspect_delay_ms, 5000u);
}

TEST(CompileRules, without_rules_there_are_none) {
  Frontend frontend;
  EXPECT_EQ(compiled("", frontend), nullptr);
  EXPECT_EQ(compile_rules(config::Backend{}, {}), nullptr);
}

TEST(CompileRules, are_a_part_of_the_tables) {
  States states(1);
  const config::Config config =
      rules_config(R"("backend_rules": [{"backend": "other"}])",
                   R"("request_rules": [{"deny": {}}], "timeouts": {"tarpit_ms": 0, "connect_ms": 70})");
  const auto tables = compile(config, config::ProxyTransport::kernel, 1, states);
  EXPECT_EQ(tables->frontends.at(0)->content->backends.at(0).backend, tables->backends.at(0).get());
  EXPECT_EQ(tables->backends.at(0)->content, nullptr);
  EXPECT_EQ(tables->backends.at(1)->content->requests.size(), 1u);
  EXPECT_EQ(tables->backends.at(1)->timeouts.tarpit, 70u);
  EXPECT_EQ(tables->frontends.at(0)->timeouts.tarpit, 5000u);
}

}  // namespace
}  // namespace poise::l7
