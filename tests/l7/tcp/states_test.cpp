#include <gtest/gtest.h>

#include "tests/support/tcp/scripted_peer.hpp"

// Each state of RFC 9293 and what comes in it, where the answer is one that stacks are known to get wrong; RFC 5961,
// RFC 6191, RFC 1337, RFC 7323, and the cookies of RFC 4987.
namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

const Shape plain_syn = SYN.with_mss(1460);

Settings plain() {
  Settings settings;
  settings.timestamps = settings.window_scaling = settings.sack = false;
  return settings;
}

State state_of(ScriptedPeer& peer) { return peer.stack().facts(peer.handle()).state; }

// ---- LISTEN

TEST(States, listen_ignores_resets_answers_acknowledgments_with_one_and_drops_what_is_neither) {
  ScriptedPeer peer(plain());
  peer.listens().sends(RST.seq(0)).expect_nothing();
  peer.sends(ACK.seq(100)).expect(RST);
  peer.sends(FIN.seq(0)).expect_nothing();
  peer.sends((SYN | FIN).seq(0)).expect_nothing();
}

// ---- SYN-RECEIVED

TEST(States, a_half_open_connection_answers_the_syn_again) {
  ScriptedPeer peer(plain());
  peer.listens().sends(plain_syn.seq(0)).expect(SYN | ACK).passes(600ms);
  peer.sends(plain_syn.seq(0)).expect((SYN | ACK).seq(0).ack(1));
}

TEST(States, a_half_open_connection_ends_by_an_exact_reset_and_challenges_others) {
  ScriptedPeer peer(plain());
  peer.listens().sends(plain_syn.seq(0)).expect(SYN | ACK);
  peer.sends(RST.seq(100)).expect(ACK.seq(1).ack(1));
  EXPECT_EQ(peer.stack().usage().half_open, 1u);
  peer.sends(RST.seq(1)).expect_nothing();
  EXPECT_EQ(peer.stack().usage().half_open, 0u);
}

TEST(States, a_half_open_connection_answers_a_wrong_acknowledgment_with_a_reset_of_that_number) {
  ScriptedPeer peer(plain());
  peer.listens().sends(plain_syn.seq(0)).expect(SYN | ACK);
  peer.sends(ACK.ack(1000)).expect(RST.seq(1000)).told({});
  peer.sends(ACK.ack(1)).told("opened");
}

TEST(States, a_handshake_that_nobody_completes_is_given_up) {
  ScriptedPeer peer(plain());
  peer.listens().sends(plain_syn.seq(0)).expect(SYN | ACK);
  for (const Duration wait : {1s, 2s, 4s}) peer.after(wait).expect((SYN | ACK).seq(0));
  peer.silent(60s).told({});
  EXPECT_EQ(peer.stack().usage().half_open, 0u);
}

TEST(States, a_connection_is_opened_by_its_cookie_when_the_cache_is_full) {
  Settings settings;
  settings.syns_max = 1;
  ScriptedPeer peer(settings);
  peer.listens().sends(plain_syn.seq(0)).expect(SYN | ACK);  // has the one row
  peer.begins_anew(5000, 40001);
  peer.sends(SYN.seq(0).with_mss(1460).scale(7).sack_ok().ts(9, 0)).expect((SYN | ACK).seq(0).ack(1));
  const std::uint32_t echo = peer.last().options.timestamps->value;
  EXPECT_EQ(peer.stack().counters().read(Counter::cookies_out), 1u);
  peer.sends(ACK.ack(1).ts(10, echo)).told("opened");
  EXPECT_EQ(peer.stack().counters().read(Counter::cookies_good), 1u);
  peer.writes(3000).expect(ACK.seq(1).len(1448)).expect(ACK.seq(1449).len(1448)).expect(ACK.seq(2897).len(104));
}

// ---- SYN-SENT

TEST(States, a_connection_that_is_refused_is_told_so_and_a_reset_of_something_else_is_ignored) {
  ScriptedPeer peer(plain());
  peer.connects().expect(SYN);
  peer.sends((RST | ACK).seq(0).ack(100)).expect_nothing().told({});
  peer.sends(RST.seq(0)).expect_nothing().told({});
  peer.sends((RST | ACK).seq(0).ack(1)).expect_nothing().told("closed refused");
}

TEST(States, a_wrong_acknowledgment_of_our_syn_is_answered_with_a_reset) {
  ScriptedPeer peer(plain());
  peer.connects().expect(SYN);
  peer.sends((SYN | ACK).seq(0).ack(77).with_mss(1460)).expect(RST.seq(77)).told({});
}

TEST(States, both_sides_may_open_at_once) {
  ScriptedPeer peer(plain());
  peer.connects().expect(SYN.seq(0));
  peer.sends(plain_syn.seq(0)).expect((SYN | ACK).seq(0).ack(1)).told({});
  peer.sends(ACK.seq(1).ack(1)).told("opened");
  EXPECT_EQ(state_of(peer), State::established);
}

// ---- ESTABLISHED

TEST(States, only_an_exact_reset_ends_a_connection) {
  ScriptedPeer peer(plain());
  peer.established().sends(RST.seq(500)).expect(ACK.ack(1)).told({});
  peer.passes(1s).sends(RST.seq(100'000)).expect_nothing().told({});
  peer.sends(RST.seq(1)).expect_nothing().told("closed reset");
}

TEST(States, a_syn_in_an_open_connection_is_challenged_and_not_too_often) {
  ScriptedPeer peer(plain());
  peer.established().sends(SYN.seq(1)).expect(ACK.seq(1).ack(1)).told({});
  peer.sends(SYN.seq(1)).expect_nothing();
  peer.passes(1s).sends(SYN.seq(1)).expect(ACK.seq(1).ack(1));
}

TEST(States, a_segment_without_ack_is_dropped) {
  ScriptedPeer peer(plain());
  peer.established().sends(Shape{}.seq(1).len(100)).expect_nothing().told({});
}

TEST(States, a_segment_of_the_past_by_its_timestamp_is_acknowledged_and_dropped) {
  ScriptedPeer peer;
  peer.listens().sends(SYN.seq(0).with_mss(1460).ts(1000, 0)).expect(SYN | ACK);
  const std::uint32_t echo = peer.last().options.timestamps->value;
  peer.sends(ACK.ts(1001, echo)).told("opened");
  peer.sends(ACK.seq(1).len(10).ts(900, echo)).expect(ACK.ack(1)).told({});
  peer.sends(ACK.seq(1).len(10).ts(1002, echo)).told("received 10").after(40ms).expect(ACK.ack(11));
}

// ---- closing

TEST(States, both_sides_may_close_at_once) {
  ScriptedPeer peer(plain());
  peer.established().finishes().expect((FIN | ACK).seq(1));
  peer.sends((FIN | ACK).seq(1).ack(1)).expect(ACK.ack(2)).told("peer_finished");
  EXPECT_EQ(state_of(peer), State::closing);
  peer.sends(ACK.seq(2).ack(2)).told("closed finished");
  EXPECT_EQ(peer.stack().usage().time_waits, 1u);
}

TEST(States, what_is_in_the_queue_goes_before_the_fin) {
  ScriptedPeer peer(plain());
  peer.established().writes(1000).finishes();
  peer.expect(ACK.seq(1).len(1000)).expect((FIN | ACK).seq(1001));
  EXPECT_EQ(state_of(peer), State::fin_wait_1);
  peer.sends(ACK.ack(1002)).expect_nothing();
  EXPECT_EQ(state_of(peer), State::fin_wait_2);
}

TEST(States, last_ack_waits_for_its_fin_to_be_acknowledged_and_sends_it_again) {
  ScriptedPeer peer(plain());
  peer.established().sends((FIN | ACK).seq(1)).expect(ACK.ack(2)).told("peer_finished");
  peer.closes().expect((FIN | ACK).seq(1).ack(2));
  EXPECT_EQ(state_of(peer), State::last_ack);
  peer.sends(ACK.seq(2).ack(1)).told({}).after(200ms).expect((FIN | ACK).seq(1));
  peer.sends(ACK.seq(2).ack(2)).told("closed finished");
  EXPECT_EQ(peer.stack().usage().connections, 0u);
  EXPECT_EQ(peer.stack().usage().time_waits, 0u);
}

TEST(States, data_after_closing_is_answered_with_a_reset) {
  ScriptedPeer peer(plain());
  peer.established().closes().expect((FIN | ACK).seq(1)).sends(ACK.ack(2)).expect_nothing();
  peer.sends(ACK.seq(1).ack(2).len(10)).expect(RST | ACK).told("closed aborted");
}

TEST(States, fin_wait_2_does_not_wait_for_ever_for_a_peer_that_nobody_listens_to) {
  ScriptedPeer peer(plain());
  peer.established().closes().expect((FIN | ACK).seq(1)).sends(ACK.ack(2)).silent(59s).told({});
  peer.silent(2s).told("closed finished");
}

// ---- TIME-WAIT

ScriptedPeer& in_time_wait(ScriptedPeer& peer) {
  peer.established().closes().expect((FIN | ACK).seq(1)).sends((FIN | ACK).seq(1).ack(2)).expect(ACK.seq(2).ack(2));
  return peer.told("closed finished");
}

TEST(States, time_wait_acknowledges_the_fin_again_ignores_resets_and_ends) {
  ScriptedPeer peer(plain());
  in_time_wait(peer).passes(50s).sends((FIN | ACK).seq(1).ack(2)).expect(ACK.seq(2).ack(2));
  peer.sends(RST.seq(2)).expect_nothing().passes(50s);
  EXPECT_EQ(peer.stack().usage().time_waits, 1u) << "the second FIN began it anew";
  peer.passes(11s);
  EXPECT_EQ(peer.stack().usage().time_waits, 0u);
}

TEST(States, time_wait_gives_way_to_a_new_connection_and_not_to_an_old_syn) {
  ScriptedPeer peer(plain());
  in_time_wait(peer);
  peer.sends(SYN.seq(0)).expect(ACK.seq(2).ack(2));
  peer.sends(SYN.seq(100'000).with_mss(1460)).expect(SYN | ACK);
  EXPECT_EQ(peer.stack().usage().time_waits, 0u);
  EXPECT_EQ(peer.stack().counters().read(Counter::time_wait_reused), 1u);
}

// ---- keepalive

TEST(States, a_peer_that_has_gone_is_found_out_by_keepalive) {
  Settings settings = plain();
  settings.keepalive_idle = 10s;
  settings.keepalive_interval = 2s;
  settings.keepalive_probes_max = 2;
  ScriptedPeer peer(settings);
  peer.established().after(10s).expect(ACK.seq(0).len(0)).sends(ACK.ack(1));
  peer.after(10s).expect(ACK.seq(0)).after(2s).expect(ACK.seq(0));
  peer.after(2s).expect(RST | ACK).told("closed timed_out");
}

}  // namespace
}  // namespace poise::l7::tcp
