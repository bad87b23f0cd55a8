#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

using config::Mode;

config::Config service_of(Mode mode) {
  config::Config config = one_service(1);
  config.services["web"].mode = mode;
  return config;
}

Bytes l3(const Packet& packet) { return Bytes(packet.l3(), packet.l3() + packet.l3_length); }
IpAddr destination_of(const Bytes& packet) { return IpAddr::v4_at(packet.data() + 16); }
IpAddr source_of(const Bytes& packet) { return IpAddr::v4_at(packet.data() + 12); }

TEST(Rewrite, every_mode_changes_what_it_must_and_no_more) {
  struct Case {
    Mode mode;
    const char *source, *destination;
  };
  for (const Case& expected :
       {Case{Mode::nat, "10.0.0.9", "10.0.0.100"}, Case{Mode::fullnat, "10.0.0.1", "10.0.0.100"},
        Case{Mode::dr, "10.0.0.9", "203.0.113.10"}, Case{Mode::tunnel, "10.0.0.1", "10.0.0.100"}}) {
    ServiceBench bench(service_of(expected.mode));
    ASSERT_EQ(bench.run("rewrite", {segment(client_to_web, tcp_syn, "")}).live_count, 1);
    const Bytes packet = l3(bench.packet(0));
    EXPECT_EQ(faults(packet), "");
    EXPECT_EQ(source_of(packet), ip(expected.source));
    EXPECT_EQ(destination_of(packet), ip(expected.destination));
    EXPECT_EQ(packet.size(), expected.mode == Mode::tunnel ? 60u : 40u);
    EXPECT_EQ(bench.worker.counters.reals[0].to_server.packets.read(), 1u);
    const Bytes inner(packet.end() - 40, packet.end());
    EXPECT_EQ(inner[8], 63);  // TTL
  }
}

TEST(Rewrite, a_reply_looks_as_if_the_virtual_address_had_sent_it) {
  ServiceBench bench(service_of(Mode::nat));
  bench.run("rewrite", {segment(client_to_web, tcp_syn)});
  bench.run("rewrite", {segment({"10.0.0.100", "10.0.0.9", 80, 50000}, tcp_syn | tcp_ack)});
  const Bytes packet = l3(bench.packet(0));
  EXPECT_EQ(faults(packet), "");
  EXPECT_EQ(source_of(packet), ip("203.0.113.10"));
  EXPECT_EQ(bench.worker.counters.reals[0].to_client.packets.read(), 1u);
}

TEST(Rewrite, a_wrong_checksum_stays_wrong) {
  ServiceBench bench(service_of(Mode::fullnat));
  Bytes damaged = segment(client_to_web, tcp_syn, "payload");
  damaged.back() ^= 1;
  bench.run("rewrite", {damaged});
  EXPECT_NE(faults(l3(bench.packet(0))), "");
}

TEST(Rewrite, the_last_hop_tells_the_sender_and_quotes_the_packet_as_it_came) {
  ServiceBench bench(service_of(Mode::nat));
  const Bytes frame = segment(client_to_web, tcp_syn, "", {.ttl = 1});
  EXPECT_EQ(bench.run("rewrite", {frame}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::ttl_exceeded), 1u);
  const auto told = bench.take_generated();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0][20], 11);
  EXPECT_EQ(Bytes(told[0].begin() + 28, told[0].begin() + 68), Bytes(frame.begin() + 14, frame.end()));
}

TEST(Rewrite, what_may_not_be_cut_and_does_not_fit_is_refused_with_the_room_there_is) {
  const std::string payload(1480, 'x');
  ServiceBench bench(service_of(Mode::tunnel));
  bench.run("rewrite", {segment(client_to_web, tcp_syn)});
  const IpOptions dont_fragment{.fragment = 0x4000};
  EXPECT_EQ(
      bench.run("rewrite", {segment(client_to_web, tcp_ack, payload.substr(20).c_str(), dont_fragment)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::packet_too_big), 1u);
  const auto told = bench.take_generated();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(Bytes(told[0].begin() + 20, told[0].begin() + 22), (Bytes{3, 4}));
  EXPECT_EQ(Bytes(told[0].begin() + 26, told[0].begin() + 28), be16(1480));
}

TEST(Rewrite, what_may_be_cut_leaves_in_pieces) {
  const std::string payload(1460, 'x');
  ServiceBench bench(service_of(Mode::tunnel));
  bench.run("rewrite", {segment(client_to_web, tcp_syn)});
  EXPECT_EQ(bench.run("rewrite", {segment(client_to_web, tcp_ack, payload.c_str())}).live_count, 0);
  const auto pieces = bench.take_generated();
  ASSERT_EQ(pieces.size(), 2u);
  for (const Bytes& piece : pieces) EXPECT_LE(piece.size(), 1500u);
}

TEST(Rewrite, a_next_hop_that_does_not_answer_or_is_not_there_is_an_unreachable_host) {
  ServiceBench bench(service_of(Mode::nat));
  bench.run("rewrite", {segment(client_to_web, tcp_syn)});
  bench.resolve("10.0.0.100", their_mac, false);
  EXPECT_EQ(bench.run("rewrite", {segment(client_to_web, tcp_ack)}).live_count, 0);
  EXPECT_EQ(bench.dropped(Drop::neighbor_unresolved), 1u);
  const auto told = bench.take_generated();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(Bytes(told[0].begin() + 20, told[0].begin() + 22), (Bytes{3, 1}));
}

TEST(Rewrite, when_next_hops_may_have_changed_the_flow_looks_again) {
  ServiceBench bench(service_of(Mode::nat));
  bench.run("rewrite", {segment(client_to_web, tcp_syn)});
  const FlowRef flow = bench.packet(0).flow;
  bench.commands.push(EraseNeighbor{InterfaceIndex{0}, ip("10.0.0.100")});
  take_commands(bench.worker);
  EXPECT_NE(bench.worker.flows.state(flow).path_epoch, bench.worker.path_epoch);
  EXPECT_EQ(bench.run("rewrite", {segment(client_to_web, tcp_ack)}).live_count, 1);
  EXPECT_EQ(bench.worker.neighbors[bench.packet(0).neighbor].address, ip("10.0.0.100"));
}

}  // namespace
}  // namespace poise::datapath
