#include "l7/compile_stick.hpp"

#include <gtest/gtest.h>

#include "config/schema.hpp"

namespace poise::l7 {
namespace {

config::Config config_of(const std::string& text) {
  const auto config = config::parse(text);
  EXPECT_TRUE(config) << to_string(config.error().at(0));
  return config.value_or(config::Config{});
}

const char* usual = R"({"stick_tables": {
    "users": {"type": "string", "length_max": 20, "size": 100, "expire_ms": 60000,
      "store": [{"data": "gpc0"}, {"data": "http_req_rate", "period_ms": 10000}]},
    "clients": {"size": 100, "nopurge": true, "expire_ms": 5, "store": [{"data": "conn_cur"}]}},
  "frontends": {"f": {"transport": "kernel", "binds": [{"port": 80}], "default_backend": "b",
    "track": [{"table": "clients"}, {"table": "users", "key": "header", "name": "X-User"},
      {"table": "clients", "place": "request"}]}},
  "backends": {"b": {"transport": "kernel", "track": [{"table": "clients", "counter": 2}],
    "stick": [{"table": "users", "key": "cookie", "name": "ID"}, {"action": "match", "table": "users", "key": "path"},
      {"action": "store_response", "key": "header", "name": "X-Id", "table": "users"}]}}})";

void make_all(States& states, const config::Config& config) {
  States::StickTables tables;
  for (const auto& [name, wanted] : config.stick_tables)
    tables[name] = states.make_stick_table(config, name, Instant{});
  states.set_stick_tables(config, std::move(tables));
}

TEST(StickCompile, says_what_the_configuration_does) {
  States states(2);
  const auto config = config_of(usual);
  make_all(states, config);
  const auto tables = compile(config, config::ProxyTransport::kernel, 1, states);
  const auto& tracking = tables->frontends[0]->tracking;
  ASSERT_EQ(tracking.size(), 3u);
  EXPECT_FALSE(tracking[0].is_of_request);
  EXPECT_EQ(tracking[0].table, states.stick_table("clients").get());
  EXPECT_TRUE(tracking[1].is_of_request);
  EXPECT_EQ(tracking[1].counter, 1);
  EXPECT_EQ(tracking[1].key.name, "x-user");
  EXPECT_TRUE(tracking[2].is_of_request);
  EXPECT_TRUE(tables->backends[0]->tracking[0].is_of_request);
  EXPECT_EQ(tables->backends[0]->tracking[0].counter, 2);
  const auto& stick = tables->backends[0]->stick;
  ASSERT_EQ(stick.size(), 3u);
  EXPECT_TRUE(stick[0].matches && stick[0].stores && !stick[0].is_of_response);
  EXPECT_EQ(stick[0].key.name, "ID");
  EXPECT_TRUE(stick[1].matches && !stick[1].stores);
  EXPECT_TRUE(!stick[2].matches && stick[2].stores && stick[2].is_of_response);
  EXPECT_EQ(stick[2].key.kind, stick::Source::Kind::header);
  const stick::Shape& users = states.stick_table("users")->shape();
  EXPECT_TRUE(users.stores(stick::Data::server_id));  // because rules name it
  EXPECT_EQ(users.periods_ms[std::size_t(stick::Data::http_req_rate)], 10000u);
  EXPECT_FALSE(states.stick_table("clients")->shape().stores(stick::Data::server_id));
}

TEST(StickCompile, a_table_stays_as_long_as_its_name_type_and_size_do) {
  States states(1);
  config::Config config = config_of(usual);
  make_all(states, config);
  stick::Key key;
  make_key(stick::KeyType::string, 20, "ann", key);
  const auto first = states.stick_table("users");
  const stick::Table::Visit visit = states.control_visit(Instant{});
  first->add(first->take(key.view(), visit), stick::Data::gpc0, 5, visit);
  config.stick_tables.at("users").expire_ms = 1000;
  make_all(states, config);
  EXPECT_EQ(states.stick_table("users"), first);

  config.stick_tables.at("users").store.pop_back();
  make_all(states, config);
  const auto second = states.stick_table("users");
  EXPECT_NE(second, first);
  const std::uint32_t entry = second->find(key.view(), visit);
  ASSERT_NE(entry, stick::Table::none);
  EXPECT_EQ(second->read(entry, stick::Data::gpc0, visit), 5u);

  config.stick_tables.at("users").size = 200;
  make_all(states, config);
  EXPECT_EQ(states.stick_table("users")->find(key.view(), visit), stick::Table::none);
  config.stick_tables.erase("users");
  make_all(states, config);
  EXPECT_EQ(states.stick_table("users"), nullptr);
}

TEST(StickCompile, what_names_a_table_that_there_was_no_memory_for_does_nothing) {
  States states(1);
  const auto tables = compile(config_of(usual), config::ProxyTransport::kernel, 1, states);
  EXPECT_TRUE(tables->frontends[0]->tracking.empty());
  EXPECT_TRUE(tables->backends[0]->stick.empty());
}

}  // namespace
}  // namespace poise::l7
