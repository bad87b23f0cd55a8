#include <gtest/gtest.h>

#include "control/metrics/prometheus.hpp"
#include "control/proxy/proxies.hpp"
#include "tests/control/fake_machine.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

class BackendHandlersTest : public testing::Test {
 protected:
  static json document() {
    json all = small_document();
    // Nobody listens there, and nobody looks: the first check is a day away.
    all["backends"]["b"] = json::parse(R"({"transport": "kernel", "check": {"inter_ms": 86400000},
      "servers": {"a": {"address": "127.0.0.1", "port": 1, "weight": 50, "check": {"enabled": false}},
                  "s": {"address": "127.0.0.1", "port": 1, "weight": 40,
                        "agent": {"port": 1, "inter_ms": 86400000}}}})");
    return all;
  }
  Response post(const std::string& what, const std::string& body, const std::string& server = "s") {
    return appliance.ask("POST", "/v1/backends/b/servers/" + server + "/" + what, body);
  }
  json server(std::size_t number = 1) { return appliance.get("/v1/backends/b")["servers"][number]; }
  Instant now{1h};
  proxy::Proxies proxies{{.clock = [this] { return now; }, .since_1970 = [] { return Duration(0); }, .version = "1"}};
  Appliance appliance{document(), 1, &proxies};
};

TEST_F(BackendHandlersTest, a_server_is_drained_taken_out_and_made_ready_again) {
  EXPECT_EQ(post("state", R"({"state": "drain", "deadline_ms": 60000})").status, 200);
  EXPECT_EQ(server()["admin"], "drain");
  EXPECT_EQ(server()["drain"]["deadline_ms"], 60000);
  const Response out = post("state", R"({"state": "maint"})");
  EXPECT_EQ(json::parse(out.body)["status"], "MAINT");
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/backends/b", R"({"retries": 1})").status, 200);
  EXPECT_EQ(server()["status"], "MAINT") << "it is no part of the configuration";
  EXPECT_EQ(post("state", R"({"state": "ready"})").status, 200);
  EXPECT_EQ(server()["admin"], "ready");
  EXPECT_FALSE(server().contains("drain"));
}

TEST_F(BackendHandlersTest, a_weight_is_absolute_or_a_share_of_the_configured_one) {
  post("weight", R"({"weight": 7})");
  EXPECT_EQ(server()["weight"], 7);
  post("weight", R"({"percent": 50})");
  EXPECT_EQ(server()["weight"], 20);
  post("weight", R"({"weight": null})");
  EXPECT_EQ(server()["weight"], 40);
}

TEST_F(BackendHandlersTest, health_and_agent_are_as_forced) {
  EXPECT_EQ(json::parse(post("health", R"({"health": "down"})").body)["status"], "DOWN");
  EXPECT_EQ(json::parse(post("health", R"({"health": "up"})").body)["status"], "UP");
  EXPECT_EQ(json::parse(post("health", R"({"health": "stopping"})").body)["status"], "NOLB");
  EXPECT_EQ(json::parse(post("agent", R"({"agent": "down"})").body)["status"], "DOWN (agent)");
  EXPECT_EQ(post("agent", R"({"checks": false})").status, 200);
  EXPECT_FALSE(server().contains("agent"));
  EXPECT_EQ(post("health", R"({"checks": false, "health": "up"})").status, 200);
  EXPECT_EQ(server()["status"], "no check");
}

TEST_F(BackendHandlersTest, what_can_t_be_done_is_refused_with_a_reason) {
  EXPECT_EQ(post("agent", R"({"agent": "down"})", "a").status, 409);
  EXPECT_EQ(post("health", R"({"checks": true})", "a").status, 409);
  EXPECT_EQ(post("state", R"({"state": "ready"})", "none").status, 404);
  for (const auto& [what, body] :
       std::initializer_list<std::pair<const char*, const char*>>{{"state", "{"},
                                                                  {"state", "{}"},
                                                                  {"state", "[]"},
                                                                  {"state", R"({"state": "up"})"},
                                                                  {"state", R"({"state": "ready", "deadline_ms": 5})"},
                                                                  {"state", R"({"state": "drain", "deadline_ms": -5})"},
                                                                  {"state", R"({"state": "drain", "why": 1})"},
                                                                  {"weight", R"({"weight": 257})"},
                                                                  {"weight", R"({"percent": null})"},
                                                                  {"weight", R"({"weight": 1, "percent": 1})"},
                                                                  {"health", R"({"health": "ill"})"},
                                                                  {"health", R"({"checks": "on"})"},
                                                                  {"agent", R"({"agent": "stopping"})"}})
    EXPECT_EQ(post(what, body).status, 400) << what << body;
}

TEST_F(BackendHandlersTest, metrics_tell_of_health) {
  post("health", R"({"health": "down"})");
  const std::string text = prometheus_text(appliance.core);
  EXPECT_NE(text.find("poise_backend_server_up{backend=\"b\",server=\"s\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("poise_backend_server_up{backend=\"b\",server=\"a\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("poise_backend_server_downs_total{backend=\"b\",server=\"s\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("poise_backend_active_servers{backend=\"b\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace poise::control::api
