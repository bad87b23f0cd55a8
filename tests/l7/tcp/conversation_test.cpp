#include <gtest/gtest.h>

#include "tests/support/tcp/scripted_peer.hpp"

// A Stack and a peer played by hand, segment by segment: RFC 9293 3.10.7 and what it refers to.
namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

const Shape plain_syn = SYN.with_mss(1460);
const Shape sack_syn = SYN.with_mss(1460).sack_ok();

// No options but the MSS, so that lengths are round.
Settings plain() {
  Settings settings;
  settings.timestamps = settings.window_scaling = settings.sack = false;
  return settings;
}

TEST(Conversation, a_handshake_from_the_peer_is_answered_and_the_application_told_when_it_is_complete) {
  for (const bool is_v6 : {false, true}) {
    ScriptedPeer peer({}, is_v6);
    const std::uint16_t mss = is_v6 ? 1440 : 1460;
    peer.listens().sends(SYN.with_mss(1000).scale(7).sack_ok().ts(5, 0));
    peer.expect((SYN | ACK).seq(0).ack(1).len(0).with_mss(mss).sack_ok()).told({});
    ASSERT_TRUE(peer.last().options.timestamps && peer.last().options.window_shift);
    EXPECT_EQ(peer.last().options.timestamps->echo, 5u);
    peer.sends(ACK.ts(6, peer.last().options.timestamps->value)).told("opened");
    EXPECT_EQ(peer.stack().facts(peer.handle()).state, State::established);
  }
}

TEST(Conversation, a_handshake_to_the_peer_ends_with_an_acknowledgment) {
  ScriptedPeer peer(plain());
  peer.connects().expect(SYN.seq(0).len(0).with_mss(1460)).told({});
  peer.sends((SYN | ACK).with_mss(1000).ack(1)).expect(ACK.seq(1).ack(1).len(0)).told("opened");
  peer.writes(1500).expect(ACK.seq(1).len(1000)).expect(ACK.seq(1001).len(500));
  peer.sends(ACK.ack(1501));
}

TEST(Conversation, options_that_the_peer_does_not_offer_are_not_used) {
  ScriptedPeer peer;
  peer.listens().sends(plain_syn).expect((SYN | ACK).sack_ok(false));
  EXPECT_FALSE(peer.last().options.timestamps || peer.last().options.window_shift);
}

TEST(Conversation, a_single_segment_is_acknowledged_after_40_ms_and_two_at_once) {
  ScriptedPeer peer(plain());
  peer.established().sends(ACK.len(1460)).told("received 1460").after(40ms).expect(ACK.seq(1).ack(1461).len(0));
  peer.sends(ACK.len(1460)).silent(20ms).sends(ACK.len(1460)).expect(ACK.ack(4381));
}

TEST(Conversation, an_acknowledgment_goes_with_data_when_there_is_some) {
  ScriptedPeer peer(plain());
  peer.established().sends(ACK.len(100)).writes(50).expect(ACK.seq(1).ack(101).len(50)).sends(ACK).silent(100ms);
}

TEST(Conversation, a_peer_that_finishes_first_is_acknowledged_and_the_rest_can_still_be_sent) {
  ScriptedPeer peer(plain());
  peer.established().told({}).sends((FIN | ACK).seq(1)).told("peer_finished").expect(ACK.ack(2));
  peer.writes(10).expect(ACK.seq(1).ack(2).len(10)).sends(ACK);
  peer.finishes().expect((FIN | ACK).seq(11).ack(2).len(0)).told({}).sends(ACK.ack(12)).told("closed finished");
  EXPECT_EQ(peer.stack().usage().connections, 0u);
  EXPECT_EQ(peer.stack().usage().time_waits, 0u);
}

TEST(Conversation, whoever_finishes_first_waits_and_acknowledges_a_fin_that_comes_again) {
  ScriptedPeer peer(plain());
  peer.established().finishes().expect((FIN | ACK).seq(1).ack(1)).sends(ACK.ack(2));
  peer.sends(ACK.len(10).ack(2)).told("received 10").reads(10).after(40ms).expect(ACK.seq(2).ack(11));
  peer.sends((FIN | ACK).ack(2)).expect(ACK.seq(2).ack(12)).told({"peer_finished", "closed finished"});
  EXPECT_EQ(peer.stack().usage().time_waits, 1u);
  peer.silent(30s).sends((FIN | ACK).seq(11).ack(2)).expect(ACK.seq(2).ack(12));
  peer.silent(61s);
  EXPECT_EQ(peer.stack().usage().time_waits, 0u);
}

TEST(Conversation, both_may_finish_at_once) {
  ScriptedPeer peer(plain());
  peer.established().finishes().expect((FIN | ACK).seq(1).ack(1));
  peer.sends((FIN | ACK).seq(1).ack(1)).expect(ACK.seq(2).ack(2)).told("peer_finished");
  peer.sends(ACK.seq(2).ack(2)).told("closed finished");
  EXPECT_EQ(peer.stack().usage().time_waits, 1u);
}

TEST(Conversation, a_port_where_nothing_listens_answers_with_a_reset) {
  ScriptedPeer peer;
  peer.sends(SYN.seq(0)).expect((RST | ACK).seq(0).ack(1));
  peer.sends(ACK.seq(1).ack(700).len(10)).expect(RST.seq(700));
  peer.sends(RST.seq(1));
}

TEST(Conversation, only_a_reset_at_the_next_sequence_number_is_believed_at_once) {
  ScriptedPeer peer(plain());
  peer.established().sends(RST.seq(100)).expect(ACK.seq(1).ack(1).len(0)).told({});
  peer.sends(RST.seq(90'000)).expect_nothing().told({});
  peer.sends(RST.seq(1)).told("closed reset");
}

TEST(Conversation, a_syn_within_a_connection_is_challenged) {
  ScriptedPeer peer(plain());
  peer.established().sends(SYN.seq(1)).expect(ACK.seq(1).ack(1).len(0)).told({});
}

TEST(Conversation, an_acknowledgment_of_what_was_never_sent_is_answered_and_ignored) {
  ScriptedPeer peer(plain());
  peer.established().sends(ACK.seq(1).ack(1000)).expect(ACK.seq(1).ack(1).len(0));
}

TEST(Conversation, what_comes_out_of_order_is_told_at_once_by_sack_the_newest_first) {
  Settings settings;
  settings.timestamps = false;
  ScriptedPeer peer(settings);
  peer.established(sack_syn).sends(ACK.seq(1001).len(1000)).expect(ACK.ack(1).blocks({{1001, 2001}})).told({});
  peer.sends(ACK.seq(3001).len(1000)).expect(ACK.ack(1).blocks({{3001, 4001}, {1001, 2001}}));
  peer.sends(ACK.seq(1).len(1000)).expect(ACK.ack(2001).blocks({{3001, 4001}})).told("received 2000");
  peer.sends(ACK.seq(2001).len(1000)).expect(ACK.ack(4001).blocks({})).told("received 4000").reads(4000);
}

TEST(Conversation, what_came_before_is_told_by_d_sack) {
  Settings settings;
  settings.timestamps = false;
  ScriptedPeer peer(settings);
  peer.established(sack_syn).sends({ACK.seq(1).len(1000), ACK.seq(1001).len(1000)}).expect(ACK.ack(2001).blocks({}));
  peer.sends(ACK.seq(1).len(1000)).expect(ACK.ack(2001).blocks({{1, 1001}}));
}

TEST(Conversation, a_closed_window_is_probed_with_a_byte_ever_less_often) {
  ScriptedPeer peer(plain());
  peer.established().sends(ACK.win(0)).writes(3000).expect_nothing();
  peer.after(200ms).expect(ACK.seq(1).len(1)).sends(ACK.ack(1).win(0));
  peer.after(400ms).expect(ACK.seq(1).len(1)).sends(ACK.ack(1).win(0));
  peer.after(800ms).expect(ACK.seq(1).len(1)).sends(ACK.ack(1).win(2000));
  peer.expect(ACK.seq(1).len(1460));
}

TEST(Conversation, what_nobody_acknowledges_is_sent_again_after_ever_longer_times) {
  Settings settings = plain();
  settings.rack = false;  // no tail loss probe
  ScriptedPeer peer(settings);
  peer.established().passes(1s).writes(100).expect(ACK.seq(1).len(100));
  peer.after(200ms).expect(ACK.seq(1).len(100)).after(400ms).expect(ACK.seq(1).len(100));
  peer.after(800ms).expect(ACK.seq(1).len(100)).sends(ACK.ack(101)).silent(10s);
}

TEST(Conversation, a_syn_that_nobody_answers_is_sent_again_after_1_2_and_4_s) {
  ScriptedPeer peer(plain());
  peer.connects().expect(SYN.seq(0)).after(1s).expect(SYN.seq(0)).after(2s).expect(SYN.seq(0));
  peer.after(4s).expect(SYN.seq(0)).sends((RST | ACK).ack(1)).told("closed refused");
}

TEST(Conversation, three_duplicate_acknowledgments_resend_what_is_missing_without_waiting) {
  Settings settings = plain();
  settings.rack = false;
  ScriptedPeer peer(settings);
  peer.established().writes(10 * 1460);
  for (std::uint32_t i = 0; i < 10; ++i) peer.expect(ACK.seq(1 + i * 1460).len(1460));
  const Shape duplicate = ACK.ack(1);
  peer.sends(duplicate).sends(duplicate).sends(duplicate).expect(ACK.seq(1).len(1460));
  peer.sends(ACK.ack(14601)).silent(5s);
}

// The queue holds 4,096 slices: when it is full, small ones may still go behind the last, but never a part of one.
TEST(Conversation, a_slice_is_taken_whole_or_not_at_all) {
  Settings settings = plain();
  settings.send_max = 8u << 20;
  ScriptedPeer peer(settings);
  peer.established().sends(ACK.win(0));
  const auto send = [&](std::uint32_t length) {
    Buffer* buffer = peer.env().allocate();
    const bool is_taken = peer.stack().send(peer.handle(), {buffer, 0, length});
    if (!is_taken) peer.env().release({buffer, 0, length});
    return is_taken;
  };
  for (int i = 0; i < 4096; ++i) ASSERT_TRUE(send(300));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(send(200));
  const std::uint32_t queued = peer.stack().facts(peer.handle()).unsent;
  EXPECT_EQ(queued, 4096u * 300 + 8 * 200);
  EXPECT_FALSE(send(200)) << "148 bytes are left behind the last";
  EXPECT_EQ(peer.stack().facts(peer.handle()).unsent, queued);
  peer.aborts().expect(RST | ACK);
}

TEST(Conversation, a_splice_tells_what_it_could_not_move) {
  ScriptedPeer peer(plain());
  peer.established().sends(ACK.win(0));
  const Handle first = peer.handle();
  peer.begins_anew(5000, 40001).sends(SYN.with_mss(1460)).expect((SYN | ACK).ack(1)).sends(ACK.seq(1)).told("opened");
  const Handle second = peer.handle();
  ASSERT_TRUE(peer.stack().splice(second, first, 1000));
  EXPECT_FALSE(peer.stack().splice(second, first, 1000)) << "one at a time";
  peer.sends(ACK.len(300)).passes(50ms);
  peer.expect(ACK.ack(301)).told({});
  peer.sends((FIN | ACK).len(100)).expect(ACK.ack(402)).told({"spliced but 600", "peer_finished"});
  EXPECT_EQ(peer.stack().facts(first).unsent, 400u);
}

TEST(Conversation, a_device_that_cuts_gets_many_segments_as_one) {
  for (const bool is_v6 : {false, true}) {
    Settings settings = plain();
    settings.segmentation_max = 65'000;
    ScriptedPeer peer(settings, is_v6);
    peer.established(SYN.with_mss(1000));
    const std::uint64_t before = peer.stack().counters().read(Counter::segments_out);
    peer.writes(4500);
    for (std::uint32_t at = 1; at < 4001; at += 1000) peer.expect(ACK.seq(at).len(1000));
    peer.expect(ACK.seq(4001).len(500));
    EXPECT_EQ(peer.stack().counters().read(Counter::segments_out) - before, 1u);
    peer.sends(ACK.ack(2001)).after(200ms).expect(ACK.seq(2001).len(1000));  // what is lost goes one by one
  }
}

TEST(Conversation, closing_with_data_unread_resets) {
  ScriptedPeer peer(plain());
  peer.established()
      .sends(ACK.len(100))
      .told("received 100")
      .closes()
      .expect((RST | ACK).seq(1))
      .told("closed aborted");
}

}  // namespace
}  // namespace poise::l7::tcp
