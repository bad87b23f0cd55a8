#include "datapath/worker_commands.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/path.hpp"
#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

constexpr InterfaceIndex eth0{0};

config::Config dr_service() {
  config::Config config = one_service(1);
  config.services["web"].mode = config::Mode::dr;
  return config;
}

Inject injected(const Bytes& frame) {
  Inject item;
  item.port = PortIndex{0};
  item.length = std::uint16_t(frame.size());
  std::copy(frame.begin(), frame.end(), item.bytes.begin());
  return item;
}

TEST(WorkerCommands, what_waits_for_a_neighbor_leaves_when_it_is_resolved_and_is_dropped_when_not) {
  for (const bool resolved : {true, false}) {
    ServiceBench bench(dr_service());
    bench.run("neighbor", {segment(client_to_web, tcp_syn)});
    bench.resolve("10.0.0.100", "02:00:00:00:00:64", resolved);
    EXPECT_EQ(bench.sent().size(), resolved ? 1u : 0u);
    EXPECT_EQ(bench.dropped(Drop::neighbor_unresolved), resolved ? 0u : 1u);
    const NeighborIndex row = bench.worker.neighbors.find(eth0, ip("10.0.0.100"));
    EXPECT_EQ(bench.worker.neighbors[row].state, resolved ? Neighbor::resolved : Neighbor::failed);
  }
}

TEST(WorkerCommands, an_erased_neighbor_frees_its_row_and_makes_every_flow_look_again) {
  ServiceBench bench(dr_service());
  bench.run("neighbor", {segment(client_to_web, tcp_syn)});
  const std::uint16_t before = bench.worker.path_epoch;
  bench.commands.push(EraseNeighbor{eth0, ip("10.0.0.100")});
  bench.commands.push(EraseNeighbor{eth0, ip("10.0.0.200")});  // not there: nothing
  EXPECT_EQ(take_commands(bench.worker), 2u);
  EXPECT_EQ(bench.worker.neighbors.find(eth0, ip("10.0.0.100")), NeighborTable::no_row);
  EXPECT_EQ(bench.worker.path_epoch, before + 1);
  EXPECT_EQ(bench.dropped(Drop::neighbor_unresolved), 1u);
}

TEST(WorkerCommands, a_neighbor_of_an_interface_that_is_gone_is_ignored) {
  ServiceBench bench(dr_service());
  bench.commands.push(SetNeighbor{InterfaceIndex{7}, ip("10.0.0.100"), mac(their_mac), true});
  EXPECT_EQ(take_commands(bench.worker), 1u);
  EXPECT_EQ(bench.worker.neighbors.size(), 0u);
}

TEST(WorkerCommands, use_of_a_neighbor_is_told_once) {
  ServiceBench bench(dr_service());
  bench.resolve("10.0.0.100");
  bench.run("neighbor", {segment(client_to_web, tcp_syn)});
  for (const bool used : {true, false}) {
    bench.commands.push(AskNeighborUse{eth0, ip("10.0.0.100")});
    take_commands(bench.worker);
    Reply reply;
    ASSERT_TRUE(bench.replies.pop(reply));
    EXPECT_EQ(std::get<NeighborUse>(reply).used, used);
  }
}

TEST(WorkerCommands, flows_are_read_a_few_at_a_time_and_each_once) {
  ServiceBench bench(one_service(1));
  for (std::uint16_t port = 1000; port < 1010; ++port)
    bench.run("schedule", {segment({"10.0.0.9", "203.0.113.10", port, 80}, tcp_syn)});
  std::set<std::uint16_t> ports;
  std::uint64_t cursor = 0;
  int pages = 0;
  do {
    bench.commands.push(ReadFlows{7, cursor, 4});
    take_commands(bench.worker);
    Reply reply;
    while (bench.replies.pop(reply) && std::holds_alternative<FlowRow>(reply)) {
      EXPECT_EQ(std::get<FlowRow>(reply).request, 7u);
      EXPECT_TRUE(ports.insert(std::get<FlowRow>(reply).client_port).second);
    }
    cursor = std::get<FlowsEnd>(reply).cursor;
    ++pages;
  } while (cursor != 0 && pages < 100);
  EXPECT_EQ(ports.size(), 10u);
  EXPECT_GE(pages, 3);
}

TEST(WorkerCommands, while_packets_wait_flows_are_read_two_at_a_time) {
  ServiceBench bench(one_service(1));
  for (std::uint16_t port = 1000; port < 1010; ++port)
    bench.run("schedule", {segment({"10.0.0.9", "203.0.113.10", port, 80}, tcp_syn)});
  bench.worker.busy = true;
  bench.commands.push(ReadFlows{7, 0, 8});
  bench.commands.push(ReadFlows{8, 0, 8});  // waits for the first to end
  std::size_t loops = 0;
  for (std::size_t before = 0; loops < 100; ++loops, before = bench.replies.size()) {
    take_commands(bench.worker);
    EXPECT_LE(bench.replies.size() - before, 3u);  // two rows, and perhaps the end
    if (!bench.worker.reading && bench.commands.size() == 0) break;
  }
  EXPECT_EQ(loops, 7u);  // the eighth was the last
  Reply reply;
  std::vector<std::uint32_t> requests;
  while (bench.replies.pop(reply))
    if (const auto* row = std::get_if<FlowRow>(&reply)) requests.push_back(row->request);
  EXPECT_EQ(requests, std::vector<std::uint32_t>({7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8}));
}

TEST(WorkerCommands, stop_stops) {
  ServiceBench bench(dr_service());
  bench.commands.push(Stop{});
  take_commands(bench.worker);
  EXPECT_TRUE(bench.worker.stopping);
}

TEST(WorkerCommands, injected_frames_leave_as_they_are_or_are_counted_without_buffers) {
  ServiceBench bench(dr_service());
  const Bytes frame = segment(client_to_web, tcp_syn);
  bench.injects.push(injected(frame));
  EXPECT_EQ(send_injected(bench.worker), 1u);
  EXPECT_EQ(bench.sent(), std::vector<Bytes>{frame});
  EXPECT_EQ(bench.worker.counters.injected.read(), 1u);
  bench.pool.empty();
  bench.injects.push(injected(frame));
  EXPECT_EQ(send_injected(bench.worker), 1u);
  EXPECT_EQ(bench.dropped(Drop::no_buffer), 1u);
  bench.pool.refill();
}

TEST(WorkerCommands, one_round_sends_at_most_a_burst_of_what_waits) {
  ServiceBench bench(dr_service());
  for (int i = 0; i < 2; ++i) bench.injects.push(injected(segment(client_to_web, tcp_syn)));
  EXPECT_EQ(send_injected(bench.worker), 2u);
  EXPECT_EQ(send_injected(bench.worker), 0u);
}

TEST(WorkerCommands, dropped_packets_are_captured_when_asked_for_and_lost_copies_counted) {
  ServiceBench bench(dr_service());
  bench.servers[ServerIndex{0}].status = ServerState::down;
  auto wanted = std::make_unique<Observation>();
  wanted->capture = wanted->only_dropped = true;
  wanted->drop = Drop::no_server_available;
  wanted->snap_length = 34;
  bench.observations.publish(std::move(wanted));
  for (int i = 0; i < 65; ++i) {
    bench.port.give(segment(client_to_web, tcp_syn));
    bench.port.give(datagram({"10.0.0.9", "198.51.100.7", 1, 2}));  // no route: another reason
    run_once(bench.worker, bench.worker.now);
  }
  const auto punts = bench.take_punts();
  std::size_t captured = 0;
  for (const Punt& punt : punts) {
    if (punt.kind != Punt::capture) continue;
    EXPECT_EQ(punt.drop, Drop::no_server_available);
    EXPECT_EQ(punt.length, 34);
    EXPECT_EQ(punt.original_length, 54);
    ++captured;
  }
  EXPECT_EQ(captured + bench.worker.counters.capture_lost.read(), 65u);
  EXPECT_GT(bench.worker.counters.capture_lost.read(), 0u);
}

}  // namespace
}  // namespace poise::datapath
