#include "datapath/worker.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <set>
#include <string>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

Bytes ping() {
  const Bytes echo = icmp(8, 0, 1, text("ping"));
  return ethernet(our_mac, their_mac, 0x0800, ip_packet({"192.0.2.9", "192.0.2.1"}, IPPROTO_ICMP, echo));
}

TEST(Worker, every_stage_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (const Stage& stage : pipeline) names.insert(stage.name);
  EXPECT_EQ(names.size(), pipeline.size());
  EXPECT_STREQ(pipeline.front().name, "parse");
  EXPECT_STREQ(pipeline.back().name, "send");
}

TEST(Worker, one_iteration_receives_answers_and_counts) {
  StageBench bench;
  bench.port.give(ping());
  EXPECT_EQ(run_once(bench.worker, bench.worker.now), 1u);
  EXPECT_EQ(run_once(bench.worker, bench.worker.now), 0u);
  EXPECT_EQ(bench.port.take().size(), 1u);
  EXPECT_EQ(bench.worker.counters.loops.read(), 2u);
  EXPECT_EQ(bench.worker.counters.busy_loops.read(), 1u);
  EXPECT_EQ(bench.worker.counters.ports[0].received.packets.read(), 1u);
  EXPECT_EQ(bench.worker.counters.ports[0].received.bytes.read(), ping().size());
  EXPECT_EQ(bench.pool.outstanding(), 0u);
}

TEST(Worker, one_burst_in_64_is_measured_stage_by_stage) {
  StageBench bench;
  for (int i = 0; i < 128; ++i) {
    bench.port.give(ping());
    run_once(bench.worker, bench.worker.now);
  }
  EXPECT_EQ(bench.worker.counters.stage_packets[0].read(), 2u);
  EXPECT_GT(bench.worker.counters.stage_cycles[0].read(), 0u);
}

TEST(Worker, a_traced_packet_leaves_a_row_at_each_stage) {
  StageBench bench;
  auto observation = std::make_unique<Observation>();
  observation->trace = true;
  bench.observations.publish(std::move(observation));
  bench.port.give(ping());
  run_once(bench.worker, bench.worker.now);
  std::size_t rows = 0;
  for (const Punt& punt : bench.take_punts()) rows += punt.kind == Punt::trace ? 1u : 0u;
  EXPECT_GE(rows, pipeline.size() - 1);
}

TEST(Worker, without_buffers_no_packet_is_made) {
  StageBench bench;
  bench.pool.empty();
  EXPECT_EQ(new_packet(bench.worker), nullptr);
  EXPECT_EQ(bench.dropped(Drop::no_buffer), 1u);
  bench.pool.refill();
}

}  // namespace
}  // namespace poise::datapath
