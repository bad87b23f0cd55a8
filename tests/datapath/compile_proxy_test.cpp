#include <gtest/gtest.h>

#include "datapath/explain.hpp"
#include "tests/datapath/proxy_bench.hpp"

namespace poise::datapath {
namespace {

TEST(CompileProxy, any_address_stands_for_those_of_the_node_alone) {
  config::Config config = with_frontends();
  config::VrrpInstance instance;
  instance.interface = "eth0";
  instance.virtual_router_id = 51;
  instance.addresses = {*parse_ip("10.0.0.50")};
  config.vrrp.instances["VI_1"] = instance;
  config.snat_pools["out"].addresses = {*parse_ip("10.0.0.60")};
  const Compiled compiled(config);
  const ProxyBindings& bindings = compiled.tables->proxy_bindings;
  for (const char* address : {"10.0.0.1", "2001:db8:a::1", "10.0.0.50", "fe80::ff:fe00:1"}) {
    ASSERT_NE(bindings.find(ip(address), 8080), nullptr) << address;
    EXPECT_EQ(*bindings.find(ip(address), 8080), "web");
  }
  for (const char* address : {"203.0.113.10", "10.0.0.60", "203.0.113.20"})
    EXPECT_FALSE(bindings.contains(ip(address), 8080)) << address;
  EXPECT_EQ(*bindings.find(ip("203.0.113.20"), 80), "shop");
}

TEST(CompileProxy, an_exact_address_outranks_all_of_them) {
  config::Config config = with_frontends();
  config.frontends["exact"].binds = {{parse_ip("10.0.0.1"), 8080}};
  EXPECT_EQ(*Compiled(config).tables->proxy_bindings.find(ip("10.0.0.1"), 8080), "exact");
}

TEST(CompileProxy, an_address_of_no_interface_becomes_ours_and_an_interfaces_stays_what_it_is) {
  config::Config config = with_frontends();
  config.frontends["shop"].binds.push_back({parse_ip("10.0.0.1"), 443});
  const Compiled compiled(config);
  const LocalAddress* shop = compiled.tables->local.find(ip("203.0.113.20"));
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->kind, LocalAddress::frontend_address);
  EXPECT_EQ(compiled.tables->local.find(ip("10.0.0.1"))->kind, LocalAddress::interface_address);
}

TEST(CompileProxy, kernel_and_disabled_frontends_are_none_of_the_workers_business) {
  config::Config config = with_frontends();
  config.frontends["web"].transport = config::ProxyTransport::kernel;
  config.frontends["shop"].enabled = false;
  EXPECT_TRUE(Compiled(config).tables->proxy_bindings.is_empty());
}

TEST(CompileProxy, source_nat_keeps_clear_of_the_ports_that_proxies_connect_from) {
  EXPECT_EQ(Compiled(one_service(1)).tables->own_port_first, 1024);
  EXPECT_EQ(Compiled(with_frontends()).tables->own_port_first, limits::proxy_port_last + 1);
}

TEST(CompileProxy, explain_tells_where_a_connection_ends) {
  Compiled compiled(with_frontends());
  const FlowKey key{ip("10.0.0.9"), ip("203.0.113.20"), 50000, 80, 6};
  const Verdict verdict = explain(*compiled.tables, compiled.states, key, [](HoldIndex) { return true; });
  EXPECT_EQ(verdict.stage, "terminate");
  EXPECT_EQ(verdict.drop, Drop::count_);
  EXPECT_EQ(verdict.frontend, "shop");
  EXPECT_NE(verdict.reason.find("is frontend \"shop\": the connection ends here"), std::string::npos) << verdict.reason;
}

}  // namespace
}  // namespace poise::datapath
