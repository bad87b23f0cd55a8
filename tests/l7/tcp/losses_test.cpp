#include <gtest/gtest.h>

#include "tests/support/frames.hpp"
#include "tests/support/tcp/scripted_peer.hpp"

// What is lost, thought to be lost, too large, or marked: RFC 6675, RFC 6582, RFC 8985, RFC 3522, RFC 3042, RFC 3168,
// RFC 1191 and RFC 5927.
namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

const Shape sack_syn = SYN.with_mss(1000).sack_ok();

Settings without_timestamps() {
  Settings settings;
  settings.timestamps = settings.window_scaling = false;
  return settings;
}

ScriptedPeer& far_away(ScriptedPeer& peer, Duration round_trip, const Shape& syn = sack_syn) {
  peer.listens().sends(syn.seq(0)).expect(SYN | ACK).passes(round_trip);
  return peer.sends(ACK).told("opened");
}

// Ten segments of 1,000 bytes are out.
ScriptedPeer& ten_out(ScriptedPeer& peer, const Shape& syn = sack_syn) {
  far_away(peer, 40ms, syn).writes(20'000);
  for (std::uint32_t i = 0; i < 10; ++i) peer.expect(ACK.seq(1 + 1000 * i).len(1000));
  return peer;
}

TEST(Losses, three_segments_later_by_sack_the_missing_one_goes_out_once_more) {
  Settings settings = without_timestamps();
  settings.rack = false;
  ScriptedPeer peer(settings);
  ten_out(peer).passes(20ms).sends(ACK.ack(1).blocks({{1001, 2001}})).expect(ACK.seq(10'001).len(1000));
  peer.sends(ACK.ack(1).blocks({{1001, 3001}})).expect(ACK.seq(11'001).len(1000));
  peer.sends(ACK.ack(1).blocks({{1001, 4001}})).expect(ACK.seq(1).len(1000));
  EXPECT_EQ(peer.stack().counters().read(Counter::fast_recoveries), 1u);
  EXPECT_EQ(peer.stack().counters().read(Counter::timeouts), 0u);
  peer.aborts().expect(RST | ACK);
}

TEST(Losses, by_time_what_was_sent_before_something_that_arrived_is_lost_after_a_quarter_of_a_round_trip) {
  ScriptedPeer peer(without_timestamps());
  ten_out(peer).passes(40ms).sends(ACK.ack(2001));
  peer.expect(ACK.seq(10'001)).expect(ACK.seq(11'001)).expect(ACK.seq(12'001)).expect(ACK.seq(13'001));
  peer.sends(ACK.ack(2001).blocks({{3001, 4001}})).expect(ACK.seq(14'001).len(1000));
  peer.after(10ms).expect(ACK.seq(2001).len(1000));
  EXPECT_EQ(peer.stack().counters().read(Counter::timeouts), 0u);
  peer.aborts().expect(RST | ACK);
}

TEST(Losses, the_last_segment_is_probed_for_before_the_timeout) {
  ScriptedPeer peer(without_timestamps());
  far_away(peer, 100ms).writes(1000).expect(ACK.seq(1).len(1000)).passes(100ms).sends(ACK.ack(1001));
  peer.writes(2000).expect(ACK.seq(1001).len(1000)).expect(ACK.seq(2001).len(1000));
  peer.passes(199ms).expect_nothing().passes(10ms).expect(ACK.seq(2001).len(1000));
  EXPECT_EQ(peer.stack().counters().read(Counter::tail_probes), 1u);
  EXPECT_EQ(peer.stack().counters().read(Counter::timeouts), 0u);
  peer.sends(ACK.ack(3001)).aborts().expect(RST | ACK);
}

TEST(Losses, without_sack_every_partial_acknowledgment_shows_the_next_loss) {
  Settings settings = without_timestamps();
  settings.sack = false;
  ScriptedPeer peer(settings);
  ten_out(peer, SYN.with_mss(1000));
  for (int i = 0; i < 2; ++i) peer.sends(ACK.ack(1)).expect(ACK.seq(10'001 + 1000 * std::uint32_t(i)));  // RFC 3042
  peer.sends(ACK.ack(1)).expect(ACK.seq(1).len(1000));
  peer.sends(ACK.ack(4001)).expect(ACK.seq(4001).len(1000));
  peer.aborts().expect(RST | ACK);
  EXPECT_EQ(peer.stack().counters().read(Counter::timeouts), 0u);
  EXPECT_EQ(peer.stack().counters().read(Counter::fast_recoveries), 1u);
}

// Karn's rule: what is acknowledged together with something that was sent again has waited for that.
TEST(Losses, no_round_trip_is_measured_by_what_had_to_wait_for_something_sent_again) {
  Settings settings = without_timestamps();
  settings.sack = false;
  ScriptedPeer peer(settings);
  peer.established(SYN.with_mss(1000));
  for (std::uint32_t at = 1; at < 10'000; at += 2000) {
    peer.writes(2000).expect(ACK.seq(at).len(1000)).expect(ACK.seq(at + 1000).len(1000));
    peer.sends(ACK.ack(at));  // for the second one
    peer.after(200ms).expect(ACK.seq(at).len(1000)).sends(ACK.ack(at + 2000)).expect_nothing();
  }
}

// A FIN takes a sequence number, and no place in the packet.
TEST(Losses, a_last_segment_of_the_size_that_is_tried_first_in_a_black_hole_is_made_smaller_too) {
  Settings settings = without_timestamps();
  settings.rack = false;
  ScriptedPeer peer(settings);
  peer.established(SYN.with_mss(1460)).sends(ACK.win(0)).writes(1240).finishes().expect_nothing();
  peer.sends(ACK.win(65535)).expect((FIN | ACK).seq(1).len(1240));
  peer.after(200ms).expect((FIN | ACK).seq(1).len(1240)).after(400ms).expect(ACK.seq(1).len(512));
  peer.aborts().expect(RST | ACK);
}

// They answer what is sent again and had arrived: each would let out one more of these, and so on.
TEST(Losses, after_a_timeout_without_sack_repeated_acknowledgments_let_nothing_out) {
  Settings settings = without_timestamps();
  settings.sack = false;
  ScriptedPeer peer(settings);
  ten_out(peer, SYN.with_mss(1000));
  peer.after(200ms).expect(ACK.seq(1).len(1000));
  for (int i = 0; i < 9; ++i) peer.sends(ACK.ack(1)).expect_nothing();
  peer.sends(ACK.ack(1001)).expect(ACK.seq(1001).len(1000)).expect(ACK.seq(2001).len(1000)).expect_nothing();
  peer.aborts().expect(RST | ACK);
}

TEST(Losses, a_timeout_that_was_for_nothing_is_undone) {
  Settings settings;
  settings.window_scaling = settings.sack = false;
  ScriptedPeer peer(settings);
  peer.listens().sends(SYN.seq(0).with_mss(1012).ts(1, 0)).expect(SYN | ACK);
  peer.sends(ACK.ts(2, peer.last().options.timestamps->value)).told("opened").writes(4000);
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    peer.expect(ACK.seq(1 + 1000 * i).len(1000));
    if (i == 0) first = peer.last().options.timestamps->value;
  }
  const std::uint32_t window = peer.stack().facts(peer.handle()).congestion_window;
  peer.after(200ms).expect(ACK.seq(1).len(1000));
  EXPECT_LT(peer.stack().facts(peer.handle()).congestion_window, window);
  peer.sends(ACK.ack(1001).ts(3, first));
  EXPECT_EQ(peer.stack().counters().read(Counter::spurious_timeouts), 1u);
  EXPECT_GE(peer.stack().facts(peer.handle()).congestion_window, window);
  peer.aborts().expect(RST | ACK);
}

TEST(Losses, a_mark_of_the_network_is_echoed_until_the_peer_has_reacted_and_ours_reduces_the_window) {
  Settings settings = without_timestamps();
  settings.ecn = true;
  ScriptedPeer peer(settings);
  peer.listens().sends((SYN | ECE | CWR).seq(0).with_mss(1000)).expect(SYN | ACK | ECE).sends(ACK).told("opened");
  peer.sends(ACK.len(100).mark(Ecn::congestion)).expect(ACK | ECE);
  peer.sends((ACK | CWR).len(100)).after(40ms).expect(ACK);
  peer.writes(1000).expect(ACK.len(1000).mark(Ecn::ect0));
  const std::uint32_t window = peer.stack().facts(peer.handle()).congestion_window;
  peer.writes(500).expect(ACK.len(500)).sends((ACK | ECE).ack(1001));
  EXPECT_LT(peer.stack().facts(peer.handle()).congestion_window, window);
  peer.writes(100).expect((ACK | CWR).len(100)).aborts().expect(RST | ACK);
}

// An error of a router about a packet that the stack has sent, with the next hop's MTU.
Bytes too_big(const Segment& sent, std::uint16_t mtu, std::uint32_t off = 0) {
  Segment quoted = sent;
  quoted.sequence += off;
  Bytes quote(headers_length_max);
  quote.resize(write_headers(quoted, 1460, quote));
  quote.resize(28);
  const std::string to = poise::to_string(sent.source);
  return datapath::ip_packet({"203.0.113.254", to}, 1, datapath::icmp(3, 4, mtu, quote));
}

TEST(Losses, what_is_too_big_for_a_router_goes_out_again_in_smaller_segments_if_it_was_in_flight) {
  Settings settings = without_timestamps();
  settings.sack = false;
  ScriptedPeer peer(settings);
  peer.established(SYN.with_mss(1460)).writes(1460).expect(ACK.seq(1).len(1460));
  const Segment sent = peer.last();
  peer.stack().input_icmp(too_big(sent, 1000, 100'000), peer.now());
  peer.flushes().expect_nothing();
  EXPECT_EQ(peer.stack().counters().read(Counter::icmp_ignored), 1u);
  peer.stack().input_icmp(too_big(sent, 1000), peer.now());
  peer.flushes().expect(ACK.seq(1).len(960)).expect(ACK.seq(961).len(500)).sends(ACK.ack(1461));
  EXPECT_EQ(peer.stack().facts(peer.handle()).mss, 960);
  peer.aborts().expect(RST | ACK);
}

}  // namespace
}  // namespace poise::l7::tcp
