#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/compiler.hpp"
#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

using config::Mode;
using config::Scheduler;

IpAddr ip(const char* text) { return *parse_ip(text); }

std::vector<std::string> server_names(const Tables& tables, const Service& service) {
  std::vector<std::string> names;
  for (const RealIndex real : service.reals) names.push_back(tables.reals[real.value].server_name);
  return names;
}

TEST(CompileServices, a_service_is_found_by_its_address_protocol_and_ports) {
  config::Config config = one_service(1);
  config.services["all"] = config.services["web"];
  config.services["all"].protocol = config::Protocol::any;
  config.services["all"].ports = {};
  Compiled compiled(config);
  const auto name_at = [&](std::uint8_t protocol, std::uint16_t port) {
    return compiled.tables
        ->services[compiled.tables->service_table.find(ip("203.0.113.10"), protocol, port).service.value]
        .name;
  };
  EXPECT_EQ(name_at(IPPROTO_TCP, 80), "web");
  EXPECT_EQ(name_at(IPPROTO_TCP, 81), "all");
  EXPECT_EQ(name_at(IPPROTO_UDP, 80), "all");
  EXPECT_EQ(name_at(IPPROTO_SCTP, 0), "all");
}

TEST(CompileServices, administrative_state_weight_and_limit_reach_the_server_states) {
  config::Config config = one_service(3);
  config.pools["web"].servers["s0"].weight = 7;
  config.pools["web"].servers["s0"].connections_max = 9;
  config.pools["web"].servers["s1"].state = config::ServerState::drain;
  config.pools["web"].servers["s2"].state = config::ServerState::down;
  Compiled compiled(config);
  EXPECT_EQ(compiled.server("s0").weight, 7);
  EXPECT_EQ(compiled.server("s0").connections_max, 9u);
  EXPECT_EQ(compiled.server("s0").status, ServerState::up);
  EXPECT_EQ(compiled.server("s1").status, ServerState::draining);
  EXPECT_EQ(compiled.server("s2").status, ServerState::down);
  compiled.server("s1").reset_flows = true;
  compiled.commit();
  EXPECT_TRUE(compiled.server("s1").reset_flows) << "still draining: the deadline has passed";
  compiled.config.pools["web"].servers["s1"].state = config::ServerState::up;
  compiled.commit();
  EXPECT_FALSE(compiled.server("s1").reset_flows);
}

TEST(CompileServices, a_configuration_leaves_health_as_it_is) {
  Compiled compiled(one_service(2));
  compiled.server("s0").health = ServerState::failed;
  compiled.server("s0").share = 9;
  compiled.server("s0").weight_reported = 3;
  compiled.config.pools["web"].servers["s0"].weight = 50;
  compiled.commit();
  EXPECT_EQ(compiled.server("s0").health, ServerState::failed);
  EXPECT_EQ(compiled.server("s0").share, 9);
  EXPECT_EQ(compiled.server("s0").weight_now(), 3u);
  EXPECT_EQ(compiled.server("s1").weight_now(), 1u);
}

TEST(CompileServices, who_is_probed_is_known) {
  config::Config config = one_service(1);
  config.pools["web"].checks["load"].kind = config::CheckKind::exec;
  EXPECT_EQ(Compiled(config).tables->probed.size(), 0u);
  config.pools["web"].checks["web"].kind = config::CheckKind::http;
  EXPECT_EQ(Compiled(config).tables->probed.size(), 1u);
  config.pools["web"].checks["dns"].kind = config::CheckKind::dns;
  config.pools["web"].checks["far"] = {.kind = config::CheckKind::icmp, .address = ip("192.0.2.200")};
  const Compiled compiled(config);
  EXPECT_EQ(compiled.tables->probed.size(), 2u);
  EXPECT_NE(compiled.tables->probed.find(ip("192.0.2.200")), nullptr);
}

TEST(CompileServices, weights_that_checks_report_have_room_in_the_turns_of_wrr) {
  config::Config config = one_service(2, Scheduler::wrr);
  for (auto& [name, server] : config.pools["web"].servers) server.weight = 10;
  EXPECT_EQ(Compiled(config).service("web").weight_divisor, 10);
  config.pools["web"].checks["load"].exec.weight_from_exit_code = true;
  Compiled compiled(config);
  EXPECT_EQ(compiled.service("web").weight_divisor, 1);
  EXPECT_EQ(compiled.service("web").weight_max, 253);
}

TEST(CompileServices, a_server_with_a_new_address_is_another_real_and_the_old_one_is_removed) {
  Compiled compiled(one_service(1));
  const RealIndex old = compiled.service("web").reals[0];
  compiled.server("s0").connections = 1;
  compiled.config.pools["web"].servers["s0"].address = ip("10.0.0.222");
  compiled.commit();
  EXPECT_NE(compiled.service("web").reals[0], old);
  EXPECT_TRUE(compiled.tables->reals[old.value].removed);
  EXPECT_EQ(compiled.tables->reals[old.value].address, ip("10.0.0.100"));
  EXPECT_EQ(compiled.tables->reals[compiled.service("web").reals[0].value].address, ip("10.0.0.222"));
}

TEST(CompileServices, a_removed_service_stays_as_a_disabled_row_while_its_reals_do) {
  config::Config config = one_service(1);
  config.services["web"].removed_server = config::RemovedServerPolicy::reset;
  Compiled compiled(config);
  const Service before = compiled.service("web");
  compiled.server("s0").connections = 1;
  compiled.config.services.clear();
  compiled.commit();
  const Service& after = compiled.tables->services[before.index.value];
  EXPECT_FALSE(after.enabled);
  EXPECT_EQ(after.removed_server, config::RemovedServerPolicy::reset);
  EXPECT_TRUE(after.reals.empty());
  EXPECT_TRUE(compiled.tables->reals[before.reals[0].value].removed);
  EXPECT_EQ(compiled.server("s0").status, ServerState::up) << "the pool is still there";
  EXPECT_EQ(compiled.tables->service_table.find(before.address, IPPROTO_TCP, 80).found,
            ServiceTable::Found::no_address);
  EXPECT_EQ(compiled.tables->local.find(before.address), nullptr);
  compiled.server("s0").connections = 0;
  EXPECT_TRUE(compiled.rows.recycle(compiled.states));
  compiled.commit();
  EXPECT_TRUE(compiled.tables->services[before.index.value].name.empty());
}

TEST(CompileServices, the_sorry_server_is_not_among_the_others) {
  config::Config config = one_service(3);
  config.pools["web"].sorry_server = "s1";
  Compiled compiled(config);
  const Service& service = compiled.service("web");
  EXPECT_EQ(server_names(*compiled.tables, service), (std::vector<std::string>{"s0", "s2"}));
  EXPECT_EQ(compiled.tables->reals[service.sorry.value].server_name, "s1");
  EXPECT_EQ(service.servers.size(), 2u);
}

TEST(CompileServices, a_slot_table_is_shared_by_equal_pools_and_taken_over_until_servers_or_weights_change) {
  config::Config config = one_service(3, Scheduler::maglev);
  config.services["other"] = config.services["web"];
  config.services["other"].ports = {81, 81};
  config.services["other"].scheduler = Scheduler::sh;
  Compiled compiled(config);
  const auto before = compiled.service("web").maglev;
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(compiled.service("other").maglev, before);
  compiled.config.pools["web"].servers["s0"].state = config::ServerState::drain;
  compiled.commit();
  EXPECT_EQ(compiled.service("web").maglev, before);
  compiled.config.pools["web"].servers["s0"].weight = 2;
  compiled.commit();
  EXPECT_NE(compiled.service("web").maglev, before);
  compiled.config.services["web"].scheduler = Scheduler::wrr;
  compiled.commit();
  EXPECT_EQ(compiled.service("web").maglev, nullptr);
}

TEST(CompileServices, nat_and_persistence_steer_by_client_with_the_shortest_prefix_any_of_them_needs) {
  config::Config config = one_service(1);
  Compiled compiled(config);
  EXPECT_FALSE(compiled.tables->steer_by_client);
  EXPECT_EQ(compiled.service("web").steer_by, SteerBy::tuple);
  compiled.config.services["web"].persistence = config::Persistence{1000, 28, 64};
  compiled.config.services["nat"] = config.services["web"];
  compiled.config.services["nat"].ports = {81, 81};
  compiled.config.services["nat"].mode = Mode::nat;
  compiled.config.services["nat"].persistence = config::Persistence{1000, 30, 48};
  compiled.commit();
  EXPECT_TRUE(compiled.tables->steer_by_client);
  EXPECT_EQ(compiled.service("nat").steer_by, SteerBy::client);
  EXPECT_EQ(compiled.tables->client_prefix_v4, 28);
  EXPECT_EQ(compiled.tables->client_prefix_v6, 48);
  EXPECT_NE(compiled.tables->nat_servers.find(ip("10.0.0.100")), nullptr);
  compiled.config.services.erase("nat");
  compiled.server("s0").connections = 1;
  compiled.commit();
  EXPECT_NE(compiled.tables->nat_servers.find(ip("10.0.0.100")), nullptr) << "its last flows still live";
  const auto found = compiled.tables->service_table.find(ip("203.0.113.10"), IPPROTO_TCP, 81);
  ASSERT_EQ(found.found, ServiceTable::Found::service);
  EXPECT_FALSE(compiled.tables->services[found.service.value].enabled);
}

}  // namespace
}  // namespace poise::datapath
