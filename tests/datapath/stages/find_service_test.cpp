#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

TEST(FindService, address_protocol_and_port_name_the_service) {
  ServiceBench bench(one_service(1));
  const Ends other_port{"10.0.0.9", "203.0.113.10", 50000, 81};
  Batch& batch = bench.run(
      "service", {segment(client_to_web, tcp_syn), segment(other_port, tcp_syn), datagram(client_to_web, "x")});
  ASSERT_EQ(batch.live_count, 3);
  EXPECT_EQ(bench.packet(0).service, ServiceIndex{0});
  EXPECT_EQ(bench.packet(1).service, ServiceIndex{~0u});
  EXPECT_EQ(bench.packet(2).service, ServiceIndex{~0u});
}

TEST(FindService, a_disabled_service_takes_nothing_new) {
  config::Config config = one_service(1);
  config.services["web"].enabled = false;
  ServiceBench bench(config);
  EXPECT_EQ(bench.run("service", {segment(client_to_web, tcp_syn)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::service_disabled), 1u);
}

TEST(FindService, an_icmp_error_about_no_flow_of_ours_ends_here_and_about_another_goes_on) {
  ServiceBench bench(one_service(1));
  const auto error_about = [](const Ends& quoted) {
    const Bytes packet = ip_packet(quoted, IPPROTO_UDP, udp(quoted, {}));
    const Ends ends{"10.0.0.9", quoted.source};
    return from_neighbor(ip_packet(ends, IPPROTO_ICMP, icmp(3, 3, 0, packet)));
  };
  Batch& batch = bench.run("service", {error_about({"203.0.113.10", "10.0.0.9", 80, 50000}),
                                       error_about({"198.51.100.9", "10.0.0.9", 80, 50000})});
  EXPECT_EQ(batch.live_count, 1);
  EXPECT_EQ(bench.dropped(Drop::icmp_error_unmatched), 1u);
}

TEST(FindService, a_packet_of_a_known_flow_is_not_looked_up_again) {
  ServiceBench bench(one_service(1));
  bench.run("schedule", {segment(client_to_web, tcp_syn)});
  bench.run("service", {segment(client_to_web, tcp_ack), segment({"10.0.0.9", "203.0.113.10", 50001, 80}, tcp_syn)});
  EXPECT_EQ(bench.packet(0).service, ServiceIndex{~0u});
  EXPECT_EQ(bench.packet(1).service, ServiceIndex{0});
}

TEST(FindService, a_service_at_a_shared_address_is_served_while_the_address_is_held) {
  ServiceBench bench(shared_service());
  bench.run("service", {segment(client_to_web, tcp_syn)});
  EXPECT_EQ(bench.packet(0).service, ServiceIndex{~0u});
  bench.holds[HoldIndex{0}].set(Instant::min(), never);
  bench.run("service", {segment(client_to_web, tcp_syn)});
  EXPECT_EQ(bench.packet(0).service, ServiceIndex{0});
}

}  // namespace
}  // namespace poise::datapath
