#include "l7/compile.hpp"

#include <gtest/gtest.h>

#include "config/schema.hpp"

namespace poise::l7 {
namespace {

config::Config config_of(const std::string& text) {
  const auto config = config::parse(text);
  EXPECT_TRUE(config) << to_string(config.error().at(0));
  return config.value_or(config::Config{});
}

const char* usual = R"({"proxy": {"connections_max": 9},
  "log_servers": {"a": {"address": "10.0.0.1"}, "b": {"address": "10.0.0.2"}},
  "frontends": {"f": {"transport": "kernel",
    "binds": [{"port": 80}, {"address": "::1", "port": 81, "accept_proxy": true}], "default_backend": "b",
    "timeouts": {"client_ms": 7}, "log": {"format": "json", "servers": ["b"]}},
    "off": {"transport": "kernel", "enabled": false, "binds": [{"port": 82}]}},
  "backends": {"b": {"transport": "kernel", "balance": {"algorithm": "hdr", "name": "X-User", "hash_type": "maglev"},
    "servers": {"a": {"address": "10.0.0.1"}, "b": {"address": "10.0.0.2", "id": 1}, "c": {"address": "10.0.0.3"}}},
    "other": {}}})";

TEST(ProxyCompile, tables_say_what_the_configuration_does) {
  States states(2);
  const auto tables = compile(config_of(usual), config::ProxyTransport::kernel, 3, states);
  ASSERT_EQ(tables->frontends.size(), 1u);
  ASSERT_EQ(tables->backends.size(), 1u);
  const Frontend& frontend = *tables->frontends[0];
  const Backend& backend = *tables->backends[0];
  EXPECT_EQ(tables->revision, 3u);
  EXPECT_EQ(tables->connections_max, 9u);
  EXPECT_EQ(frontend.backend, &backend);
  EXPECT_EQ(frontend.timeouts.client, 7u);
  EXPECT_EQ(frontend.log_targets, 2u);
  ASSERT_EQ(tables->bindings.size(), 2u);
  EXPECT_EQ(tables->bindings[0].address, IpAddr::v4(0));
  EXPECT_TRUE(tables->bindings[1].accepts_proxy);
  EXPECT_EQ(backend.balance.algorithm, balance::Algorithm::hash);
  EXPECT_EQ(backend.balance.hash_type, balance::HashType::maglev);
  EXPECT_EQ(backend.key.kind, BalanceKey::Kind::header);
  EXPECT_EQ(backend.key.name, "x-user");
  EXPECT_EQ(backend.algorithm, "hdr");
}

TEST(ProxyCompile, a_key_of_a_balance_knows_whether_it_needs_the_name_that_a_client_asks_for) {
  for (const auto& [key, needs_sni] : {std::pair("%[src]", false), {"%[dst]%[req.ssl_sni]", true}}) {
    config::Config config;
    config.backends["b"] = {.mode = config::ProxyMode::tcp, .transport = config::ProxyTransport::kernel};
    config.backends["b"].balance = {.algorithm = config::BalanceAlgorithm::hash, .key = key};
    States states(1);
    const auto tables = compile(config, config::ProxyTransport::kernel, 1, states);
    const Backend& backend = *tables->backends.at(0);
    EXPECT_EQ(backend.balance.algorithm, balance::Algorithm::hash);
    EXPECT_EQ(backend.algorithm, "hash");
    EXPECT_EQ(backend.key.kind, BalanceKey::Kind::text);
    EXPECT_NE(backend.key.text, nullptr);
    EXPECT_EQ(backend.key.needs_sni, needs_sni) << key;
  }
}

TEST(ProxyCompile, servers_without_an_id_are_behind_the_others_by_name) {
  States states(1);
  const auto tables = compile(config_of(usual), config::ProxyTransport::kernel, 1, states);
  std::string order;
  for (const Server& server : tables->backends[0]->servers) order += server.name + std::to_string(server.id) + " ";
  EXPECT_EQ(order, "b1 a2 c3 ");
}

TEST(ProxyCompile, states_stay_with_their_names_and_go_with_them) {
  States states(1);
  config::Config config = config_of(usual);
  const auto first = compile(config, config::ProxyTransport::kernel, 1, states);
  const auto second = compile(config, config::ProxyTransport::kernel, 2, states);
  EXPECT_EQ(first->frontends[0]->state, second->frontends[0]->state);
  EXPECT_EQ(first->backends[0]->servers[1].state, second->backends[0]->servers[1].state);
  config.backends.at("b").servers.erase("a");
  states.forget_all_but(config);
  EXPECT_EQ(states.find_server("b", "a"), nullptr);
  EXPECT_NE(states.find_server("b", "b"), nullptr);
  EXPECT_EQ(second->backends[0]->servers[1].state->local.size(), 1u);  // as long as tables have it
}

TEST(ProxyCompile, the_key_of_hashes_is_the_node_s) {
  States states(1);
  const auto config = config_of(R"({"node": {"hash_key": "000102030405060708090a0b0c0d0eFf"}})");
  const auto tables = compile(config, config::ProxyTransport::kernel, 1, states);
  EXPECT_EQ(tables->hash_key.octets[1], 1);
  EXPECT_EQ(tables->hash_key.octets[15], 0xff);
}

}  // namespace
}  // namespace poise::l7
