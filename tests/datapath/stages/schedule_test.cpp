#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/flow_life.hpp"
#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

using config::Mode;

config::Config service_of(Mode mode, std::size_t servers = 2) {
  config::Config config = one_service(servers);
  config.services["web"].mode = mode;
  return config;
}

Ends from_port(std::uint16_t port) { return {client_to_web.source, client_to_web.destination, port, 80}; }

TEST(Schedule, a_new_flow_gets_a_server_and_an_entry_with_the_keys_its_mode_needs) {
  for (const Mode mode : {Mode::nat, Mode::fullnat, Mode::dr, Mode::tunnel}) {
    ServiceBench bench(service_of(mode));
    bench.run("schedule", {segment(client_to_web, tcp_syn)});
    const FlowRef flow = bench.packet(0).flow;
    ASSERT_TRUE(flow.valid());
    EXPECT_EQ(bench.worker.flows.state(flow).has(flow_two_keys), mode == Mode::nat || mode == Mode::fullnat);
    EXPECT_EQ(bench.worker.flows.state(flow).mode, std::uint8_t(mode));
    EXPECT_EQ(bench.servers[ServerIndex{0}].connections + bench.servers[ServerIndex{1}].connections, 1u);
    const FlowKey reply = bench.worker.flows.reply_key(flow);
    EXPECT_EQ(reply.destination, mode == Mode::fullnat ? ip("10.0.0.1") : ip("10.0.0.9"));
  }
}

TEST(Schedule, packets_of_one_new_flow_in_one_batch_share_its_entry) {
  ServiceBench bench(service_of(Mode::nat));
  bench.run("schedule", {segment(client_to_web, tcp_syn), segment(client_to_web, tcp_syn)});
  EXPECT_EQ(bench.packet(0).flow, bench.packet(1).flow);
  EXPECT_EQ(bench.worker.flows.used(), 1u);
}

TEST(Schedule, the_middle_of_an_unknown_connection_is_answered_as_the_service_says) {
  using enum config::UnknownFlowPolicy;
  for (const config::UnknownFlowPolicy policy : {reset, drop, schedule}) {
    config::Config config = service_of(Mode::nat);
    config.services["web"].unknown_flow = policy;
    ServiceBench bench(config);
    EXPECT_EQ(bench.run("schedule", {segment(client_to_web, tcp_ack)}).live_count, policy == schedule ? 1 : 0);
    EXPECT_EQ(bench.dropped(Drop::no_flow), policy == schedule ? 0u : 1u);
    EXPECT_EQ(bench.take_generated().size(), policy == reset ? 1u : 0u);
    if (policy != schedule) continue;
    EXPECT_EQ(bench.worker.flows.state(bench.packet(0).flow).tcp, TcpState::established);
  }
}

TEST(Schedule, a_reset_opens_nothing_whatever_the_policy) {
  config::Config config = service_of(Mode::nat);
  config.services["web"].unknown_flow = config::UnknownFlowPolicy::schedule;
  ServiceBench bench(config);
  EXPECT_EQ(bench.run("schedule", {segment(client_to_web, tcp_rst)}).live_count, 0);
  EXPECT_TRUE(bench.take_generated().empty());
}

TEST(Schedule, without_a_server_the_packet_is_dropped_and_counted_for_the_service) {
  ServiceBench bench(service_of(Mode::nat, 1));
  bench.servers[ServerIndex{0}].status = ServerState::down;
  EXPECT_EQ(bench.run("schedule", {segment(client_to_web, tcp_syn)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::no_server_available), 1u);
  EXPECT_EQ(bench.worker.counters.services_no_server[0].read(), 1u);
}

TEST(Schedule, persistence_keeps_a_client_with_its_server_while_that_takes_new_flows) {
  config::Config config = service_of(Mode::nat, 3);
  config.services["web"].persistence = config::Persistence{};
  ServiceBench bench(config);
  const auto server_for = [&](std::uint16_t port) {
    bench.run("schedule", {segment(from_port(port), tcp_syn)});
    return bench.worker.flows.state(bench.packet(0).flow).real;
  };
  const RealIndex first = server_for(50000);
  for (std::uint16_t port = 50001; port < 50009; ++port) EXPECT_EQ(server_for(port), first);
  bench.servers[bench.worker.tables->reals[first.value].server].status = ServerState::draining;
  const RealIndex second = server_for(50010);
  EXPECT_NE(second, first);
  EXPECT_EQ(server_for(50011), second);
}

TEST(Schedule, a_full_table_costs_a_new_flow_but_a_hashed_one_way_service_goes_on_without_entries) {
  for (const bool stateless : {false, true}) {
    config::Config config = service_of(Mode::dr);
    if (stateless) config.services["web"].scheduler = config::Scheduler::maglev;
    ServiceBench bench(config);
    const std::uint32_t entries = bench.worker.flows.sizes().v4;
    for (std::uint16_t i = 0; i < entries; ++i) {
      bench.run("schedule", {segment(from_port(std::uint16_t(1000 + i)), tcp_syn)});
      establish(bench.worker, bench.packet(0).flow);
    }
    ASSERT_EQ(bench.worker.flows.used(), entries);
    Batch& batch = bench.run("schedule", {segment(from_port(900), tcp_syn)});
    EXPECT_EQ(batch.live_count, stateless ? 1 : 0);
    EXPECT_EQ(bench.dropped(Drop::flow_table_full), stateless ? 0u : 1u);
    EXPECT_EQ(bench.worker.counters.flows_stateless.read(), stateless ? 1u : 0u);
    EXPECT_EQ(stateless, batch.live_count == 1 && bench.packet(0).real != RealIndex{~0u});
  }
}

TEST(Schedule, a_nat_flow_whose_reply_would_be_anothers_is_refused_until_that_is_over) {
  config::Config config = service_of(Mode::nat, 1);
  config.services["mail"] = config.services["web"];
  config.services["mail"].address = ip("203.0.113.11");
  ServiceBench bench(config);
  bench.run("schedule", {segment(client_to_web, tcp_syn)});
  const FlowRef first = bench.packet(0).flow;
  const Bytes same_ports = segment({"10.0.0.9", "203.0.113.11", 50000, 80}, tcp_syn);
  EXPECT_EQ(bench.run("schedule", {same_ports}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::flow_conflict), 1u);
  bench.worker.flows.state(first).tcp = TcpState::time_wait;
  EXPECT_EQ(bench.run("schedule", {same_ports}).live_count, 1);
  EXPECT_EQ(bench.worker.flows.used(), 1u);
}

}  // namespace
}  // namespace poise::datapath
