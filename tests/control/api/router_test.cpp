#include "control/api/router.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "tests/control/fake_machine.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

std::string content_of(const std::string& path) {
  std::ifstream file(std::string(POISE_SOURCE_ROOT) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string filled(std::string pattern) {
  for (std::size_t at; (at = pattern.find('{')) != std::string::npos;)
    pattern.replace(at, pattern.find('}') - at + 1, at > 4 && pattern.substr(at - 4, 4) == "ons/" ? "1" : "web");
  return pattern;
}

TEST(Router, a_path_that_is_not_there_is_404_and_a_wrong_method_405_with_allow) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("GET", "/v1/nothing").status, 404);
  const Response response = appliance.ask("DELETE", "/v1/config");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.at("Allow"), "GET, PUT, PATCH");
}

TEST(Router, an_unknown_caller_is_401_and_one_with_too_little_role_403) {
  Appliance appliance;
  const Response unknown = appliance.ask_as(std::nullopt, "GET", "/v1/config");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.headers.at("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(appliance.ask_as(config::Role::read, "GET", "/v1/config").status, 200);
  EXPECT_EQ(appliance.ask_as(config::Role::read, "PUT", "/v1/config", "{}").status, 403);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "DELETE", "/v1/config/services/web").status, 200);
}

TEST(Router, nobody_unknown_gets_anything_from_any_route) {
  Appliance appliance;
  for (const Route& route : routes())
    EXPECT_EQ(appliance.ask_as(std::nullopt, route.method, filled(route.pattern)).status, 401) << route.pattern;
}

TEST(Router, every_get_route_answers_with_200_or_a_problem_document) {
  Appliance appliance;
  for (const Route& route : routes()) {
    if (route.method != "GET") continue;
    const Response response = appliance.ask("GET", filled(route.pattern));
    if (response.status == 200) continue;
    EXPECT_EQ(response.content_type, "application/problem+json") << route.pattern;
    EXPECT_LT(response.status, 500) << route.pattern << response.body;
    EXPECT_FALSE(json::parse(response.body)["errors"].empty()) << route.pattern;
  }
}

TEST(Router, every_route_is_in_the_documentation_and_in_openapi) {
  const std::string documentation = content_of("docs/api.md");
  ASSERT_FALSE(documentation.empty());
  const json description = openapi();
  for (const Route& route : routes()) {
    std::string path = route.pattern, method = route.method;
    if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    for (char& letter : method) letter = char(std::tolower(letter));
    EXPECT_TRUE(description["paths"].contains(path) && description["paths"][path].contains(method)) << path;
    std::string fixed = route.pattern.substr(0, route.pattern.find('{'));
    if (fixed.size() > 1 && fixed.ends_with('/')) fixed.pop_back();
    EXPECT_NE(documentation.find(fixed), std::string::npos) << route.pattern;
  }
}

TEST(Router, targets_are_decoded_and_malformed_ones_refused) {
  Request request;
  ASSERT_TRUE(parse_target("/v1/config/pools/a%20b?full=true&comment=x%26y", request));
  EXPECT_EQ(request.path, "/v1/config/pools/a b");
  EXPECT_EQ(request.query.at("full"), "true");
  EXPECT_EQ(request.query.at("comment"), "x&y");
  EXPECT_FALSE(parse_target("no slash", request));
  EXPECT_FALSE(parse_target("/bad%2", request));
  EXPECT_FALSE(parse_target("/nul%00", request));
}

TEST(Router, a_thousand_bad_requests_change_nothing_and_never_fail_inside) {
  Appliance appliance;
  std::mt19937 random(20);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> methods{"PUT", "PATCH", "DELETE", "POST", "GET"};
  const std::vector<std::string> paths{"/v1/config/services/web/pool",
                                       "/v1/config/nothing/x",
                                       "/v1/config/pools/web/servers/web1/address",
                                       "/v1/config/interfaces/lan/addresses/7",
                                       "/v1/config/services/web/ports",
                                       "/v1/config/pools/web/servers/none/drain",
                                       "/v1/pools/web/servers/web1/weight",
                                       "/v1/pools/none/servers/web1/drain",
                                       "/v1/config/rollback",
                                       "/v1/explain",
                                       "/v1/config/api/tokens/ci/sha256",
                                       "/v1/flows?limit=-1",
                                       "/v1/revisions/99999999999999999999",
                                       "/v1/help/x/y"};
  const std::vector<std::string> bodies{"",
                                        "{",
                                        "nul",
                                        "[[[[",
                                        "{\"weight\": -1}",
                                        "{\"revision\": \"x\"}",
                                        "{\"address\": 7}",
                                        "\"\\ud800\"",
                                        "[{\"op\": 3}]",
                                        "{\"revision\": 1e99}",
                                        "[{\"op\": \"add\", \"path\": \"/x/-/~2\", \"value\": 1}]",
                                        "{\"a\": {\"b\": {\"c\": [1]}}}",
                                        "18446744073709551616",
                                        "{\"weight\": 1e400}",
                                        std::string(5000, '['),
                                        "{\"deadline_ms\": \"x\"}",
                                        "\xff\xfe"};
  const std::vector<std::string> types{"application/json", "application/json-patch+json",
                                       "application/merge-patch+json", "x"};
  for (int i = 0; i < 1000; ++i) {
    appliance.content_type = pick(types);
    std::string body = pick(bodies);
    if (!body.empty() && random() % 2 == 0) body[random() % body.size()] = char(random() | 0x80);
    const std::string method = pick(methods), path = pick(paths);
    const Response response = appliance.ask(method, path, body);
    ASSERT_NE(response.status, 500) << method << path << body;
    if (response.status >= 400) {
      ASSERT_FALSE(json::parse(response.body)["title"].empty());
    }
    ASSERT_EQ(appliance.core.transactions().running(), appliance.first) << method << " " << path << " " << body;
  }
}

}  // namespace
}  // namespace poise::control::api
