#include "datapath/stages/icmp_error.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

const Ends flow4{"192.0.2.9", "198.51.100.7", 5000, 53}, flow6{"2001:db8:9::9", "2001:db8:7::7", 5000, 53};

Bytes frame_of(const Bytes& packet, const char* destination = our_mac) {
  return ethernet(destination, their_mac, (packet[0] >> 4) == 4 ? 0x0800 : 0x86dd, packet);
}
// What the sender of a packet is told; empty: nothing.
Bytes told(StageBench& bench, const Bytes& frame, IcmpError error) {
  Batch& batch = bench.load({frame});
  parse(bench.worker, batch);
  EXPECT_EQ(batch.live_count, 1);
  const bool sent = send_icmp_error(bench.worker, bench.packet(0), error);
  const auto made = bench.take_generated();
  EXPECT_EQ(made.size(), sent ? 1u : 0u);
  return sent ? made[0] : Bytes{};
}

// Everything of an ICMP error but its identification.
Bytes without_identification(Bytes packet) {
  packet[4] = packet[5] = packet[10] = packet[11] = 0;
  return packet;
}

TEST(IcmpError, quotes_the_packet_and_comes_from_the_interface_it_arrived_on) {
  StageBench bench;
  const Bytes packet = ip_packet(flow4, IPPROTO_UDP, udp(flow4, text("question")), {1});
  const Bytes error = told(bench, frame_of(packet), {IcmpProblem::ttl_exceeded});
  EXPECT_EQ(faults(error), "");
  EXPECT_EQ(to_hex(without_identification(error)),
            to_hex(without_identification(
                ip_packet({"192.0.2.1", "192.0.2.9"}, IPPROTO_ICMP, icmp(11, 0, 0, packet), {64, 0xc0}))));
  EXPECT_EQ(bench.worker.counters.icmp_errors_sent.read(), 1u);
}

TEST(IcmpError, ipv6_likewise) {
  StageBench bench;
  const Bytes packet = ip_packet(flow6, IPPROTO_UDP, udp(flow6, text("question")), {1});
  const Ends ends{"2001:db8:1::1", "2001:db8:9::9"};
  EXPECT_EQ(to_hex(told(bench, frame_of(packet), {IcmpProblem::ttl_exceeded})),
            to_hex(ip_packet(ends, IPPROTO_ICMPV6, icmpv6(ends, 3, 0, 0, packet), {64, 0xc0})));
}

TEST(IcmpError, about_a_packet_to_our_address_comes_from_that_address) {
  StageBench bench;
  const Ends to_service{"192.0.2.9", "203.0.113.10", 5000, 999};
  const Bytes error =
      told(bench, frame_of(ip_packet(to_service, IPPROTO_UDP, udp(to_service, {}))), {IcmpProblem::port_unreachable});
  EXPECT_EQ(to_hex(Bytes(error.begin() + 12, error.begin() + 16)), "cb 00 71 0a");
}

TEST(IcmpError, each_problem_has_its_number_in_both_families) {
  struct Row {
    IcmpProblem problem;
    const char* v4;
    const char* v6;
    const char* word;
  };
  StageBench bench;
  for (const Row& row : {Row{IcmpProblem::ttl_exceeded, "0b 00", "03 00", "00 00 00 00"},
                         Row{IcmpProblem::too_big, "03 04", "02 00", "00 00 05 78"},
                         Row{IcmpProblem::no_route, "03 00", "01 00", "00 00 00 00"},
                         Row{IcmpProblem::host_unreachable, "03 01", "01 03", "00 00 00 00"},
                         Row{IcmpProblem::protocol_unreachable, "03 02", "04 01", nullptr},
                         Row{IcmpProblem::port_unreachable, "03 03", "01 04", "00 00 00 00"},
                         Row{IcmpProblem::admin_prohibited, "03 0d", "01 01", "00 00 00 00"}}) {
    const Bytes v4 = told(bench, frame_of(ip_packet(flow4, IPPROTO_UDP, udp(flow4, {}))), {row.problem, 1400});
    const Bytes v6 = told(bench, frame_of(ip_packet(flow6, IPPROTO_UDP, udp(flow6, {}))), {row.problem, 1400});
    EXPECT_EQ(to_hex(Bytes(v4.begin() + 20, v4.begin() + 22)), row.v4);
    EXPECT_EQ(to_hex(Bytes(v6.begin() + 40, v6.begin() + 42)), row.v6);
    EXPECT_EQ(to_hex(Bytes(v4.begin() + 24, v4.begin() + 28)), row.word == nullptr ? "00 00 00 00" : row.word);
    EXPECT_EQ(to_hex(Bytes(v6.begin() + 44, v6.begin() + 48)), row.word == nullptr ? "00 00 00 06" : row.word);
  }
}

TEST(IcmpError, an_unknown_protocol_is_pointed_at_behind_extension_headers) {
  StageBench bench;
  const Bytes packet = ip_packet({flow6.source, flow6.destination}, 132, Bytes(16),
                                 {64, 0, 0, 0, hex("3c00 0104 00000000 8400 0104 00000000"), 0});
  const Bytes error = told(bench, frame_of(packet), {IcmpProblem::protocol_unreachable});
  EXPECT_EQ(to_hex(Bytes(error.begin() + 44, error.begin() + 48)), "00 00 00 30");
}

TEST(IcmpError, quotes_as_much_as_is_allowed) {
  StageBench bench;
  const Bytes v4 =
      told(bench, frame_of(ip_packet(flow4, IPPROTO_UDP, udp(flow4, Bytes(1400, 1)))), {IcmpProblem::no_route});
  EXPECT_EQ(v4.size(), 576u);
  EXPECT_EQ(faults(v4), "");
  const Bytes v6 =
      told(bench, frame_of(ip_packet(flow6, IPPROTO_UDP, udp(flow6, Bytes(1400, 1)))), {IcmpProblem::no_route});
  EXPECT_EQ(v6.size(), 1280u);
  EXPECT_EQ(faults(v6), "");
}

TEST(IcmpError, is_never_about_an_error_a_later_fragment_a_crowd_or_nobody) {
  StageBench bench;
  const Bytes datagram = udp(flow4, Bytes(32, 1));
  const auto silent = [&](const Bytes& packet, const char* why, const char* destination = our_mac) {
    EXPECT_TRUE(told(bench, frame_of(packet, destination), {IcmpProblem::no_route}).empty()) << why;
  };
  const Ends turned{"198.51.100.7", "192.0.2.9", 53, 5000};
  silent(ip_packet({"192.0.2.9", "198.51.100.7"}, IPPROTO_ICMP,
                   icmp(3, 1, 0, ip_packet(turned, IPPROTO_UDP, udp(turned, text("12345678"))))),
         "an error");
  silent(ip_packet({"192.0.2.9", "198.51.100.7"}, IPPROTO_ICMP, icmp(5, 1, 0, Bytes(28))), "a redirect");
  silent(ip_packet({"2001:db8:9::9", "2001:db8:7::7"}, IPPROTO_ICMPV6,
                   icmpv6({"2001:db8:9::9", "2001:db8:7::7"}, 100, 0, 0, {})),
         "an unknown ICMPv6 error");
  silent(ip_packet(flow4, IPPROTO_UDP, Bytes(32), {64, 0, 9, 0x0010}), "a later fragment");
  silent(
      ip_packet({"192.0.2.9", "224.0.0.251", 5000, 53}, IPPROTO_UDP, udp({"192.0.2.9", "224.0.0.251", 5000, 53}, {})),
      "multicast");
  silent(ip_packet({"192.0.2.9", "255.255.255.255", 5000, 53}, IPPROTO_UDP,
                   udp({"192.0.2.9", "255.255.255.255", 5000, 53}, {})),
         "broadcast");
  silent(ip_packet(flow4, IPPROTO_UDP, datagram), "a link broadcast", "ff:ff:ff:ff:ff:ff");
  silent(ip_packet({"0.0.0.0", "198.51.100.7", 5000, 53}, IPPROTO_UDP, udp({"0.0.0.0", "198.51.100.7", 5000, 53}, {})),
         "no sender");
  silent(
      ip_packet({"240.0.0.1", "198.51.100.7", 5000, 53}, IPPROTO_UDP, udp({"240.0.0.1", "198.51.100.7", 5000, 53}, {})),
      "a reserved sender");
  silent(ip_packet({"203.0.113.10", "198.51.100.7", 5000, 53}, IPPROTO_UDP,
                   udp({"203.0.113.10", "198.51.100.7", 5000, 53}, {})),
         "ourselves");
  EXPECT_FALSE(
      told(bench, frame_of(ip_packet(flow4, IPPROTO_UDP, datagram, {64, 0, 9, 0x2000})), {IcmpProblem::no_route})
          .empty())
      << "a first fragment";
  EXPECT_FALSE(told(bench, frame_of(ip_packet({"192.0.2.9", "198.51.100.7"}, IPPROTO_ICMP, icmp(8, 0, 1, {}))),
                    {IcmpProblem::no_route})
                   .empty())
      << "a ping";
}

TEST(IcmpError, packet_too_big_is_said_to_the_sender_of_ipv6_multicast_too) {
  StageBench bench;
  const Ends ends{"2001:db8:9::9", "ff0e::1", 5000, 53};
  const Bytes frame = frame_of(ip_packet(ends, IPPROTO_UDP, udp(ends, {})), "33:33:00:00:00:01");
  EXPECT_TRUE(told(bench, frame, {IcmpProblem::ttl_exceeded}).empty());
  EXPECT_FALSE(told(bench, frame, {IcmpProblem::too_big, 1280}).empty());
}

TEST(IcmpError, no_more_than_the_configured_number_a_second) {
  auto tables = two_interfaces();
  tables->icmp.errors_per_second = 5;
  StageBench bench(std::move(tables));
  const Bytes frame = frame_of(ip_packet(flow4, IPPROTO_UDP, udp(flow4, {})));
  const auto burst = [&] {
    int sent = 0;
    for (int i = 0; i < 12; ++i) sent += told(bench, frame, {IcmpProblem::no_route}).empty() ? 0 : 1;
    return sent;
  };
  EXPECT_EQ(burst(), 5);
  EXPECT_EQ(bench.dropped(Drop::icmp_rate_limited), 7u);
  bench.worker.now += std::chrono::milliseconds(400);
  EXPECT_EQ(burst(), 2);
}

TEST(IcmpError, a_burst_makes_no_more_packets_than_it_has_room_for) {
  StageBench bench;
  Batch& batch = bench.load({frame_of(ip_packet(flow4, IPPROTO_UDP, udp(flow4, {})))});
  parse(bench.worker, batch);
  for (std::size_t i = 0; i < limits::burst; ++i) ASSERT_NE(new_packet(bench.worker), nullptr);
  EXPECT_FALSE(send_icmp_error(bench.worker, bench.packet(0), {IcmpProblem::no_route}));
  EXPECT_EQ(bench.worker.counters.icmp_errors_sent.read(), 0u);
}

}  // namespace
}  // namespace poise::datapath
