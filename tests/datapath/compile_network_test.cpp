#include <gtest/gtest.h>

#include <algorithm>

#include "datapath/compiler.hpp"
#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

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

config::Config two_ports_with_vlans() {
  config::Config config = one_service(2);
  config.interfaces["eth1"].addresses = {*parse_prefix("192.0.2.1/24")};
  config.interfaces["eth1"].mtu = 9000;
  config.interfaces["eth1"].host_path = true;
  config.interfaces["eth1"].vlans["dmz"] = {100, {*parse_prefix("172.16.0.1/16")}, 1400};
  config.interfaces["eth1"].vlans["lab"] = {200, {}, {}};
  return config;
}

TEST(CompileNetwork, ports_follow_the_devices_and_vlans_become_interfaces_named_by_their_key) {
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

TEST(CompileNetwork, an_interface_has_the_device_or_the_configured_mac_and_the_link_local_address_of_it) {
  config::Config config = two_ports_with_vlans();
  config.interfaces["eth1"].mac = MacAddr{{0x00, 0x25, 0x96, 0x12, 0x34, 0x56}};
  const Compiled compiled(config);
  EXPECT_EQ(interface_named(*compiled.tables, "eth0").mac, compiled.ports[0].mac);
  EXPECT_EQ(interface_named(*compiled.tables, "dmz").mac, *config.interfaces["eth1"].mac);
  EXPECT_EQ(to_string(interface_named(*compiled.tables, "dmz").link_local), "fe80::225:96ff:fe12:3456");
}

TEST(CompileNetwork, a_configured_link_local_address_replaces_the_derived_one) {
  config::Config config = one_service(1);
  config.interfaces["eth0"].addresses.push_back(*parse_prefix("fe80::1/64"));
  const Compiled compiled(config);
  EXPECT_EQ(compiled.tables->interfaces[0].link_local, ip("fe80::1"));
  EXPECT_EQ(hop_name(*compiled.tables, "fe80::2"), "none");
  EXPECT_NE(compiled.tables->local.find(ip("fe80::1")), nullptr);
}

TEST(CompileNetwork, subnets_and_configured_routes_are_found_by_longest_prefix) {
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

TEST(CompileNetwork, equal_cost_hops_share_flows_by_weight) {
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

TEST(CompileNetwork, every_address_that_is_ours_is_known_with_its_purpose_and_interface) {
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

TEST(CompileNetwork, a_link_local_address_that_vlans_of_one_port_share_is_every_interfaces) {
  const Compiled compiled(two_ports_with_vlans());
  const Tables& tables = *compiled.tables;
  EXPECT_EQ(tables.local.find(interface_named(tables, "eth0").link_local)->interface, InterfaceIndex{0});
  EXPECT_EQ(tables.local.find(interface_named(tables, "dmz").link_local)->interface, InterfaceIndex{0xffff});
}

TEST(CompileNetwork, snat_pools_are_split_by_family_and_rules_sorted_most_specific_first) {
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

TEST(CompileNetwork, the_path_generation_changes_with_interfaces_addresses_and_routes_only) {
  Compiled compiled(two_ports_with_vlans());
  auto changes = [&, before = compiled.tables->path_generation]() mutable {
    const std::uint32_t now = compiled.commit().path_generation;
    return std::exchange(before, now) != now;
  };
  compiled.config.pools["web"].servers["s9"].address = ip("10.0.0.9");
  compiled.config.services["web"].scheduler = config::Scheduler::maglev;
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

TEST(CompileNetwork, interfaces_keep_their_rows_when_vlans_come_and_go) {
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

TEST(CompileNetwork, an_interface_whose_device_is_not_open_is_left_out) {
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

}  // namespace
}  // namespace poise::datapath
