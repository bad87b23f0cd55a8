#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

// eth0 as in one_service, a default route by 10.0.0.254, and sources 10.0.0.0/24 hidden behind the interface's address
// where `hidden`.
config::Config gateway(bool hidden = false) {
  config::Config config = one_service(1);
  config.routes.push_back({*parse_prefix("0.0.0.0/0"), {{.gateway = ip("10.0.0.254"), .interface = {}}}});
  if (hidden) {
    config.snat_pools["out"].addresses = {ip("10.0.0.50")};
    config.snat_rules.push_back({*parse_prefix("10.0.0.0/24"), "eth0", "out"});
  }
  return config;
}

const Ends outside{"10.0.0.9", "198.51.100.7", 50000, 53};

TEST(Route, a_neighbor_is_its_own_next_hop_and_the_rest_goes_to_the_gateway) {
  ServiceBench bench(gateway());
  bench.run("route", {datagram({"198.51.100.7", "10.0.0.9", 53, 50000}), datagram(outside)});
  EXPECT_EQ(bench.worker.neighbors[bench.packet(0).neighbor].address, ip("10.0.0.9"));
  EXPECT_EQ(bench.worker.neighbors[bench.packet(1).neighbor].address, ip("10.0.0.254"));
}

TEST(Route, what_has_no_route_is_dropped_and_its_sender_told) {
  ServiceBench bench(one_service(1));
  EXPECT_EQ(bench.run("route", {datagram(outside)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::no_route), 1u);
  const auto told = bench.take_generated();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0][20], 3);  // unreachable
}

TEST(Route, with_forwarding_off_only_services_are_served) {
  config::Config config = gateway();
  config.forwarding = false;
  ServiceBench bench(config);
  EXPECT_EQ(bench.run("route", {datagram(outside), segment(client_to_web, tcp_syn)}).live_count, 1);
  EXPECT_EQ(bench.dropped(Drop::forwarding_off), 1u);
}

TEST(Route, link_local_and_unspecified_sources_are_never_forwarded) {
  ServiceBench bench(gateway());
  const Ends link_local{"169.254.1.1", "198.51.100.7", 1, 2}, unspecified{"0.0.0.0", "198.51.100.7", 1, 2};
  EXPECT_EQ(bench.run("route", {datagram(link_local), datagram(unspecified)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::martian_source), 2u);
}

TEST(Route, a_port_of_ours_where_nothing_listens_says_so) {
  ServiceBench bench(gateway());
  bench.run("route", {datagram({"10.0.0.9", "10.0.0.1", 50000, 9})});
  const auto unreachable = bench.take_generated();
  ASSERT_EQ(unreachable.size(), 1u);
  EXPECT_EQ(unreachable[0][20], 3);
  EXPECT_EQ(unreachable[0][21], 3);  // port unreachable
  bench.run("route", {segment({"10.0.0.9", "203.0.113.10", 50000, 81}, tcp_syn)});
  const auto reset = bench.take_generated();
  ASSERT_EQ(reset.size(), 1u);
  EXPECT_EQ(reset[0][20 + 13] & tcp_rst, tcp_rst);
  EXPECT_EQ(bench.dropped(Drop::no_service_port), 2u);
}

TEST(Route, with_a_host_path_the_host_gets_what_is_for_the_interface) {
  config::Config config = gateway();
  config.interfaces["eth0"].host_path = true;
  ServiceBench bench(config);
  EXPECT_EQ(bench.run("route", {segment({"10.0.0.9", "10.0.0.1", 50000, 22}, tcp_syn)}).live_count, 0);
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].kind, Punt::host);
  EXPECT_EQ(bench.worker.counters.host_path_frames.read(), 1u);
}

TEST(Route, a_hidden_source_gets_a_flow_with_a_local_end_of_the_pool) {
  ServiceBench bench(gateway(true));
  bench.run("route", {datagram(outside), datagram(outside)});
  ASSERT_TRUE(bench.packet(0).flow.valid());
  EXPECT_EQ(bench.packet(0).flow, bench.packet(1).flow);
  EXPECT_EQ(bench.worker.flows.reply_key(bench.packet(0).flow).destination, ip("10.0.0.50"));
  EXPECT_TRUE(bench.worker.flows.state(bench.packet(0).flow).has(flow_snat));
}

TEST(Route, a_connection_straight_to_a_nat_server_makes_a_flow_that_is_over_give_up_its_replies) {
  config::Config config = one_service(1);
  config.services["web"].mode = config::Mode::nat;
  ServiceBench bench(config);
  bench.run("schedule", {segment(client_to_web, tcp_syn)});
  const FlowRef flow = bench.packet(0).flow;
  const FlowKey reply = bench.worker.flows.reply_key(flow);
  const std::string server = to_string(reply.source);
  const Bytes straight = segment({"10.0.0.9", server, 50000, reply.source_port}, tcp_syn);
  EXPECT_EQ(bench.run("route", {straight}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::flow_conflict), 1u);
  EXPECT_EQ(bench.take_generated().size(), 1u);  // reset: the client takes another port
  bench.worker.flows.state(flow).tcp = TcpState::time_wait;
  EXPECT_EQ(bench.run("route", {straight}).live_count, 1);
  EXPECT_EQ(bench.worker.flows.used(), 0u);
}

TEST(Route, what_has_no_ports_cannot_be_hidden) {
  ServiceBench bench(gateway(true));
  EXPECT_EQ(bench.run("route", {from_neighbor(ip_packet(outside, IPPROTO_GRE, text("12345678")))}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::unsupported_protocol), 1u);
}

TEST(RouteGenerated, our_own_packets_find_their_next_hop_or_are_dropped) {
  for (const bool routed : {true, false}) {
    ServiceBench bench(routed ? gateway() : one_service(1));
    const Bytes packet = ip_packet({"10.0.0.1", "198.51.100.7", 1, 2}, IPPROTO_UDP, udp(outside, {}));
    Packet* made = new_packet(bench.worker);
    ASSERT_NE(made, nullptr);
    std::memcpy(made->l3(), packet.data(), packet.size());
    made->family = 4;
    made->l3_length = std::uint16_t(packet.size());
    route_generated(bench.worker, bench.worker.generated);
    EXPECT_EQ(bench.worker.generated.live_count, routed ? 1 : 0);
    EXPECT_EQ(bench.dropped(Drop::no_route), routed ? 0u : 1u);
  }
}

}  // namespace
}  // namespace poise::datapath
