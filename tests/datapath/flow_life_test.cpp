#include "datapath/flow_life.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

constexpr RealIndex web_server{0}, nobody{~0u};

std::unique_ptr<Tables> one_real() {
  auto tables = two_interfaces();
  Service service;
  service.index = ServiceIndex{0};
  tables->services.push_back(service);
  Real real;
  real.in_use = true;
  real.service = ServiceIndex{0};
  real.server = ServerIndex{0};
  tables->reals.push_back(real);
  return tables;
}

struct FlowLife : testing::Test {
  FlowLife() : bench(one_real()) { at(100'000); }
  void at(std::uint32_t ms) {
    bench.worker.now_ms = ms;
    bench.worker.now = Instant(std::chrono::milliseconds(ms));
  }
  static FlowTable::New plan(std::uint8_t protocol, std::uint16_t port, bool two_keys) {
    FlowTable::New flow;
    flow.client = {ip("198.51.100.1"), ip("203.0.113.10"), port, 80, protocol};
    flow.reply = {ip("10.1.0.9"), ip("192.0.2.50"), 80, port, protocol};
    flow.two_keys = two_keys;
    flow.server = flow.reply.source;
    flow.local = flow.reply.destination;
    flow.server_port = 80;
    flow.local_port = port;
    return flow;
  }
  FlowRef begin(std::uint8_t protocol, std::uint16_t port = 1000, bool two_keys = true, RealIndex real = web_server) {
    const FlowRef flow = bench.worker.flows.create(plan(protocol, port, two_keys));
    ensure(flow.valid());
    begin_flow(bench.worker, flow, real);
    return flow;
  }
  void client(FlowRef flow, std::uint8_t flags = 0) { see(flow, flags, false); }
  void server(FlowRef flow, std::uint8_t flags = 0) { see(flow, flags, true); }
  void see(FlowRef flow, std::uint8_t flags, bool to_client) {
    Packet packet;
    packet.tcp_flags = flags;
    if (to_client) packet.set(flag_to_client);
    track(bench.worker, flow, packet);
  }
  void shake_hands(FlowRef flow) {
    client(flow, tcp_syn);
    server(flow, tcp_syn | tcp_ack);
    client(flow, tcp_ack);
  }
  TcpState tcp(FlowRef flow) { return bench.worker.flows.state(flow).tcp; }
  std::uint32_t timeout(FlowRef flow) { return timeout_ms(bench.worker, bench.worker.flows.state(flow)); }
  std::uint32_t connections() { return bench.servers[ServerIndex{0}].connections.load(); }

  StageBench bench;
  const config::Timeouts timeouts;
};

TEST_F(FlowLife, a_tcp_connection_is_followed_from_its_syn_to_both_fins) {
  const FlowRef flow = begin(IPPROTO_TCP);
  EXPECT_EQ(tcp(flow), TcpState::syn_sent);
  EXPECT_EQ(timeout(flow), timeouts.tcp_syn_ms);
  client(flow, tcp_syn);
  server(flow, tcp_syn | tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::syn_received);
  server(flow, tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::syn_received) << "only the client ends the handshake";
  client(flow, tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::established);
  EXPECT_EQ(timeout(flow), timeouts.tcp_established_ms);
  EXPECT_EQ(bench.worker.embryonic, 0u);
  server(flow, tcp_fin | tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::fin_wait);
  EXPECT_EQ(connections(), 1u);
  client(flow, tcp_fin | tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::time_wait);
  EXPECT_EQ(timeout(flow), timeouts.tcp_fin_ms);
  EXPECT_EQ(connections(), 0u);
  end_flow(bench.worker, flow);
  EXPECT_EQ(connections(), 0u) << "counted out once";
}

TEST_F(FlowLife, when_replies_pass_elsewhere_the_clients_segments_alone_establish) {
  const FlowRef flow = begin(IPPROTO_TCP, 1000, false);
  client(flow, tcp_syn);
  EXPECT_EQ(tcp(flow), TcpState::syn_sent);
  client(flow, tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::established);
  const FlowRef udp = begin(IPPROTO_UDP, 1001, false);
  client(udp);
  EXPECT_EQ(bench.worker.embryonic, 1u) << "one datagram proves nothing";
  client(udp);
  EXPECT_EQ(bench.worker.embryonic, 0u);
}

TEST_F(FlowLife, data_after_a_reset_that_was_not_believed_brings_the_connection_back) {
  const FlowRef flow = begin(IPPROTO_TCP);
  shake_hands(flow);
  client(flow, tcp_rst);
  EXPECT_EQ(tcp(flow), TcpState::closed);
  EXPECT_EQ(timeout(flow), timeouts.tcp_closed_ms);
  EXPECT_EQ(connections(), 0u);
  server(flow, tcp_ack);
  EXPECT_EQ(tcp(flow), TcpState::established);
  EXPECT_EQ(connections(), 1u);
}

TEST_F(FlowLife, udp_lives_longer_once_answered) {
  const FlowRef flow = begin(IPPROTO_UDP);
  client(flow);
  client(flow);
  EXPECT_EQ(timeout(flow), timeouts.udp_one_way_ms);
  server(flow);
  EXPECT_EQ(timeout(flow), timeouts.udp_ms);
}

TEST_F(FlowLife, a_gateway_flow_counts_for_no_server) {
  const FlowRef flow = begin(IPPROTO_TCP, 1000, true, nobody);
  EXPECT_EQ(connections(), 0u);
  shake_hands(flow);
  client(flow, tcp_rst);
  end_flow(bench.worker, flow);
  EXPECT_EQ(connections(), 0u);
  EXPECT_EQ(bench.worker.embryonic, 0u);
}

TEST_F(FlowLife, a_flood_evicts_embryonic_flows_and_never_established_ones) {
  std::vector<FlowRef> established;
  for (std::uint16_t port = 1; port <= 20; ++port) {
    established.push_back(begin(IPPROTO_TCP, port));
    shake_hands(established.back());
  }
  std::uint32_t entered = 0;
  for (std::uint16_t port = 1000; port < 3000; ++port) {
    const FlowTable::New next = plan(IPPROTO_TCP, port, true);
    if (admit(bench.worker, next) != Admission::yes) continue;
    begin(IPPROTO_TCP, port);
    ++entered;
    ASSERT_LE(bench.worker.embryonic, 32u) << "half of the table";
  }
  EXPECT_GT(entered, 1000u);
  EXPECT_GT(bench.worker.counters.flows_evicted.read(), 900u);
  for (const FlowRef flow : established) EXPECT_EQ(tcp(flow), TcpState::established);
}

TEST_F(FlowLife, a_table_full_of_established_flows_admits_nobody) {
  for (std::uint16_t port = 1; port <= 64; ++port) shake_hands(begin(IPPROTO_TCP, port));
  EXPECT_EQ(admit(bench.worker, plan(IPPROTO_TCP, 1000, true)), Admission::table_full);
  EXPECT_EQ(bench.worker.flows.used(), 64u);
}

TEST_F(FlowLife, the_sweep_ends_every_idle_flow_in_bounded_steps) {
  for (std::uint16_t port = 1; port <= 40; ++port) begin(IPPROTO_UDP, port);
  const FlowRef kept = begin(IPPROTO_TCP, 1000);
  shake_hands(kept);
  for (std::uint32_t ms = 0; ms <= timeouts.udp_one_way_ms + 3000; ms += 20) {
    at(100'000 + ms);
    const std::uint32_t before = bench.worker.flows.used();
    expire_flows(bench.worker);
    ASSERT_LE(before - bench.worker.flows.used(), 8u) << "a step of 20 ms is a hundredth of the table";
    if (ms < timeouts.udp_one_way_ms) {
      ASSERT_EQ(bench.worker.flows.used(), 41u);
    }
  }
  EXPECT_EQ(bench.worker.flows.used(), 1u);
  EXPECT_EQ(bench.worker.counters.flows_expired.read(), 40u);
  EXPECT_EQ(connections(), 1u);
}

}  // namespace
}  // namespace poise::datapath
