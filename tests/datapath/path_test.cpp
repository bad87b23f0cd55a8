#include "datapath/path.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <set>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

constexpr InterfaceIndex lan{0}, dmz{1};

TEST(Path, a_new_neighbor_is_asked_for_once) {
  StageBench bench;
  const NeighborIndex row = neighbor_for(bench.worker, dmz, ip("10.1.0.9"));
  EXPECT_EQ(neighbor_for(bench.worker, dmz, ip("10.1.0.9")), row);
  EXPECT_NE(neighbor_for(bench.worker, lan, ip("10.1.0.9")), row);
  EXPECT_EQ(bench.worker.neighbors[row].state, Neighbor::incomplete);
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[0].kind, Punt::neighbor_miss);
  EXPECT_EQ(punts[0].interface, dmz);
  EXPECT_EQ(punts[0].address, ip("10.1.0.9"));
}

TEST(Path, a_full_table_has_no_row_and_counts) {
  StageBench bench;
  for (std::uint32_t i = 0; i < limits::neighbors; ++i)
    ASSERT_NE(neighbor_for(bench.worker, lan, IpAddr::v4(0xc6120000 + i)), NeighborTable::no_row);
  EXPECT_EQ(neighbor_for(bench.worker, lan, ip("192.0.2.9")), NeighborTable::no_row);
  EXPECT_EQ(bench.dropped(Drop::neighbor_table_full), 1u);
}

TEST(Path, the_next_hop_is_the_destination_on_its_link_else_a_gateway_picked_by_the_hash) {
  auto tables = two_interfaces();
  tables->route_groups.push_back({{{lan, true, {}}}});
  tables->route_groups.push_back({{{lan, false, ip("192.0.2.253")}, {lan, false, ip("192.0.2.254")}}});
  const PrefixTable::Row rows[] = {{{ip("192.0.2.0"), 24}, 0}, {{ip("0.0.0.0"), 0}, 1}};
  tables->routes_v4 = PrefixTable(rows);
  StageBench bench(std::move(tables));
  const auto address = [&](NeighborIndex row) { return bench.worker.neighbors[row].address; };
  EXPECT_EQ(address(next_hop(bench.worker, ip("192.0.2.9"), 0)), ip("192.0.2.9"));
  EXPECT_EQ(address(next_hop(bench.worker, ip("198.51.100.9"), 4)), ip("192.0.2.253"));
  EXPECT_EQ(address(next_hop(bench.worker, ip("198.51.100.9"), 5)), ip("192.0.2.254"));
  EXPECT_EQ(next_hop(bench.worker, ip("2001:db8:9::9"), 0), NeighborTable::no_row);
}

TEST(Path, a_header_follows_its_interface) {
  auto tables = two_interfaces();
  tables->interfaces[1].mtu = 9000;
  StageBench bench(std::move(tables));
  const NeighborIndex row = neighbor_for(bench.worker, dmz, ip("10.1.0.9"));
  Neighbor& neighbor = bench.worker.neighbors[row];
  write_neighbor_header(*bench.worker.tables, neighbor, mac(their_mac));
  EXPECT_EQ(neighbor.header_length, 18);
  EXPECT_EQ(neighbor.mtu, 9000);
  neighbor.mtu = 68;
  neighbor.header[15] = 7;
  refresh_neighbor_headers(bench.worker);
  EXPECT_EQ(neighbor.mtu, 9000);
  EXPECT_EQ(Bytes(neighbor.header.begin(), neighbor.header.begin() + 16), hex("020000000002 020000000001 8100 0064"));
}

TEST(Path, a_flow_finds_both_its_next_hops_again) {
  auto tables = two_interfaces();
  tables->route_groups.push_back({{{lan, true, {}}}});
  const PrefixTable::Row row{{ip("0.0.0.0"), 0}, 0};
  tables->routes_v4 = PrefixTable({&row, 1});
  StageBench bench(std::move(tables));
  FlowTable::New made;
  made.client = {ip("198.51.100.1"), ip("203.0.113.10"), 1000, 80, IPPROTO_TCP};
  made.server = ip("10.1.0.9");
  made.local = ip("192.0.2.50");
  made.reply = {made.server, made.local, 80, 2000, IPPROTO_TCP};
  made.two_keys = true;
  const FlowRef flow = bench.worker.flows.create(made);
  bench.worker.path_epoch = 5;
  refresh_path(bench.worker, flow);
  const FlowState& state = bench.worker.flows.state(flow);
  EXPECT_EQ(bench.worker.neighbors[state.to_server].address, ip("10.1.0.9"));
  EXPECT_EQ(bench.worker.neighbors[state.to_client].address, ip("198.51.100.1"));
  EXPECT_EQ(state.path_epoch, 5);
}

}  // namespace
}  // namespace poise::datapath
