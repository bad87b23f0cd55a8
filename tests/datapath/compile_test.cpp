#include "datapath/compile.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

using config::Mode;
using config::Scheduler;

IpAddr ip(const char* text) { return *parse_ip(text); }

const Interface& interface_named(const Tables& tables, const std::string& name) {
  for (const Interface& each : tables.interfaces)
    if (each.name == name) return each;
  ensure(false);
  return tables.interfaces.front();
}
std::string hop_name(const Tables& tables, const char* destination, std::uint32_t hash = 0) {
  const Hop* hop = find_hop(tables, ip(destination), hash);
  if (hop == nullptr) return "none";
  return tables.interfaces[hop->interface.value].name + (hop->on_link ? "" : " via " + to_string(hop->gateway));
}
std::vector<std::string> server_names(const Tables& tables, const Service& service) {
  std::vector<std::string> names;
  for (const RealIndex real : service.reals) names.push_back(tables.reals[real.value].server_name);
  return names;
}

config::Config two_ports_with_vlans() {
  config::Config config = one_service(2);
  config.interfaces["eth1"].addresses = {*parse_prefix("192.0.2.1/24")};
  config.interfaces["eth1"].mtu = 9000;
  config.interfaces["eth1"].host_path = true;
  config.interfaces["eth1"].vlans["dmz"] = {100, {*parse_prefix("172.16.0.1/16")}, 1400};
  config.interfaces["eth1"].vlans["lab"] = {200, {}, {}};
  return config;
}

TEST(Compile, ports_follow_the_devices_and_vlans_become_interfaces_named_by_their_key) {
  const Compiled compiled(two_ports_with_vlans());
  const Tables& tables = *compiled.tables;
  ASSERT_EQ(tables.ports.size(), 2u);
  ASSERT_EQ(tables.interfaces.size(), 4u);
  EXPECT_EQ(tables.ports[1].name, "eth1");
  EXPECT_EQ(tables.interfaces[tables.ports[1].untagged.value].name, "eth1");
  EXPECT_EQ(tables.interfaces[tables.ports[1].vlans.at(100).value].name, "dmz");
  EXPECT_EQ(tables.ports[1].vlans.at(101), InterfaceIndex{0xffff});
  EXPECT_TRUE(tables.ports[0].vlans.empty());
  const Interface& dmz = interface_named(tables, "dmz");
  EXPECT_EQ(dmz.port, PortIndex{1});
  EXPECT_EQ(dmz.vlan, 100);
  EXPECT_EQ(dmz.mtu, 1400);
  EXPECT_TRUE(dmz.host_path);
  EXPECT_EQ(interface_named(tables, "lab").mtu, 9000);
}

TEST(Compile, an_interface_has_the_device_or_the_configured_mac_and_the_link_local_address_of_it) {
  config::Config config = two_ports_with_vlans();
  config.interfaces["eth1"].mac = MacAddr{{0x00, 0x25, 0x96, 0x12, 0x34, 0x56}};
  const Compiled compiled(config);
  EXPECT_EQ(interface_named(*compiled.tables, "eth0").mac, compiled.ports[0].mac);
  EXPECT_EQ(interface_named(*compiled.tables, "dmz").mac, *config.interfaces["eth1"].mac);
  EXPECT_EQ(to_string(interface_named(*compiled.tables, "dmz").link_local), "fe80::225:96ff:fe12:3456");
}

TEST(Compile, a_configured_link_local_address_replaces_the_derived_one) {
  config::Config config = one_service(1);
  config.interfaces["eth0"].addresses.push_back(*parse_prefix("fe80::1/64"));
  const Compiled compiled(config);
  EXPECT_EQ(compiled.tables->interfaces[0].link_local, ip("fe80::1"));
  EXPECT_EQ(hop_name(*compiled.tables, "fe80::2"), "none");
  EXPECT_NE(compiled.tables->local.find(ip("fe80::1")), nullptr);
}

TEST(Compile, the_source_towards_a_neighbor_is_the_address_in_its_subnet_else_the_first_of_its_family) {
  config::Config config = one_service(1);
  config.interfaces["eth0"].addresses.push_back(*parse_prefix("10.1.0.1/16"));
  const Compiled compiled(config);
  const Interface& interface = compiled.tables->interfaces[0];
  EXPECT_EQ(interface.source_for(ip("10.1.2.3")), ip("10.1.0.1"));
  EXPECT_EQ(interface.source_for(ip("8.8.8.8")), ip("10.0.0.1"));
  EXPECT_EQ(interface.source_for(ip("2001:db8:a::9")), ip("2001:db8:a::1"));
  EXPECT_EQ(interface.source_for(ip("fe80::9")), interface.link_local);
  config.interfaces["eth0"].addresses.clear();
  const Compiled bare(config);
  EXPECT_FALSE(bare.tables->interfaces[0].source_for(ip("8.8.8.8")));
}

TEST(Compile, subnets_and_configured_routes_are_found_by_longest_prefix) {
  config::Config config = two_ports_with_vlans();
  config.routes = {{*parse_prefix("0.0.0.0/0"), {{ip("192.0.2.254"), {}, 1}}},
                   {*parse_prefix("10.9.0.0/16"), {{{}, "dmz", 1}}},
                   {*parse_prefix("10.0.0.0/24"), {{ip("192.0.2.253"), {}, 1}}},
                   {*parse_prefix("2000::/3"), {{ip("fe80::5"), "lab", 1}}},
                   {*parse_prefix("10.10.0.0/16"), {{ip("203.0.113.1"), {}, 1}}}};
  const Compiled compiled(config);
  const Tables& tables = *compiled.tables;
  EXPECT_EQ(hop_name(tables, "10.0.0.77"), "eth0");
  EXPECT_EQ(hop_name(tables, "172.16.3.4"), "dmz");
  EXPECT_EQ(hop_name(tables, "8.8.8.8"), "eth1 via 192.0.2.254");
  EXPECT_EQ(hop_name(tables, "10.9.1.1"), "dmz");
  EXPECT_EQ(hop_name(tables, "2001:db8:b::1"), "lab via fe80::5");
  EXPECT_EQ(hop_name(tables, "2001:db8:a::7"), "eth0");
  EXPECT_EQ(hop_name(tables, "fd00::1"), "none");
  EXPECT_EQ(hop_name(tables, "10.10.0.1"), "eth1 via 192.0.2.254") << "a gateway in no subnet is no hop";
}

TEST(Compile, equal_cost_hops_share_flows_by_weight) {
  config::Config config = two_ports_with_vlans();
  config.routes = {{*parse_prefix("0.0.0.0/0"),
                    {{ip("192.0.2.10"), {}, 100}, {ip("192.0.2.11"), {}, 200}, {ip("192.0.2.12"), {}, 100}}}};
  const Compiled compiled(config);
  const RouteGroup& group = compiled.tables->route_groups[compiled.tables->routes_v4.find(ip("8.8.8.8"))];
  ASSERT_EQ(group.hops.size(), 4u);
  EXPECT_EQ(std::count_if(group.hops.begin(), group.hops.end(),
                          [](const Hop& hop) { return hop.gateway == ip("192.0.2.11"); }),
            2);
}

TEST(Compile, every_address_that_is_ours_is_known_with_its_purpose_and_interface) {
  config::Config config = two_ports_with_vlans();
  config.snat_pools["out"] = {{ip("192.0.2.50"), ip("198.18.0.1"), ip("2001:db8:a::50")}, 2000, 3000};
  config.services["on-interface"] = config.services["web"];
  config.services["on-interface"].address = ip("192.0.2.1");
  const Compiled compiled(config);
  const Tables& tables = *compiled.tables;
  struct Row {
    const char* address;
    LocalAddress::Kind kind;
    const char* interface;
  };
  for (auto [address, kind, interface] :
       {Row{"10.0.0.1", LocalAddress::interface_address, "eth0"},
        Row{"203.0.113.10", LocalAddress::service_address, ""}, Row{"192.0.2.1", LocalAddress::service_address, "eth1"},
        Row{"192.0.2.50", LocalAddress::snat_address, "eth1"}, Row{"198.18.0.1", LocalAddress::snat_address, ""},
        Row{"2001:db8:a::50", LocalAddress::snat_address, "eth0"}}) {
    const LocalAddress* found = tables.local.find(ip(address));
    ASSERT_NE(found, nullptr) << address;
    EXPECT_EQ(found->kind, kind) << address;
    EXPECT_EQ(found->interface.value == 0xffff ? "" : tables.interfaces[found->interface.value].name, interface)
        << address;
  }
  EXPECT_EQ(tables.local.find(ip("10.0.0.100")), nullptr);
}

TEST(Compile, a_link_local_address_that_vlans_of_one_port_share_is_every_interfaces) {
  const Compiled compiled(two_ports_with_vlans());
  const Tables& tables = *compiled.tables;
  EXPECT_EQ(tables.local.find(interface_named(tables, "eth0").link_local)->interface, InterfaceIndex{0});
  EXPECT_EQ(tables.local.find(interface_named(tables, "dmz").link_local)->interface, InterfaceIndex{0xffff});
}

TEST(Compile, snat_pools_are_split_by_family_and_rules_sorted_most_specific_first) {
  config::Config config = two_ports_with_vlans();
  config.snat_pools["a"] = {{ip("192.0.2.60")}, 1024, 65535};
  config.snat_pools["b"] = {{ip("192.0.2.50"), ip("2001:db8:a::50")}, 2000, 3000};
  config.snat_rules = {{*parse_prefix("10.0.0.0/8"), "eth1", "a"},
                       {*parse_prefix("10.0.0.5/24"), "dmz", "b"},
                       {*parse_prefix("0.0.0.0/0"), "eth1", "b"}};
  config.services["web"].snat_pool = "b";
  const Compiled compiled(config);
  const Tables& tables = *compiled.tables;
  ASSERT_EQ(tables.snat_pools.size(), 2u);
  EXPECT_EQ(tables.snat_pools[1].v4, std::vector{ip("192.0.2.50")});
  EXPECT_EQ(tables.snat_pools[1].v6, std::vector{ip("2001:db8:a::50")});
  EXPECT_EQ(tables.snat_pools[1].port_first, 2000);
  ASSERT_EQ(tables.snat_rules.size(), 3u);
  EXPECT_EQ(to_string(tables.snat_rules[0].source), "10.0.0.0/24");
  EXPECT_EQ(tables.interfaces[tables.snat_rules[0].interface.value].name, "dmz");
  EXPECT_EQ(tables.snat_rules[0].snat_pool, 1);
  EXPECT_EQ(to_string(tables.snat_rules[2].source), "0.0.0.0/0");
  EXPECT_EQ(tables.services[0].snat_pool, 1);
}

TEST(Compile, a_service_is_found_by_its_address_protocol_and_ports) {
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

TEST(Compile, administrative_state_weight_and_limit_reach_the_server_states) {
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

TEST(Compile, rows_stay_when_others_come_and_go) {
  Compiled compiled(one_service(3));
  const ServerIndex before = compiled.rows.find_server("web", "s2");
  const RealIndex real_before = compiled.service("web").reals[2];
  const ServiceIndex service_before = compiled.service("web").index;
  compiled.server("s2").connections = 5;
  compiled.config.pools["web"].servers.erase("s0");
  compiled.config.pools["a"].servers["first"].address = ip("10.0.0.9");
  compiled.config.services["a"] = compiled.config.services["web"];
  compiled.config.services["a"].pool = "a";
  compiled.config.services["a"].ports = {81, 81};
  compiled.commit();
  EXPECT_EQ(compiled.rows.find_server("web", "s2"), before);
  EXPECT_EQ(compiled.service("web").reals.back(), real_before);
  EXPECT_EQ(compiled.service("web").index, service_before);
  EXPECT_EQ(compiled.server("s2").connections, 5u);
}

TEST(Compile, a_removed_server_is_marked_and_its_row_is_reused_only_after_its_last_connection) {
  Compiled compiled(one_service(2));
  const RealIndex removed = compiled.service("web").reals[0];
  const ServerIndex server = compiled.rows.find_server("web", "s0");
  compiled.states[server].connections = 1;
  compiled.config.pools["web"].servers.erase("s0");
  compiled.commit();
  EXPECT_EQ(server_names(*compiled.tables, compiled.service("web")), std::vector<std::string>{"s1"});
  EXPECT_TRUE(compiled.tables->reals[removed.value].in_use);
  EXPECT_TRUE(compiled.tables->reals[removed.value].removed);
  EXPECT_EQ(compiled.tables->reals[removed.value].server_name, "s0");
  EXPECT_EQ(compiled.states[server].status, ServerState::removed);
  EXPECT_EQ(compiled.rows.find_server("web", "s0"), ServerIndex{~0u});
  EXPECT_FALSE(compiled.rows.recycle(compiled.states));
  compiled.config.pools["web"].servers["new"].address = ip("10.0.0.200");
  compiled.commit();
  EXPECT_NE(compiled.rows.find_server("web", "new"), server);
  compiled.states[server].connections = 0;
  EXPECT_TRUE(compiled.rows.recycle(compiled.states));
  EXPECT_FALSE(compiled.rows.recycle(compiled.states));
  compiled.commit();
  EXPECT_FALSE(compiled.tables->reals[removed.value].in_use);
  compiled.config.pools["web"].servers["newer"].address = ip("10.0.0.201");
  compiled.commit();
  EXPECT_EQ(compiled.rows.find_server("web", "newer"), server);
}

TEST(Compile, a_server_that_comes_back_gets_its_rows_again) {
  Compiled compiled(one_service(2));
  const RealIndex real = compiled.service("web").reals[0];
  const config::Server server = compiled.config.pools["web"].servers["s0"];
  compiled.config.pools["web"].servers.erase("s0");
  compiled.commit();
  compiled.config.pools["web"].servers["s0"] = server;
  compiled.commit();
  EXPECT_EQ(compiled.service("web").reals[0], real);
  EXPECT_FALSE(compiled.tables->reals[real.value].removed);
  EXPECT_EQ(compiled.server("s0").status, ServerState::up);
}

TEST(Compile, a_server_with_a_new_address_is_another_real_and_the_old_one_is_removed) {
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

TEST(Compile, a_removed_service_stays_as_a_disabled_row_while_its_reals_do) {
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

TEST(Compile, the_sorry_server_is_not_among_the_others) {
  config::Config config = one_service(3);
  config.pools["web"].sorry_server = "s1";
  Compiled compiled(config);
  const Service& service = compiled.service("web");
  EXPECT_EQ(server_names(*compiled.tables, service), (std::vector<std::string>{"s0", "s2"}));
  EXPECT_EQ(compiled.tables->reals[service.sorry.value].server_name, "s1");
  EXPECT_EQ(service.servers.size(), 2u);
}

TEST(Compile, a_slot_table_is_shared_by_equal_pools_and_taken_over_until_servers_or_weights_change) {
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

TEST(Compile, the_path_generation_changes_with_interfaces_addresses_and_routes_only) {
  Compiled compiled(two_ports_with_vlans());
  auto changes = [&, before = compiled.tables->path_generation]() mutable {
    const std::uint32_t now = compiled.commit().path_generation;
    return std::exchange(before, now) != now;
  };
  compiled.config.pools["web"].servers["s9"].address = ip("10.0.0.9");
  compiled.config.services["web"].scheduler = Scheduler::maglev;
  compiled.config.snat_pools["out"] = {{ip("192.0.2.50")}, 2000, 3000};
  EXPECT_FALSE(changes());
  compiled.config.routes = {{*parse_prefix("0.0.0.0/0"), {{ip("192.0.2.254"), {}, 1}}}};
  EXPECT_TRUE(changes());
  compiled.config.routes[0].via[0].gateway = ip("192.0.2.253");
  EXPECT_TRUE(changes());
  compiled.config.routes[0].prefix = *parse_prefix("128.0.0.0/1");
  EXPECT_TRUE(changes());
  compiled.config.interfaces["eth1"].vlans["dmz"].mtu = 1300;
  EXPECT_TRUE(changes());
  compiled.config.interfaces["eth0"].addresses.push_back(*parse_prefix("10.0.0.2/32"));
  EXPECT_TRUE(changes());
  EXPECT_FALSE(changes());
}

TEST(Compile, interfaces_keep_their_rows_when_vlans_come_and_go) {
  Compiled compiled(two_ports_with_vlans());
  const auto row_of = [&](const char* name) {
    for (std::size_t i = 0; i < compiled.tables->interfaces.size(); ++i)
      if (compiled.tables->interfaces[i].name == name) return int(i);
    return -1;
  };
  const int lab = row_of("lab"), eth1 = row_of("eth1");
  compiled.config.interfaces["eth1"].vlans.erase("dmz");
  compiled.config.interfaces["eth0"].vlans["a"] = {7, {}, {}};
  compiled.commit();
  EXPECT_EQ(row_of("lab"), lab);
  EXPECT_EQ(row_of("eth1"), eth1);
  EXPECT_EQ(row_of("dmz"), -1);
  EXPECT_EQ(compiled.tables->ports[0].vlans.at(7).value, row_of("a"));
}

TEST(Compile, an_interface_whose_device_is_not_open_is_left_out) {
  Compiled compiled(one_service(1));
  compiled.config.interfaces["eth9"].addresses = {*parse_prefix("198.18.0.1/24")};
  compiled.commit();
  EXPECT_EQ(compiled.tables->ports.size(), 1u);
  EXPECT_EQ(hop_name(*compiled.tables, "198.18.0.2"), "none");
  compiled.config.interfaces.erase("eth0");
  compiled.commit();
  EXPECT_EQ(compiled.tables->ports.size(), 1u);
  EXPECT_EQ(compiled.tables->ports[0].untagged, InterfaceIndex{0xffff});
}

TEST(Compile, nat_and_persistence_steer_by_client_with_the_shortest_prefix_any_of_them_needs) {
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

TEST(Compile, global_settings_are_carried_over) {
  config::Config config = one_service(1);
  config.forwarding = false;
  config.icmp.errors_per_second = 7;
  config.memory.embryonic_percent = 33;
  Compiled compiled(config, 3);
  EXPECT_FALSE(compiled.tables->forwarding);
  EXPECT_EQ(compiled.tables->icmp.errors_per_second, 7u);
  EXPECT_EQ(compiled.tables->embryonic_percent, 33);
  EXPECT_EQ(compiled.tables->steering->workers(), 3u);
  EXPECT_EQ(compiled.tables->hash_key, compiled.hash_key);
  EXPECT_EQ(compiled.tables->revision, 1u);
}

}  // namespace
}  // namespace poise::datapath
