#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/path.hpp"
#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

config::Config dr_service() {
  config::Config config = one_service(1);
  config.services["web"].mode = config::Mode::dr;
  return config;
}

TEST(ResolveNeighbor, a_resolved_one_gives_its_header) {
  ServiceBench bench(dr_service());
  bench.resolve("10.0.0.100", "02:00:00:00:00:64");
  bench.run("neighbor", {segment(client_to_web, tcp_syn)});
  const Bytes frame = bench.bytes(bench.packet(0));
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 14), hex("0200 0000 0064 0200 0000 0001 0800"));
  EXPECT_EQ(frame.size(), 54u);
  EXPECT_EQ(bench.packet(0).out_interface, InterfaceIndex{0});
  EXPECT_TRUE(bench.worker.neighbors[bench.packet(0).neighbor].used);
}

TEST(ResolveNeighbor, behind_a_vlan_the_header_has_its_tag) {
  StageBench bench;
  Batch& batch = bench.load({datagram({"192.0.2.9", "10.1.0.9", 1, 2})});
  parse(bench.worker, batch);
  Packet& packet = bench.packet(0);
  packet.neighbor = neighbor_for(bench.worker, InterfaceIndex{1}, ip("10.1.0.9"));
  write_neighbor_header(*bench.worker.tables, bench.worker.neighbors[packet.neighbor], mac(their_mac));
  bench.worker.neighbors[packet.neighbor].state = Neighbor::resolved;
  resolve_neighbor(bench.worker, batch);
  const Bytes frame = bench.bytes(bench.packet(0));
  EXPECT_EQ(Bytes(frame.begin() + 12, frame.begin() + 18), hex("8100 0064 0800"));
  EXPECT_EQ(frame[18], 0x45);
}

TEST(ResolveNeighbor, while_it_is_asked_for_a_few_packets_wait_and_then_leave_in_order) {
  ServiceBench bench(dr_service());
  constexpr std::size_t most = limits::packets_per_unresolved_neighbor;
  bench.run("neighbor", {segment(client_to_web, tcp_syn, "")});
  for (std::size_t i = 0; i <= most; ++i) bench.run("neighbor", {segment(client_to_web, tcp_ack, i % 2 ? "odd" : "")});
  EXPECT_EQ(bench.worker.batch.live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::neighbor_queue_full), 2u);
  EXPECT_EQ(bench.take_punts().size(), 2u);  // one question each for the server and the client
  bench.resolve("10.0.0.100");
  const auto left = bench.sent();
  ASSERT_EQ(left.size(), most);
  EXPECT_EQ(left[0].size(), 54u);
  EXPECT_EQ(left[2].size(), 57u);
}

TEST(ResolveNeighbor, an_answer_made_in_place_has_its_header_already) {
  ServiceBench bench(dr_service());
  const Bytes echo = icmp(8, 0, 1, text("ping"));
  Batch& batch = bench.run("neighbor", {from_neighbor(ip_packet({"10.0.0.9", "10.0.0.1"}, IPPROTO_ICMP, echo))});
  ASSERT_EQ(batch.live_count, 1);
  const Bytes frame = bench.bytes(bench.packet(0));
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 6), hex("0200 0000 0002"));
}

}  // namespace
}  // namespace poise::datapath
