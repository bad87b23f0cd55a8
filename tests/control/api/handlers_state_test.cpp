#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

TEST(StateHandlers, status_tells_name_version_and_revision) {
  Appliance appliance;
  appliance.pass(5s);
  const json status = appliance.get("/v1/status");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["revision"], 1);
  EXPECT_EQ(status["uptime_ms"], 5000);
}

TEST(StateHandlers, lists_have_what_is_configured_and_single_ones_are_found_by_name) {
  Appliance appliance;
  EXPECT_EQ(appliance.get("/v1/services")[0]["name"], "web");
  EXPECT_EQ(appliance.get("/v1/services/web")["servers"].size(), 2u);
  EXPECT_EQ(appliance.get("/v1/pools/web")["name"], "web");
  EXPECT_EQ(appliance.ask("GET", "/v1/services/none").status, 404);
  EXPECT_EQ(appliance.ask("GET", "/v1/pools/none").status, 404);
  EXPECT_EQ(appliance.get("/v1/interfaces").size(), 2u);
  EXPECT_EQ(appliance.get("/v1/workers").size(), 2u);
  EXPECT_FALSE(appliance.get("/v1/drops").empty());
  EXPECT_FALSE(appliance.get("/v1/stages").empty());
  EXPECT_FALSE(appliance.get("/v1/routes").empty());
  EXPECT_TRUE(appliance.get("/v1/neighbors").is_array());
}

TEST(StateHandlers, a_removed_vlan_leaves_no_interface_behind) {
  Appliance appliance;
  const auto patch = [&](const char* vlans) {
    appliance.content_type = "application/merge-patch+json";
    const Response response =
        appliance.ask("PATCH", "/v1/config", std::string(R"({"interfaces": {"lan": {"vlans": )") + vlans + "}}}");
    EXPECT_EQ(response.status, 200) << response.body;
    return appliance.get("/v1/interfaces").size();
  };
  EXPECT_EQ(patch(R"({"dmz": {"id": 100, "addresses": ["198.51.100.1/24"]}})"), 3u);
  EXPECT_EQ(patch(R"({"dmz": null})"), 2u);
}

TEST(StateHandlers, health_is_503_once_a_worker_is_stalled) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("GET", "/v1/health").status, 200);
  appliance.core.tick(appliance.now + 1h);
  EXPECT_EQ(appliance.ask("GET", "/v1/health").status, 503);
}

TEST(StateHandlers, explain_names_service_and_server) {
  Appliance appliance;
  const Response response = appliance.ask(
      "POST", "/v1/explain", R"({"protocol": "tcp", "source": "192.0.2.7:5555", "destination": "192.0.2.100:80"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const json verdict = json::parse(response.body);
  EXPECT_EQ(verdict["service"], "web");
  EXPECT_TRUE(verdict["server"] == "web1" || verdict["server"] == "web2") << verdict;
  EXPECT_EQ(verdict["interface"], "inside");
  EXPECT_TRUE(verdict["drop"].is_null());
}

TEST(StateHandlers, explain_refuses_with_every_error) {
  Appliance appliance;
  const auto refused = [&](const char* body) { return appliance.ask("POST", "/v1/explain", body); };
  const Response all = refused(R"({"protocol": "tpc", "source": "x", "destination": "192.0.2.1:99999"})");
  EXPECT_EQ(all.status, 400);
  EXPECT_EQ(json::parse(all.body)["errors"].size(), 3u);
  EXPECT_EQ(refused(R"({"protocol": "6", "source": "2001:db8::1", "destination": "192.0.2.1:9"})").status, 400);
  EXPECT_EQ(refused("[]").status, 400);
  EXPECT_EQ(refused("").status, 400);
}

TEST(StateHandlers, packets_may_hold_a_password_and_are_not_for_readers) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("GET", "/v1/vrrp/VI_1/packets").status, 404);
  EXPECT_EQ(appliance.ask_as(config::Role::read, "GET", "/v1/vrrp/VI_1/packets").status, 403);
}

TEST(StateHandlers, openapi_is_served) {
  Appliance appliance;
  EXPECT_EQ(appliance.get("/v1/openapi.json")["openapi"], "3.1.0");
}

}  // namespace
}  // namespace poise::control::api
