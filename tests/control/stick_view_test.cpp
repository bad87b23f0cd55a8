#include "control/stick_view.hpp"

#include <gtest/gtest.h>

#include "control/metrics/prometheus.hpp"
#include "control/proxy/proxies.hpp"
#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

using l7::stick::Data;
using l7::stick::Table;
using nlohmann::json;

class StickViewTest : public testing::Test {
 protected:
  static json document() {
    json all = small_document();
    all["stick_tables"]["clients"] = {
        {"size", 100},
        {"expire_ms", 60000},
        {"store", {{{"data", "gpc0"}}, {{"data", "conn_cur"}}, {{"data", "http_req_rate"}, {"period_ms", 10000}}}}};
    all["stick_tables"]["users"] = {{"type", "string"}, {"size", 10}};
    return all;
  }
  // What a proxy would do.
  std::uint32_t hold(const char* address) {
    l7::stick::Key key;
    Table& table = *proxies.states().stick_table("clients");
    EXPECT_TRUE(parse_key(table.shape().type, table.shape().length, address, key));
    const Table::Visit visit = proxies.states().control_visit(proxies.now());
    const std::uint32_t entry = table.take(key.view(), visit);
    table.count(entry, l7::stick::requests, 7, visit);
    return entry;
  }
  Instant now = Instant(std::chrono::hours(1));
  proxy::Proxies proxies{{.clock = [this] { return now; }, .since_1970 = [] { return Duration(1'700'000'000s); }}};
};

TEST_F(StickViewTest, tables_are_listed_with_what_they_store_and_have) {
  Appliance appliance(document(), 1, &proxies);
  hold("192.0.2.1");
  const json list = appliance.get("/v1/stick_tables");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["name"], "clients");
  EXPECT_EQ(list[0]["type"], "ip");
  EXPECT_EQ(list[0]["size"], 100);
  EXPECT_EQ(list[0]["entries"], 1);
  EXPECT_EQ(list[0]["store"][2], (json{{"data", "http_req_rate"}, {"period_ms", 10000}}));
  EXPECT_NE(prometheus_text(appliance.core).find("poise_stick_table_entries{table=\"clients\"} 1\n"),
            std::string::npos);
}

TEST_F(StickViewTest, entries_are_shown_and_filtered) {
  Appliance appliance(document(), 1, &proxies);
  hold("192.0.2.1");
  const std::uint32_t second = hold("192.0.2.2");
  proxies.states().stick_table("clients")->release(second);
  const json table = appliance.get("/v1/stick_tables/clients?key=192.0.2.1");
  ASSERT_EQ(table["list"].size(), 1u);
  EXPECT_EQ(table["list"][0], (json{{"key", "192.0.2.1"},
                                    {"use", 1},
                                    {"expires_in_ms", 60000},
                                    {"gpc0", 0},
                                    {"conn_cur", 0},
                                    {"http_req_rate", 7}}));
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients")["list"].size(), 2u);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients?limit=1")["list"].size(), 1u);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients?data=http_req_rate&above=6")["list"].size(), 2u);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients?data=http_req_rate&above=7")["list"].size(), 0u);
  EXPECT_EQ(appliance.ask("GET", "/v1/stick_tables/none").status, 404);
  EXPECT_EQ(appliance.ask("GET", "/v1/stick_tables/clients?key=192.0.2.9").status, 404);
  EXPECT_EQ(appliance.ask("GET", "/v1/stick_tables/clients?data=none").status, 400);
  EXPECT_EQ(appliance.ask("GET", "/v1/stick_tables/clients?limit=x").status, 400);
  EXPECT_EQ(appliance.ask("GET", "/v1/stick_tables/clients?what=x").status, 400);
}

TEST_F(StickViewTest, an_operator_sets_and_removes_entries_that_nobody_uses) {
  Appliance appliance(document(), 1, &proxies);
  const std::string entry = "/v1/stick_tables/clients/entries/192.0.2.1";
  EXPECT_EQ(appliance.ask("POST", entry, R"({"gpc0": 5})").status, 200);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients?key=192.0.2.1")["list"][0]["gpc0"], 5);
  EXPECT_EQ(appliance.ask("POST", entry, R"({"gpt0": 5})").status, 409);  // not stored
  EXPECT_EQ(appliance.ask("POST", entry, R"({"conn_cur": 5})").status, 400);
  EXPECT_EQ(appliance.ask("POST", entry, R"({"gpc0": 4294967296})").status, 400);
  EXPECT_EQ(appliance.ask("POST", entry, "[]").status, 400);
  EXPECT_EQ(appliance.ask("POST", "/v1/stick_tables/clients/entries/none", R"({"gpc0": 5})").status, 400);
  const std::uint32_t held = hold("192.0.2.1");
  EXPECT_EQ(appliance.ask("DELETE", entry).status, 409);
  hold("192.0.2.2");
  EXPECT_EQ(json::parse(appliance.ask("POST", "/v1/stick_tables/clients/clear").body),
            (json{{"removed", 0}, {"in_use", 2}}));
  proxies.states().stick_table("clients")->release(held);
  EXPECT_EQ(appliance.ask("DELETE", entry).status, 200);
  EXPECT_EQ(appliance.ask("DELETE", entry).status, 404);
  EXPECT_EQ(appliance.ask("DELETE", "/v1/stick_tables/none/entries/192.0.2.1").status, 404);
}

TEST_F(StickViewTest, a_table_stays_over_a_commit_that_does_not_change_its_shape) {
  Appliance appliance(document(), 1, &proxies);
  hold("192.0.2.1");
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/stick_tables/clients", R"({"expire_ms": 1000})").status, 200);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients?key=192.0.2.1")["list"][0]["expires_in_ms"], 1000);
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/stick_tables/clients", R"({"size": 200})").status, 200);
  EXPECT_EQ(appliance.get("/v1/stick_tables/clients")["list"].size(), 0u);
  EXPECT_EQ(appliance.ask("DELETE", "/v1/config/stick_tables/users").status, 200);
  EXPECT_EQ(appliance.get("/v1/stick_tables").size(), 1u);
}

}  // namespace
}  // namespace poise::control
