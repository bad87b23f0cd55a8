#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

int weight(const Appliance& appliance) {
  return appliance.core.transactions().running().pools.at("web").servers.at("web1").weight;
}

TEST(ConfigHandlers, get_gives_the_document_or_a_part_with_the_revision_as_its_tag) {
  Appliance appliance;
  const Response response = appliance.ask("GET", "/v1/config");
  EXPECT_EQ(response.headers.at("ETag"), "\"1\"");
  EXPECT_EQ(config_of(json::parse(response.body)), appliance.first);
  EXPECT_EQ(appliance.get("/v1/config/services/web/pool"), "web");
  EXPECT_FALSE(json::parse(response.body)["services"]["web"].contains("scheduler"));
  EXPECT_TRUE(appliance.get("/v1/config?full=true")["services"]["web"].contains("scheduler"));
  EXPECT_EQ(appliance.ask("GET", "/v1/config/services/none").status, 404);
}

TEST(ConfigHandlers, put_replaces_a_part_or_the_whole) {
  Appliance appliance;
  const Response part = appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "7");
  EXPECT_EQ(part.status, 200) << part.body;
  EXPECT_EQ(part.headers.at("ETag"), "\"2\"");
  EXPECT_EQ(weight(appliance), 7);
  EXPECT_EQ(appliance.ask("PUT", "/v1/config", small_document().dump()).status, 200);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
}

TEST(ConfigHandlers, patch_knows_merge_and_json_patches_and_no_other) {
  Appliance appliance;
  appliance.content_type = "application/merge-patch+json";
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config", R"({"pools":{"web":{"servers":{"web1":{"weight":3}}}}})").status, 200);
  EXPECT_EQ(weight(appliance), 3);
  appliance.content_type = "application/json-patch+json; charset=utf-8";
  const char* operations = R"([{"op":"replace","path":"/weight","value":5}])";
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/pools/web/servers/web1", operations).status, 200);
  EXPECT_EQ(weight(appliance), 5);
  appliance.content_type = "text/plain";
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config", "{}").status, 415);
}

TEST(ConfigHandlers, who_may_only_read_sees_no_secrets) {
  json document = small_document();
  document["node"]["hash_key"] = "00112233445566778899aabbccddeeff";
  Appliance appliance(document);
  for (const char* path :
       {"/v1/config", "/v1/config?full=true", "/v1/config/api/tokens/ci", "/v1/config/node", "/v1/revisions/1"}) {
    const std::string shown = appliance.ask_as(config::Role::read, "GET", path).body;
    EXPECT_NE(shown.find("(secret)"), std::string::npos) << path;
    EXPECT_EQ(shown.find("2bb80d53"), std::string::npos) << path;
    EXPECT_EQ(shown.find("00112233"), std::string::npos) << path;
  }
  EXPECT_EQ(appliance.get("/v1/config/node/hash_key"), "00112233445566778899aabbccddeeff");
}

TEST(ConfigHandlers, only_an_admin_changes_who_may_do_what) {
  Appliance appliance;
  const auto role = [&](config::Role caller) {
    return appliance.ask_as(caller, "PUT", "/v1/config/api/tokens/ci/role", "\"admin\"").status;
  };
  EXPECT_EQ(role(config::Role::operate), 403);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "PUT", "/v1/config/icmp/echo", "false").status, 200);
  EXPECT_EQ(role(config::Role::admin), 200);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "POST", "/v1/config/rollback", R"({"revision": 1})").status, 403);
}

TEST(ConfigHandlers, only_an_admin_changes_what_health_checks_run) {
  Appliance appliance;
  const char *path = "/v1/config/pools/web/checks/c",
             *program = R"({"kind": "exec", "exec": {"command": ["/bin/true"]}})";
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "PUT", path, program).status, 403);
  EXPECT_EQ(appliance.ask_as(config::Role::admin, "PUT", path, program).status, 200);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "PUT", std::string(path) + "/interval_ms", "500").status, 200);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "PUT", "/v1/config/pools/web/servers/web1/checks", "{}").status,
            200);
  EXPECT_EQ(appliance.ask_as(config::Role::operate, "PUT", std::string(path) + "/exec/user", "\"root\"").status, 403);
}

TEST(ConfigHandlers, which_programs_are_run_is_for_admins_only) {
  Appliance appliance;
  for (const char* body : {R"({"pools": {"web": {"checks": {"c": {"kind": "exec", "exec": {"command": ["/a"]}}}}}})",
                           R"({"pools": {"web": {"servers": {"web1": {"checks": {
                               "c": {"kind": "exec", "exec": {"command": ["/b"]}}}}}}}})",
                           R"({"vrrp": {"scripts": {"s": {"command": ["/c"]}}}})"}) {
    EXPECT_EQ(appliance.ask_as(config::Role::operate, "PATCH", "/v1/config", body).status, 403) << body;
    EXPECT_EQ(appliance.ask_as(config::Role::admin, "PATCH", "/v1/config", body).status, 200) << body;
  }
  EXPECT_EQ(appliance
                .ask_as(config::Role::operate, "PATCH", "/v1/config",
                        R"({"pools": {"web": {"checks": {"t": {"kind": "tcp"}}}}})")
                .status,
            200);
}

TEST(ConfigHandlers, delete_removes_a_part) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("DELETE", "/v1/config/pools/web/servers/web2").status, 200);
  EXPECT_FALSE(appliance.core.transactions().running().pools.at("web").servers.contains("web2"));
  EXPECT_EQ(appliance.ask("DELETE", "/v1/config/pools/web/servers/web2").status, 404);
}

TEST(ConfigHandlers, an_invalid_document_is_422_with_every_error) {
  Appliance appliance;
  json document = small_document();
  document["services"]["web"]["pool"] = "none";
  document["services"]["mail"] = {{"address", "192.0.2.101"}, {"ports", 25}, {"pool", "neither"}};
  const Response response = appliance.ask("PUT", "/v1/config", document.dump());
  EXPECT_EQ(response.status, 422);
  EXPECT_GE(json::parse(response.body)["errors"].size(), 2u) << response.body;
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  EXPECT_EQ(appliance.ask("PUT", "/v1/config", "{").status, 400);
}

TEST(ConfigHandlers, a_change_of_another_revision_is_412_and_one_during_a_confirmation_409) {
  Appliance appliance;
  appliance.if_match = "\"1\"";
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight?confirm_s=60", "7").status, 200);
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "8").status, 412);
  appliance.if_match = "W/\"2\"";
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "8").status, 409);
  appliance.if_match = "word";
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "8").status, 400);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/confirm").status, 200);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/confirm").status, 409);
  EXPECT_EQ(weight(appliance), 7);
}

TEST(ConfigHandlers, a_full_disk_is_507_and_changes_nothing) {
  Appliance appliance;
  appliance.storage.broken = true;
  EXPECT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "7").status, 507);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
}

TEST(ConfigHandlers, plan_and_dry_run_tell_the_changes_and_make_none) {
  Appliance appliance;
  json document = small_document();
  document["pools"]["web"]["servers"]["web1"]["weight"] = 7;
  for (const auto& [method, target] :
       {std::pair("POST", "/v1/config/plan"), std::pair("PUT", "/v1/config?dry_run=true")}) {
    const Response response = appliance.ask(method, target, document.dump());
    EXPECT_EQ(response.status, 200);
    const json changes = json::parse(response.body)["changes"];
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0]["path"], "pools.web.servers.web1.weight");
    EXPECT_EQ(changes[0]["kind"], "update");
  }
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/plan", R"({"services": 7})").status, 422);
}

TEST(ConfigHandlers, servers_are_drained_disabled_enabled_and_weighed) {
  Appliance appliance;
  const auto server = [&] { return appliance.core.transactions().running().pools.at("web").servers.at("web1"); };
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/drain", R"({"deadline_ms": 5000})").status, 200);
  EXPECT_EQ(server().state, config::ServerState::drain);
  EXPECT_EQ(server().drain_deadline_ms, 5000u);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/disable").status, 200);
  EXPECT_EQ(server().state, config::ServerState::down);
  EXPECT_FALSE(server().drain_deadline_ms);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/enable").status, 200);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/weight", R"({"weight": 9})").status, 200);
  EXPECT_EQ(server().weight, 9);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/weight", "{}").status, 400);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/web1/drain", R"({"deadline": 1})").status, 400);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/web/servers/none/drain").status, 404);
  EXPECT_EQ(appliance.ask("POST", "/v1/pools/none/servers/web1/drain").status, 404);
}

TEST(ConfigHandlers, revisions_are_listed_shown_and_brought_back) {
  Appliance appliance;
  ASSERT_EQ(appliance.ask("PUT", "/v1/config/pools/web/servers/web1/weight?comment=more", "7").status, 200);
  const json list = appliance.get("/v1/revisions");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["revision"], 2);
  EXPECT_EQ(list[0]["comment"], "more");
  EXPECT_EQ(list[0]["time"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(appliance.get("/v1/revisions/1")["document"], config::to_json_brief(appliance.first));
  EXPECT_EQ(appliance.ask("GET", "/v1/revisions/9").status, 404);
  EXPECT_EQ(appliance.ask("GET", "/v1/revisions/word").status, 404);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/rollback", R"({"revision": 9})").status, 404);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/rollback", R"({"revision": "x"})").status, 400);
  EXPECT_EQ(appliance.ask("POST", "/v1/config/rollback", R"({"revision": 1})").status, 200);
  EXPECT_EQ(appliance.core.transactions().running(), appliance.first);
}

TEST(ConfigHandlers, schema_and_help_describe_every_field) {
  Appliance appliance;
  EXPECT_TRUE(appliance.get("/v1/schema").contains("properties"));
  EXPECT_FALSE(appliance.get("/v1/help/services/web/scheduler")["text"].get<std::string>().empty());
  EXPECT_EQ(appliance.ask("GET", "/v1/help/nonsense").status, 404);
}

}  // namespace
}  // namespace poise::control::api
