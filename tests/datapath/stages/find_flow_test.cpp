#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

config::Config nat_service(config::RemovedServerPolicy policy = config::RemovedServerPolicy::keep) {
  config::Config config = one_service(1);
  config.services["web"].mode = config::Mode::nat;
  config.services["web"].removed_server = policy;
  return config;
}

const Ends server_to_client{"10.0.0.100", "10.0.0.9", 80, 50000};

TEST(FindFlow, both_directions_find_the_flow_and_say_which_they_are) {
  ServiceBench bench(nat_service());
  const FlowRef flow = (bench.run("schedule", {segment(client_to_web, tcp_syn)}), bench.packet(0).flow);
  ASSERT_TRUE(flow.valid());
  Batch& batch = bench.run("flow", {segment(client_to_web, tcp_ack), segment(server_to_client, tcp_ack)});
  EXPECT_TRUE(batch.all_in_flows);
  EXPECT_EQ(bench.packet(0).flow, flow);
  EXPECT_FALSE(bench.packet(0).has(flag_to_client));
  EXPECT_EQ(bench.packet(1).flow, flow);
  EXPECT_TRUE(bench.packet(1).has(flag_to_client));
  EXPECT_EQ(bench.worker.flows.state(flow).packets_to_server, 2u);
  EXPECT_EQ(bench.worker.flows.state(flow).packets_to_client, 1u);
}

TEST(FindFlow, a_packet_of_no_flow_goes_on_without_one) {
  ServiceBench bench(nat_service());
  Batch& batch = bench.run("flow", {segment(client_to_web, tcp_syn)});
  EXPECT_EQ(batch.live_count, 1);
  EXPECT_FALSE(batch.all_in_flows);
  EXPECT_FALSE(bench.packet(0).flow.valid());
}

TEST(FindFlow, a_syn_on_a_connection_that_is_over_starts_anew) {
  ServiceBench bench(nat_service());
  const FlowRef flow = (bench.run("schedule", {segment(client_to_web, tcp_syn)}), bench.packet(0).flow);
  for (const TcpState state : {TcpState::syn_sent, TcpState::established}) {
    bench.worker.flows.state(flow).tcp = state;
    bench.run("flow", {segment(client_to_web, tcp_syn)});
    EXPECT_TRUE(bench.packet(0).flow.valid());
  }
  bench.worker.flows.state(flow).tcp = TcpState::time_wait;
  EXPECT_FALSE(bench.run("flow", {segment(client_to_web, tcp_syn)}).all_in_flows);
  EXPECT_FALSE(bench.packet(0).flow.valid());
  EXPECT_EQ(bench.worker.flows.used(), 0u);
}

TEST(FindFlow, a_flow_of_a_server_that_is_gone_does_what_the_policy_says) {
  using enum config::RemovedServerPolicy;
  for (const config::RemovedServerPolicy policy : {keep, reset, reschedule}) {
    ServiceBench bench(nat_service(policy));
    bench.run("schedule", {segment(client_to_web, tcp_syn)});
    bench.servers[ServerIndex{0}].status = ServerState::down;
    Batch& batch = bench.run("flow", {segment(client_to_web, tcp_ack)});
    EXPECT_EQ(batch.live_count, policy == reset ? 0 : 1);
    EXPECT_EQ(bench.dropped(Drop::server_removed), policy == reset ? 1u : 0u);
    EXPECT_EQ(bench.take_generated().size(), policy == reset ? 1u : 0u);
    EXPECT_EQ(bench.worker.flows.used(), policy == keep ? 1u : 0u);
    EXPECT_EQ(policy == reschedule, batch.live_count == 1 && bench.packet(0).has(flag_rescheduled));
  }
}

TEST(FindFlow, a_flow_of_a_server_that_fails_does_what_the_policy_says) {
  using enum config::FailedServerPolicy;
  for (const config::FailedServerPolicy policy : {keep, reset, reschedule}) {
    config::Config config = nat_service(config::RemovedServerPolicy::reset);
    config.services["web"].failed_server = policy;
    ServiceBench bench(config);
    bench.run("schedule", {segment(client_to_web, tcp_syn)});
    bench.servers[ServerIndex{0}].health = ServerState::inhibited;
    EXPECT_EQ(bench.run("flow", {segment(client_to_web, tcp_ack)}).live_count, 1);
    EXPECT_TRUE(bench.packet(0).flow.valid());
    bench.servers[ServerIndex{0}].health = ServerState::failed;
    Batch& batch = bench.run("flow", {segment(client_to_web, tcp_ack)});
    EXPECT_EQ(batch.live_count, policy == reset ? 0 : 1);
    EXPECT_EQ(bench.dropped(Drop::server_failed), policy == reset ? 1u : 0u);
    EXPECT_EQ(bench.take_generated().size(), policy == reset ? 1u : 0u);
    EXPECT_EQ(bench.worker.flows.used(), policy == keep ? 1u : 0u);
    EXPECT_EQ(policy == reschedule, batch.live_count == 1 && bench.packet(0).has(flag_rescheduled));
  }
}

TEST(FindFlow, when_the_drain_deadline_has_passed_what_is_left_is_reset) {
  ServiceBench bench(nat_service());
  bench.run("schedule", {segment(client_to_web, tcp_syn)});
  bench.servers[ServerIndex{0}].status = ServerState::draining;
  EXPECT_EQ(bench.run("flow", {segment(client_to_web, tcp_ack)}).live_count, 1);
  bench.servers[ServerIndex{0}].reset_flows = true;
  EXPECT_EQ(bench.run("flow", {segment(client_to_web, tcp_ack)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::drained), 1u);
}

TEST(FindFlow, a_reply_on_the_wrong_core_is_handed_to_its_owner_and_counted) {
  auto tables = two_interfaces(2);
  tables->ports[0].hardware_rss = true;  // steer leaves it where it came
  StageBench bench(std::move(tables));
  for (std::uint16_t port = 1000; bench.worker.counters.wrong_core.read() == 0; ++port) {
    ASSERT_LT(port, 1100);
    Batch& batch = bench.load({segment({"10.1.0.9", "192.0.2.50", 80, port}, tcp_ack)});
    for (const auto stage : {parse, steer, find_flow}) stage(bench.worker, batch);
  }
  EXPECT_EQ(bench.worker.batch.live_count, 0);
  EXPECT_EQ(bench.to_other.size(), 1u);
}

TEST(FindFlow, a_flow_of_an_address_that_another_node_holds_now_is_forwarded_to_it) {
  ServiceBench bench(shared_service());
  Hold& hold = bench.holds[HoldIndex{0}];
  hold.set(never, never);
  bench.run("schedule", {segment(client_to_web, tcp_syn)});
  const FlowRef flow = bench.packet(0).flow;
  ASSERT_TRUE(flow.valid());
  hold.set(Instant::min(), Instant::min());
  bench.run("route", {segment(client_to_web, tcp_ack), segment(server_to_client, tcp_ack)});
  ASSERT_EQ(bench.worker.batch.live_count, 1) << "no route to the address here: the sender is told";
  EXPECT_EQ(bench.packet(0).flow, flow) << "what the server says still reaches the client";
  EXPECT_EQ(bench.dropped(Drop::no_route), 1u);
}

}  // namespace
}  // namespace poise::datapath
