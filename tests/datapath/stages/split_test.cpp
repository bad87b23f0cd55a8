#include "datapath/stages/split.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <numeric>

#include "datapath/path.hpp"
#include "datapath/wire/bytes.hpp"
#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

Bytes counting(std::size_t length) {
  Bytes bytes(length);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t(0));
  return bytes;
}

// The batch with this packet, bound for a neighbor with this MTU.
Packet& bound(StageBench& bench, const Bytes& packet, std::uint16_t mtu) {
  Batch& batch = bench.load({from_neighbor(packet)});
  parse(bench.worker, batch);
  ensure(batch.live_count == 1);
  Packet& loaded = bench.packet(0);
  loaded.neighbor = neighbor_for(bench.worker, InterfaceIndex{0}, ip("192.0.2.77"));
  bench.worker.neighbors[loaded.neighbor].mtu = mtu;
  return loaded;
}

// Both return what the stage said: false, the packet has left.
std::vector<Bytes> pieces_v4(StageBench& bench, const Bytes& packet, std::uint16_t mtu) {
  Packet& loaded = bound(bench, packet, mtu);
  EXPECT_FALSE(split(bench.worker, bench.worker.batch, loaded));
  bench.worker.batch.live_count = 0;
  return bench.take_generated();
}

TEST(Split, the_pieces_are_the_whole_in_order) {
  StageBench bench;
  const Bytes payload = counting(1000);
  const auto pieces =
      pieces_v4(bench, ip_packet({"192.0.2.9", "198.51.100.9"}, IPPROTO_GRE, payload, {.identification = 99}), 400);
  ASSERT_EQ(pieces.size(), 3u);
  Bytes together;
  for (const Bytes& piece : pieces) {
    EXPECT_EQ(faults(piece), "");
    EXPECT_LE(piece.size(), 400u);
    EXPECT_EQ(wire::load16(&piece[4]), 99);
    const std::uint16_t fragment = wire::load16(&piece[6]);
    EXPECT_EQ((fragment & 0x1fff) * 8u, together.size());
    EXPECT_EQ((fragment & 0x2000) != 0, &piece != &pieces.back());
    together = together + Bytes(piece.begin() + 20, piece.end());
  }
  EXPECT_EQ(together, payload);
}

TEST(Split, a_fragment_that_is_cut_again_keeps_its_place_in_the_datagram) {
  StageBench bench;
  const IpOptions middle{.fragment = 0x2000 | 100};
  const auto pieces =
      pieces_v4(bench, ip_packet({"192.0.2.9", "198.51.100.9"}, IPPROTO_GRE, counting(400), middle), 300);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(wire::load16(&pieces[0][6]), 0x2000 | 100);
  EXPECT_EQ(wire::load16(&pieces[1][6]), 0x2000 | (100 + 35));  // more fragments: it was not the last
}

TEST(Split, options_that_are_not_copied_are_in_the_first_piece_only) {
  StageBench bench;
  const IpOptions options{.extra = {7, 7, 4, 0, 0, 0, 0, 0x94, 4, 0, 0, 0}};  // record route; router alert: copied
  const auto pieces =
      pieces_v4(bench, ip_packet({"192.0.2.9", "198.51.100.9"}, IPPROTO_GRE, counting(400), options), 300);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0][20], 7);
  EXPECT_EQ(Bytes(pieces[1].begin() + 20, pieces[1].begin() + 32), (Bytes{1, 1, 1, 1, 1, 1, 1, 0x94, 4, 0, 0, 0}));
  for (const Bytes& piece : pieces) EXPECT_EQ(faults(piece), "");
}

TEST(Split, ipv6_pieces_have_fragment_headers_and_an_identification_of_their_own) {
  StageBench bench;
  const Bytes payload = counting(2000);
  Packet& packet = bound(bench, ip_packet({"2001:db8:1::9", "2001:db8:9::9"}, IPPROTO_GRE, payload), 1500);
  EXPECT_FALSE(split_v6(bench.worker, bench.worker.batch, packet, {1280, 0x12345678}));
  bench.worker.batch.live_count = 0;
  const auto pieces = bench.take_generated();
  ASSERT_EQ(pieces.size(), 2u);
  Bytes together;
  for (const Bytes& piece : pieces) {
    EXPECT_EQ(faults(piece), "");
    EXPECT_LE(piece.size(), 1280u);
    EXPECT_EQ(piece[6], IPPROTO_FRAGMENT);
    EXPECT_EQ(piece[40], IPPROTO_GRE);
    EXPECT_EQ(wire::load32(&piece[44]), 0x12345678u);
    EXPECT_EQ(wire::load16(&piece[42]), together.size() | (&piece != &pieces.back() ? 1 : 0));
    together = together + Bytes(piece.begin() + 48, piece.end());
  }
  EXPECT_EQ(together, payload);
}

TEST(Split, without_buffers_the_packet_is_dropped_and_nothing_leaks) {
  StageBench bench;
  Packet& packet = bound(bench, ip_packet({"192.0.2.9", "198.51.100.9"}, IPPROTO_GRE, counting(1000)), 400);
  bench.pool.empty();
  EXPECT_FALSE(split(bench.worker, bench.worker.batch, packet));
  EXPECT_EQ(bench.dropped(Drop::no_buffer), 2u);  // the piece that could not be made, and the packet
  EXPECT_EQ(bench.worker.batch.freed_count, 1);
  bench.worker.batch.live_count = 0;
  bench.finish();
  bench.pool.refill();
}

}  // namespace
}  // namespace poise::datapath
