#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

const Ends v4{"192.0.2.9", "203.0.113.10", 1000, 80}, v6{"2001:db8:9::9", "2001:db8:5::10", 1000, 80};

// The reason why parse drops this frame; count_: it does not.
Drop reason_for(const Bytes& frame) {
  StageBench bench;
  Batch& batch = bench.load({frame});
  parse(bench.worker, batch);
  for (std::size_t reason = 0; reason < std::size_t(Drop::count_); ++reason)
    if (bench.dropped(Drop(reason)) != 0) return Drop(reason);
  return Drop::count_;
}

Bytes changed(Bytes frame, std::size_t at, std::uint8_t value) {
  frame[at] = value;
  return frame;
}
Bytes cut(Bytes frame, std::size_t length) {
  frame.resize(length);
  return frame;
}

TEST(Parse, a_segment_of_either_family_is_described) {
  StageBench bench;
  Batch& batch = bench.load({segment(v4, tcp_syn, "abc"), segment(v6, tcp_ack)});
  parse(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 2);
  const Packet &first = bench.packet(0), &second = bench.packet(1);
  EXPECT_EQ(first.family, 4);
  EXPECT_EQ(first.key, (FlowKey{ip(v4.source), ip(v4.destination), 1000, 80, IPPROTO_TCP}));
  EXPECT_EQ(first.l3_offset, 14);
  EXPECT_EQ(first.l4_offset, 34);
  EXPECT_EQ(first.payload_offset, 54);
  EXPECT_EQ(first.l3_length, 43);
  EXPECT_EQ(first.tcp_flags, tcp_syn);
  EXPECT_TRUE(first.has(flag_ports_known));
  EXPECT_EQ(first.flow_hash, bench.worker.flows.hash(first.key));
  EXPECT_EQ(second.family, 6);
  EXPECT_EQ(second.key, (FlowKey{ip(v6.source), ip(v6.destination), 1000, 80, IPPROTO_TCP}));
  EXPECT_EQ(second.l4_offset, 54);
  EXPECT_TRUE(batch.no_fragments);
}

TEST(Parse, a_tag_and_ip_options_move_what_comes_behind_them) {
  StageBench bench;
  const Bytes packet = ip_packet(v4, IPPROTO_UDP, udp(v4, {}), {.extra = {1, 1, 1, 0}});
  Batch& batch = bench.load({tagged(our_mac, their_mac, 100, 0x0800, packet)});
  parse(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 1);
  EXPECT_EQ(bench.packet(0).interface, InterfaceIndex{1});
  EXPECT_EQ(bench.packet(0).l3_offset, 18);
  EXPECT_EQ(bench.packet(0).l4_offset, 42);
  EXPECT_TRUE(bench.packet(0).has(flag_ip_options));
}

TEST(Parse, padding_of_short_frames_is_no_part_of_the_packet) {
  StageBench bench;
  Bytes frame = datagram(v4, "x");
  frame.resize(60);
  Batch& batch = bench.load({frame});
  parse(bench.worker, batch);
  EXPECT_EQ(bench.packet(0).l3_length, 29);
}

TEST(Parse, what_is_malformed_or_not_ours_has_its_reason) {
  const Bytes good = segment(v4, tcp_syn), good6 = segment(v6, tcp_syn);
  EXPECT_EQ(reason_for(good), Drop::count_);
  EXPECT_EQ(reason_for(cut(good, 13)), Drop::malformed_ethernet);
  EXPECT_EQ(reason_for(changed(good, 5, 9)), Drop::not_our_mac);
  EXPECT_EQ(reason_for(tagged(our_mac, their_mac, 7, 0x0800, {})), Drop::unknown_vlan);
  EXPECT_EQ(reason_for(changed(good, 14, 0x44)), Drop::malformed_ipv4);     // header of 16 bytes
  EXPECT_EQ(reason_for(changed(good, 14, 0x65)), Drop::malformed_ipv4);     // version 6 in an IPv4 frame
  EXPECT_EQ(reason_for(cut(good, good.size() - 1)), Drop::malformed_ipv4);  // shorter than it says
  EXPECT_EQ(reason_for(changed(good, 22, 63)), Drop::bad_ip_checksum);
  EXPECT_EQ(reason_for(cut(good6, good6.size() - 1)), Drop::malformed_ipv6);
  EXPECT_EQ(reason_for(changed(good, 46, 0x40)), Drop::malformed_l4);  // TCP header of 16 bytes
  EXPECT_EQ(reason_for(changed(datagram(v4), 39, 9)), Drop::malformed_l4);
  for (const char* source : {"127.0.0.1", "224.0.0.1", "::1", "ff02::1"}) {
    const Ends from{source, ip(source).is_v4() ? v4.destination : v6.destination, 1000, 80};
    EXPECT_EQ(reason_for(segment(from, tcp_syn)), Drop::martian_source) << source;
  }
}

TEST(Parse, a_later_fragment_has_no_ports_and_a_first_one_has_them) {
  StageBench bench;
  const IpOptions first{.identification = 7, .fragment = 0x2000}, later{.identification = 7, .fragment = 2};
  Batch& batch = bench.load({datagram(v4, "12345678", first), datagram(v4, "12345678", later)});
  parse(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 2);
  EXPECT_TRUE(bench.packet(0).has(flag_first_fragment));
  EXPECT_EQ(bench.packet(0).key.source_port, 1000);
  EXPECT_TRUE(bench.packet(1).has(flag_fragment));
  EXPECT_FALSE(bench.packet(1).has(flag_ports_known));
  EXPECT_EQ(bench.packet(1).fragment_offset, 16);
  EXPECT_EQ(bench.packet(1).fragment_id, 7u);
  EXPECT_FALSE(batch.no_fragments);
}

// `count` fragment headers (RFC 8200 4.5), each of them of a whole packet (RFC 6946), before a datagram.
Bytes with_fragment_headers(int count) {
  IpOptions options{.next_header = IPPROTO_FRAGMENT};
  for (int i = 1; i <= count; ++i)
    options.extra =
        options.extra + Bytes{std::uint8_t(i == count ? int(IPPROTO_UDP) : int(IPPROTO_FRAGMENT)), 0, 0, 0, 0, 0, 0, 1};
  return datagram(v6, "x", options);
}

TEST(Parse, a_fragment_of_a_fragment_is_malformed) {
  EXPECT_EQ(reason_for(with_fragment_headers(1)), Drop::count_);
  EXPECT_EQ(reason_for(with_fragment_headers(2)), Drop::malformed_ipv6);
}

TEST(Parse, the_asking_side_of_a_ping_owns_its_identifier) {
  StageBench bench;
  const Ends to{"192.0.2.9", "203.0.113.10"}, back{"203.0.113.10", "192.0.2.9"};
  Batch& batch = bench.load({from_neighbor(ip_packet(to, IPPROTO_ICMP, icmp(8, 0, 77u << 16, {}))),
                             from_neighbor(ip_packet(back, IPPROTO_ICMP, icmp(0, 0, 77u << 16, {})))});
  parse(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 2);
  EXPECT_EQ(bench.packet(0).key.source_port, 77);
  EXPECT_EQ(bench.packet(1).key, bench.packet(0).key.reversed());
}

TEST(Parse, an_icmp_error_has_the_key_of_what_it_quotes_reversed) {
  StageBench bench;
  const Bytes quoted = ip_packet(v4, IPPROTO_TCP, tcp(v4, tcp_syn, {}));
  const Bytes error = ip_packet({"198.51.100.1", "192.0.2.9"}, IPPROTO_ICMP, icmp(3, 1, 0, quoted));
  Batch& batch = bench.load({from_neighbor(error)});
  parse(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 1);
  EXPECT_TRUE(bench.packet(0).has(flag_icmp_error));
  EXPECT_EQ(bench.packet(0).key, (FlowKey{ip(v4.destination), ip(v4.source), 80, 1000, IPPROTO_TCP}));
}

TEST(Parse, frames_for_a_virtual_mac_are_ours_while_it_is_held) {
  ServiceBench bench(shared_service());
  const Bytes packet = ip_packet(client_to_web, IPPROTO_TCP, tcp(client_to_web, tcp_syn, {}));
  const auto passes = [&](const char* destination) {
    return bench.run("parse", {ethernet(destination, their_mac, 0x0800, packet)}).live_count == 1;
  };
  EXPECT_FALSE(passes("00:00:5e:00:01:33"));
  bench.holds[HoldIndex{0}].set(bench.worker.now + std::chrono::seconds(1), bench.worker.now + std::chrono::seconds(1));
  EXPECT_TRUE(passes("00:00:5e:00:01:33"));
  EXPECT_FALSE(passes("00:00:5e:00:01:34")) << "another virtual router";
  EXPECT_FALSE(passes("00:00:5e:00:02:33")) << "IPv6's";
  EXPECT_FALSE(passes("00:00:5e:00:03:33"));
  bench.worker.now += std::chrono::seconds(1);
  EXPECT_FALSE(passes("00:00:5e:00:01:33"));
  EXPECT_EQ(bench.dropped(Drop::not_our_mac), 5u);
}

}  // namespace
}  // namespace poise::datapath
