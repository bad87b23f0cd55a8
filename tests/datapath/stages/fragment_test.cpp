#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/stages/steer.hpp"
#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

const Ends flow4{"192.0.2.9", "203.0.113.10", 5000, 53}, flow6{"2001:db8:9::9", "2001:db8:5::10", 5000, 53};

Bytes framed(const Bytes& packet) {
  return ethernet(our_mac, their_mac, (packet[0] >> 4) == 4 ? 0x0800 : 0x86dd, packet);
}
Bytes piece(const Bytes& whole, std::size_t from, std::size_t to) {
  return Bytes(whole.begin() + std::ptrdiff_t(from), whole.begin() + std::ptrdiff_t(to));
}

struct Pieces {
  Bytes first, second, third;
};
Pieces v4_pieces(std::uint16_t id, std::uint8_t protocol = IPPROTO_UDP) {
  const Bytes whole = protocol == IPPROTO_UDP   ? udp(flow4, Bytes(64, 1))
                      : protocol == IPPROTO_TCP ? tcp(flow4, 16, Bytes(52, 1))
                                                : icmp(8, 0, 7u << 16, Bytes(64, 1));
  return {framed(ip_packet(flow4, protocol, piece(whole, 0, 32), {64, 0, id, 0x2000})),
          framed(ip_packet(flow4, protocol, piece(whole, 32, 64), {64, 0, id, 0x2004})),
          framed(ip_packet(flow4, protocol, piece(whole, 64, 72), {64, 0, id, 0x0008}))};
}

std::size_t run(StageBench& bench, const std::vector<Bytes>& frames) {
  Batch& batch = bench.load(frames);
  parse(bench.worker, batch);
  fragment(bench.worker, batch);
  return batch.live_count;
}

TEST(Fragment, later_fragments_get_the_ports_of_the_first) {
  StageBench bench;
  const Pieces pieces = v4_pieces(7);
  ASSERT_EQ(run(bench, {pieces.first, pieces.second, pieces.third}), 3u);
  for (std::uint8_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.packet(i).key.source_port, 5000);
    EXPECT_EQ(bench.packet(i).key.destination_port, 53);
    EXPECT_TRUE(bench.packet(i).has(flag_ports_known));
  }
  EXPECT_EQ(bench.worker.counters.fragments_received.read(), 3u);
  EXPECT_EQ(bench.worker.counters.fragments_forwarded.read(), 3u);
}

TEST(Fragment, of_ipv6_likewise) {
  StageBench bench;
  const Bytes whole = udp(flow6, Bytes(64, 1));
  const auto part = [&](std::size_t from, std::size_t to, const char* header) {
    return framed(ip_packet(flow6, IPPROTO_UDP, piece(whole, from, to), {64, 0, 0, 0, hex(header), 44}));
  };
  ASSERT_EQ(run(bench, {part(0, 32, "1100 0001 00000007"), part(32, 72, "1100 0020 00000007")}), 2u);
  EXPECT_EQ(bench.packet(1).key.source_port, 5000);
  EXPECT_EQ(run(bench, {part(32, 72, "1100 0020 00000008")}), 0u) << "another datagram";
}

TEST(Fragment, that_came_before_the_first_waits_and_is_released_with_ports) {
  StageBench bench;
  const Pieces pieces = v4_pieces(7);
  EXPECT_EQ(run(bench, {pieces.third, pieces.second}), 0u);
  EXPECT_EQ(bench.worker.fragments.waiting(), 2u);
  EXPECT_EQ(bench.worker.released_count, 0);
  EXPECT_EQ(run(bench, {pieces.first}), 1u);
  ASSERT_EQ(bench.worker.released_count, 2);
  const HandOff& item = bench.worker.released[0];
  EXPECT_TRUE(item.ports_known);
  EXPECT_EQ(item.source_port, 5000);
  EXPECT_EQ(item.destination_port, 53);
  EXPECT_EQ(Bytes(item.frame.data, item.frame.data + item.frame.length), pieces.third);
  EXPECT_EQ(bench.worker.fragments.waiting(), 0u);
}

TEST(Fragment, of_a_ping_shares_its_identifier_but_has_no_ports) {
  StageBench bench;
  const Pieces pieces = v4_pieces(7, IPPROTO_ICMP);
  EXPECT_EQ(run(bench, {pieces.second}), 0u);
  ASSERT_EQ(run(bench, {pieces.first, pieces.third}), 2u);
  EXPECT_EQ(bench.packet(1).key.source_port, 7);
  EXPECT_FALSE(bench.packet(1).has(flag_ports_known));
  ASSERT_EQ(bench.worker.released_count, 1);
  EXPECT_FALSE(bench.worker.released[0].ports_known);
}

TEST(Fragment, with_ports_from_another_worker_needs_no_table) {
  StageBench bench;
  Batch& batch = bench.load({v4_pieces(7).second});
  Packet& packet = batch.packets[0];
  packet.set(flag_ports_known);
  packet.key.source_port = 1;
  packet.key.destination_port = 2;
  parse(bench.worker, batch);
  fragment(bench.worker, batch);
  ASSERT_EQ(batch.live_count, 1);
  EXPECT_EQ(packet.key.source_port, 1);
  EXPECT_EQ(packet.key.destination_port, 2);
}

TEST(Fragment, that_would_overwrite_the_tcp_header_is_dropped) {
  StageBench bench;
  const Bytes tiny = framed(ip_packet(flow4, IPPROTO_TCP, Bytes(32), {64, 0, 7, 0x0001}));
  EXPECT_EQ(run(bench, {v4_pieces(7, IPPROTO_TCP).first, tiny}), 1u);
  EXPECT_EQ(bench.dropped(Drop::fragment_unsupported), 1u);
}

TEST(Fragment, of_a_protocol_without_ports_passes_at_once) {
  StageBench bench;
  EXPECT_EQ(run(bench, {framed(ip_packet(flow4, IPPROTO_GRE, Bytes(32), {64, 0, 7, 0x0008}))}), 1u);
}

TEST(Fragment, more_than_the_table_holds_are_dropped_and_counted) {
  StageBench bench;
  for (std::uint16_t id = 0; id < 200; ++id) {
    const Bytes later = v4_pieces(id).second;
    EXPECT_EQ(run(bench, std::vector<Bytes>(8, later)), 0u);
  }
  EXPECT_EQ(bench.worker.fragments.waiting() + bench.dropped(Drop::fragment_table_full), 1600u);
  EXPECT_GE(bench.dropped(Drop::fragment_table_full), 1600u - limits::fragments_waiting);
  give_back_frames(bench.worker);
  EXPECT_EQ(bench.worker.fragments.waiting(), 0u);
}

// Two workers: all fragments meet at the owner of the addresses, then go together to the owner of the ports.
TEST(Fragment, every_fragment_ends_at_the_worker_that_owns_the_five_tuple) {
  for (std::uint16_t port = 5000; port < 5032; ++port) {
    StageBench bench(two_interfaces(2));
    const Ends ends{"192.0.2.9", "203.0.113.10", port, 53};
    const Bytes whole = udp(ends, Bytes(64, 1));
    const std::vector<Bytes> frames{framed(ip_packet(ends, IPPROTO_UDP, piece(whole, 0, 32), {64, 0, 7, 0x2000})),
                                    framed(ip_packet(ends, IPPROTO_UDP, piece(whole, 32, 72), {64, 0, 7, 0x0004}))};
    const Steering& steering = *bench.worker.tables->steering;
    const FlowKey key{ip(ends.source), ip(ends.destination), port, 53, IPPROTO_UDP};
    const bool meet_here = steering.owner(key, false) == WorkerId{0},
               flow_here = steering.owner(key, true) == WorkerId{0};
    Batch& batch = bench.load(frames);
    parse(bench.worker, batch);
    steer(bench.worker, batch);
    ASSERT_EQ(batch.live_count, meet_here ? 2 : 0) << port;
    fragment(bench.worker, batch);
    EXPECT_EQ(batch.live_count, meet_here && flow_here ? 2 : 0) << port;
    HandOff item;
    for (std::size_t handed = bench.to_other.size(); handed > 0; --handed) {
      ASSERT_TRUE(bench.to_other.pop(item));
      if (meet_here) {
        EXPECT_TRUE(item.ports_known);
        EXPECT_EQ(item.source_port, port);
      }
      bench.pool.free({&item.frame.buffer, 1});
    }
  }
}

}  // namespace
}  // namespace poise::datapath
