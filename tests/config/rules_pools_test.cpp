#include "config/types/limits.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(RulesPools, a_server_is_another_host_and_listed_once) {
  const auto server = [](const std::string& text) { return R"({"pools": {"web": {"servers": {"c": )" + text + "}}}}"; };
  for (const Refusal& row :
       {Refusal{server(R"({"address": "224.0.0.1"})"), "pools.web.servers.c.address", "multicast"},
        Refusal{server(R"({"address": "10.0.0.1"})"), "pools.web.servers.c.address",
                "this node's own address, at interfaces.lan.addresses[0]"},
        Refusal{server(R"({"address": "203.0.113.10"})"), "pools.web.servers.c.address",
                "the address of service \"web\""},
        Refusal{server(R"({"address": "10.0.0.2"})"), "pools.web.servers.c.address",
                "an address of SNAT pool \"both\""},
        Refusal{server(R"({"address": "10.0.0.11"})"), "pools.web.servers.c", "10.0.0.11 is server \"a\" already"}})
    expect_refused(row);
  expect_accepted(server(R"({"address": "10.0.0.11", "port": 8080})"));
  expect_accepted(server(R"({"address": "10.0.0.13", "weight": 0, "state": "down"})"));
}

TEST(RulesPools, a_sorry_server_is_one_of_the_pool) {
  expect_refused({R"({"pools": {"web": {"sorry_server": "bb"}}})", "pools.web.sorry_server",
                  "no server of this pool is named \"bb\""});
  expect_accepted(R"({"pools": {"web": {"sorry_server": "b"}}})");
}

TEST(RulesPools, a_pool_without_servers_and_one_without_services_are_fine) {
  expect_accepted(R"({"pools": {"web": {"servers": null}, "spare": {}}})");
}

TEST(RulesPools, servers_over_all_pools_are_bounded) {
  Config config;
  for (std::uint32_t pool = 0; pool < 17; ++pool)
    for (std::uint32_t i = 0; i < limits::servers_per_pool; ++i)
      config.pools["p" + std::to_string(pool)].servers["s" + std::to_string(i)].address =
          IpAddr::v4(0x0a000000 + (pool << 16) + i);
  EXPECT_EQ(text_of(validate(config)), "pools: 17408 servers are more than 16384 (remove some)\n");
}

}  // namespace
}  // namespace poise::config
