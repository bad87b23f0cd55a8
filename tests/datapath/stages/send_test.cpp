#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

TEST(Send, packets_leave_by_the_port_of_their_next_hop_and_answers_by_the_one_they_came_from) {
  config::Config config = one_service(1);
  config.services["web"].mode = config::Mode::dr;
  ServiceBench bench(config);
  bench.resolve("10.0.0.100");
  const Bytes echo = from_neighbor(ip_packet({"10.0.0.9", "10.0.0.1"}, IPPROTO_ICMP, icmp(8, 0, 1, text("ping"))));
  EXPECT_EQ(bench.run("send", {segment(client_to_web, tcp_syn), echo}).live_count, 0);
  EXPECT_EQ(bench.sent().size(), 2u);
  EXPECT_EQ(bench.worker.counters.ports[0].transmitted.packets.read(), 2u);
}

TEST(Send, what_a_full_transmit_queue_does_not_take_is_dropped_and_counted) {
  ServiceBench bench(one_service(1));
  const Bytes echo = from_neighbor(ip_packet({"10.0.0.9", "10.0.0.1"}, IPPROTO_ICMP, icmp(8, 0, 1, text("ping"))));
  bench.port.accept_at_most(1);
  bench.run("send", {echo, echo, echo});
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.dropped(Drop::transmit_full), 2u);
  bench.finish();
  EXPECT_EQ(bench.pool.outstanding(), 0u);
}

TEST(Send, with_an_observer_that_captures_what_is_sent_it_gets_a_copy) {
  ServiceBench bench(one_service(1));
  auto wanted = std::make_unique<Observation>();
  wanted->capture = true;
  wanted->received = false;
  bench.observations.publish(std::move(wanted));
  bench.port.give(from_neighbor(ip_packet({"10.0.0.9", "10.0.0.1"}, IPPROTO_ICMP, icmp(8, 0, 1, text("ping")))));
  run_once(bench.worker, bench.worker.now);
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].kind, Punt::capture);
  EXPECT_EQ(Bytes(punts[0].bytes.begin(), punts[0].bytes.begin() + punts[0].length), bench.port.take().at(0));
}

}  // namespace
}  // namespace poise::datapath
