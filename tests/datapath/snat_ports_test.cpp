#include "datapath/snat_ports.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

std::unique_ptr<Tables> with_pool(std::size_t workers, std::uint16_t port_first, std::uint16_t port_last) {
  auto tables = two_interfaces(workers);
  tables->snat_pools.push_back({"pool", {ip("192.0.2.50")}, {ip("2001:db8:1::50")}, port_first, port_last});
  return tables;
}

ServerEnd server(const char* address) { return {ip(address), 80, IPPROTO_TCP}; }

// Enters a flow that uses this local end towards that server.
void use(Worker& worker, const LocalEnd& local, const ServerEnd& to) {
  FlowTable::New flow;
  flow.client = {ip("198.51.100.1"), ip("203.0.113.10"), std::uint16_t(1 + worker.flows.used()), 80, to.protocol};
  flow.reply = {to.address, local.address, to.port, local.port, to.protocol};
  flow.two_keys = true;
  flow.server = to.address;
  flow.server_port = to.port;
  flow.local = local.address;
  flow.local_port = local.port;
  ASSERT_TRUE(worker.flows.create(flow).valid());
}

TEST(SnatPorts, the_reply_to_every_chosen_port_comes_back_to_the_worker_that_chose_it) {
  StageBench bench(with_pool(4, 1024, 65535));
  for (std::uint16_t id = 0; id < 4; ++id) {
    bench.worker.id = WorkerId{id};
    for (const char* address : {"10.1.0.9", "2001:db8:9::9"})
      for (int i = 0; i < 50; ++i) {
        const ServerEnd to = server(address);
        const auto local = choose_local_end(bench.worker, 0, to);
        ASSERT_TRUE(local.has_value());
        const FlowKey reply{to.address, local->address, to.port, local->port, to.protocol};
        EXPECT_EQ(bench.worker.tables->steering->owner(reply, true), WorkerId{id});
      }
  }
}

TEST(SnatPorts, a_port_in_use_towards_a_server_is_not_chosen_again_until_none_is_left) {
  StageBench bench(with_pool(1, 5000, 5003));
  std::uint32_t seen = 0;
  for (int i = 0; i < 4; ++i) {
    const auto local = choose_local_end(bench.worker, 0, server("10.1.0.9"));
    ASSERT_TRUE(local.has_value());
    ASSERT_GE(local->port, 5000);
    ASSERT_LE(local->port, 5003);
    seen |= 1u << (local->port - 5000);
    use(bench.worker, *local, server("10.1.0.9"));
  }
  EXPECT_EQ(seen, 0xfu);
  EXPECT_FALSE(choose_local_end(bench.worker, 0, server("10.1.0.9")).has_value());
}

TEST(SnatPorts, the_same_port_serves_towards_another_server) {
  StageBench bench(with_pool(1, 5000, 5000));
  use(bench.worker, *choose_local_end(bench.worker, 0, server("10.1.0.9")), server("10.1.0.9"));
  const auto local = choose_local_end(bench.worker, 0, server("10.1.0.10"));
  ASSERT_TRUE(local.has_value());
  EXPECT_EQ(local->port, 5000);
}

TEST(SnatPorts, behind_a_link_local_gateway_the_source_is_a_global_address) {
  auto tables = two_interfaces();
  tables->route_groups.push_back({{{InterfaceIndex{0}, false, ip("fe80::99")}}});
  const PrefixTable::Row route{{ip("2001:db8:9::"), 48}, 0};
  tables->routes_v6 = PrefixTable({&route, 1});
  StageBench bench(std::move(tables));
  const auto local = choose_local_end(bench.worker, 0xffff, server("2001:db8:9::9"));
  ASSERT_TRUE(local.has_value());
  EXPECT_EQ(local->address, ip("2001:db8:1::1"));
}

TEST(SnatPorts, without_an_address_of_the_family_there_is_no_local_end) {
  auto tables = with_pool(1, 5000, 5000);
  tables->snat_pools[0].v6.clear();
  StageBench bench(std::move(tables));
  EXPECT_FALSE(choose_local_end(bench.worker, 0, server("2001:db8:9::9")).has_value());
  EXPECT_FALSE(choose_local_end(bench.worker, 0xffff, server("10.9.0.9")).has_value()) << "no route either";
}

}  // namespace
}  // namespace poise::datapath
