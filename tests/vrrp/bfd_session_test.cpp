#include "vrrp/bfd_session.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;

// Two ends of one session on a wire without delay.
struct Wire {
  Wire(BfdSession::Settings left, BfdSession::Settings right) : a(left), b(right) {
    a.start(now);
    b.start(now);
  }
  void carry(BfdSession& from, const BfdSession::Outcome& outcome) {
    count(from, outcome);
    if (!outcome.send || cut || (&from == &a && one_way)) return;
    BfdSession& to = &from == &a ? b : a;
    ++(&from == &a ? from_a : from_b);
    carry(to, to.on_packet(now, *outcome.send));
  }
  void run_for(Duration time) {
    const Instant end = now + time;
    while (std::min(a.deadline(), b.deadline()) <= end) {
      now = std::max(now, std::min(a.deadline(), b.deadline()));
      if (a.deadline() <= now) carry(a, a.on_deadline(now));
      if (b.deadline() <= now) carry(b, b.on_deadline(now));
    }
    now = end;
  }
  void count(const BfdSession& at, const BfdSession::Outcome& outcome) {
    if (outcome.silent) silent_at.push_back({&at == &a, now});
    downs += outcome.went_down ? 1 : 0;
  }
  struct Silence {
    bool noticed_by_a;
    Instant at;
  };
  Instant now{100s};
  BfdSession a, b;
  bool cut = false, one_way = false;
  int from_a = 0, from_b = 0, downs = 0;
  std::vector<Silence> silent_at;
};

TEST(BfdSession, both_ends_come_up_within_a_second_or_two_and_then_send_at_the_agreed_pace) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(2s);
  EXPECT_EQ(wire.a.state(), BfdState::up);
  EXPECT_EQ(wire.b.state(), BfdState::up);
  EXPECT_EQ(wire.a.detection_time(), Duration(15ms));
  wire.from_a = 0;
  wire.run_for(1s);
  EXPECT_GE(wire.from_a, 200);
  EXPECT_LE(wire.from_a, 267);  // 75 percent of 5 ms
}

TEST(BfdSession, the_slower_end_sets_the_pace_of_what_it_gets) {
  Wire wire({1, 5ms, 3, 1}, {2, 50ms, 3, 2});
  wire.run_for(3s);
  ASSERT_EQ(wire.a.state(), BfdState::up);
  EXPECT_EQ(wire.a.send_interval(), Duration(50ms));
  EXPECT_EQ(wire.a.detection_time(), Duration(150ms));
}

TEST(BfdSession, silence_is_noticed_by_both_after_the_detection_time) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(3s);
  wire.cut = true;
  const Instant cut_at = wire.now;
  wire.run_for(100ms);
  ASSERT_EQ(wire.silent_at.size(), 2u);
  for (const Wire::Silence& silence : wire.silent_at) {
    EXPECT_LE(silence.at - cut_at, 15ms);
    EXPECT_GE(silence.at - cut_at, 10ms);
  }
  wire.cut = false;
  wire.run_for(3s);
  EXPECT_EQ(wire.a.state(), BfdState::up);
}

TEST(BfdSession, what_we_sent_keeps_the_peer_content_for_its_detection_time) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  EXPECT_FALSE(wire.a.peer_patience().has_value());
  wire.run_for(3s);
  wire.one_way = true;  // as if a hung
  const Instant patience = *wire.a.peer_patience();
  wire.run_for(100ms);
  ASSERT_FALSE(wire.silent_at.empty());
  EXPECT_FALSE(wire.silent_at[0].noticed_by_a);
  EXPECT_GE(wire.silent_at[0].at, patience) << "nobody claims what a may still hold";
}

TEST(BfdSession, one_that_hears_nothing_tells_the_other_which_does_not_take_it_for_silent) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(3s);
  wire.one_way = true;
  wire.run_for(50ms);
  EXPECT_EQ(wire.downs, 2);
  ASSERT_EQ(wire.silent_at.size(), 1u);
}

TEST(BfdSession, a_stop_is_told_and_is_no_silence) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(3s);
  wire.carry(wire.a, wire.a.stop(wire.now));
  wire.run_for(100ms);
  EXPECT_TRUE(wire.silent_at.empty());
  EXPECT_EQ(wire.b.state(), BfdState::down);
  EXPECT_EQ(wire.a.deadline(), never);
}

TEST(BfdSession, a_late_loop_gives_the_peer_one_more_detection_time) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(3s);
  const Instant late = wire.a.deadline() + 30ms;
  EXPECT_FALSE(wire.a.on_deadline(late).went_down);
  EXPECT_TRUE(wire.a.on_deadline(late + 16ms).silent);
}

TEST(BfdSession, packets_for_another_session_are_ignored) {
  Wire wire({1, 5ms, 3, 1}, {2, 5ms, 3, 2});
  wire.run_for(3s);
  BfdPacket foreign;
  foreign.my_discriminator = 2;
  foreign.your_discriminator = 77;
  EXPECT_FALSE(wire.a.on_packet(wire.now, foreign).went_down);
  EXPECT_EQ(wire.a.state(), BfdState::up);
}

}  // namespace
}  // namespace poise::vrrp
