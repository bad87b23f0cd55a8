#include "l7/tcp/congestion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace poise::l7::tcp {
namespace {

constexpr std::uint16_t mss = 1000;
constexpr std::uint32_t round_us = 100'000;

// A sender that always has more to send, over a path that acknowledges a window in every round trip.
struct Sender {
  explicit Sender(CongestionAlgorithm algorithm) { congestion.begin(algorithm, mss); }
  void round(std::uint32_t round_trip_us = round_us) {
    const std::uint32_t window = congestion.window(), segments = std::max(window / mss, 1u);
    for (std::uint32_t i = 0; i < segments; ++i) {
      now_us += round_us / segments;
      acked += mss;
      congestion.on_ack({.bytes = mss,
                         .flight_before = window,
                         .now_us = now_us,
                         .round_trip_us = round_trip_us,
                         .smoothed_us = round_us,
                         .is_window_limited = true},
                        hystart, acked, acked + window);
    }
  }
  void lose() {
    RecoveryEpisode episode;
    congestion.on_recovery_begins(congestion.window(), now_us, episode);
    congestion.on_recovery_ends(0);
  }
  Congestion congestion;
  SlowStartRound hystart;
  std::uint32_t now_us = 0xffff0000u, acked = 0;
};

TEST(Congestion, begins_with_ten_segments_and_doubles_each_round_trip) {
  Sender sender(CongestionAlgorithm::new_reno);
  EXPECT_EQ(sender.congestion.window(), 10u * mss);
  sender.round();
  EXPECT_EQ(sender.congestion.window(), 20u * mss);
  sender.round();
  EXPECT_EQ(sender.congestion.window(), 40u * mss);
}

TEST(Congestion, new_reno_halves_at_a_loss_and_then_grows_by_a_segment_each_round_trip) {
  Sender sender(CongestionAlgorithm::new_reno);
  for (int i = 0; i < 3; ++i) sender.round();
  sender.lose();
  EXPECT_EQ(sender.congestion.window(), 40u * mss);
  for (int i = 0; i < 10; ++i) sender.round();
  EXPECT_NEAR(sender.congestion.window(), 50 * mss, mss);
}

// RFC 9438 4.2, in doubles.
TEST(Congestion, cubic_follows_its_curve) {
  Sender sender(CongestionAlgorithm::cubic);
  for (int i = 0; i < 5; ++i) sender.round();
  const double most = sender.congestion.window();
  sender.lose();
  EXPECT_NEAR(sender.congestion.window(), most * 0.7, mss);
  const double plateau = std::cbrt(most / mss * 0.3 / 0.4);
  for (int i = 1; i <= 150; ++i) {
    sender.round();
    const double elapsed = i * 0.1 + 0.05, curve = 0.4 * std::pow(elapsed - plateau, 3) * mss + most;
    ASSERT_NEAR(sender.congestion.window() / curve, 1, 0.03) << i;
  }
}

TEST(Congestion, cubic_is_no_slower_than_reno_where_windows_are_small) {
  Sender sender(CongestionAlgorithm::cubic);
  sender.lose();  // 7 segments
  const std::uint32_t before = sender.congestion.window();
  for (int i = 0; i < 10; ++i) sender.round();
  EXPECT_GE(sender.congestion.window(), before + 4 * mss);
}

TEST(Congestion, cubic_gives_way_to_newcomers_when_it_loses_below_its_last_window) {
  Sender sender(CongestionAlgorithm::cubic);
  for (int i = 0; i < 5; ++i) sender.round();
  sender.lose();
  const std::uint32_t second = sender.congestion.window();
  sender.lose();
  for (int i = 0; i < 60; ++i) sender.round();
  // The plateau is 85 % of the window at the second loss, not the window itself.
  EXPECT_LT(sender.congestion.window(), second);
}

TEST(Congestion, what_is_not_used_does_not_grow) {
  Congestion congestion;
  congestion.begin(CongestionAlgorithm::cubic, mss);
  SlowStartRound round;
  for (std::uint32_t i = 1; i < 100; ++i)
    congestion.on_ack({.bytes = mss, .flight_before = mss, .now_us = i, .is_window_limited = false}, round, i, i + 1);
  EXPECT_EQ(congestion.window(), 10u * mss);
}

TEST(Congestion, a_timeout_leaves_one_segment_and_only_the_first_of_a_row_lowers_the_threshold) {
  Congestion congestion;
  congestion.begin(CongestionAlgorithm::new_reno, mss);
  RecoveryEpisode episode;
  congestion.on_timeout(10 * mss, 0, true, episode);
  EXPECT_EQ(congestion.window(), mss);
  EXPECT_EQ(congestion.slow_start_threshold(), 5u * mss);
  congestion.on_timeout(mss, 0, false, episode);
  EXPECT_EQ(congestion.slow_start_threshold(), 5u * mss);
  congestion.undo(episode);
  EXPECT_EQ(congestion.window(), 10u * mss);
  EXPECT_EQ(congestion.slow_start_threshold(), ~0u);
}

// RFC 6937 4, figure 1: one segment lost of twenty; one goes out for every two that arrive (of Reno's half).
TEST(Congestion, recovery_sends_in_proportion_to_what_arrives) {
  Congestion congestion;
  congestion.begin(CongestionAlgorithm::new_reno, mss);
  RecoveryEpisode episode;
  congestion.on_recovery_begins(20 * mss, 0, episode);
  std::uint32_t pipe = 19 * mss, sent = 0;
  for (int i = 0; i < 19; ++i) {
    pipe -= mss;
    congestion.on_recovery_ack(mss, pipe, false, episode);
    while (pipe + mss <= congestion.window()) {
      pipe += mss;
      ++sent;
      congestion.on_recovery_sent(mss, episode);
    }
  }
  EXPECT_NEAR(sent, 10, 1);
  EXPECT_NEAR(pipe, 10 * mss, mss);
  congestion.on_recovery_ends(pipe);
  EXPECT_EQ(congestion.window(), 10u * mss);
}

TEST(Congestion, slow_start_ends_when_the_round_trip_grows_and_not_for_a_false_alarm) {
  Sender sender(CongestionAlgorithm::new_reno);
  sender.round();
  sender.round();
  for (int i = 0; i < 8; ++i) sender.round(round_us + 20'000);
  EXPECT_FALSE(sender.congestion.is_in_slow_start());
  Sender lucky(CongestionAlgorithm::new_reno);
  lucky.round();
  lucky.round(round_us + 20'000);
  lucky.round(round_us - 20'000);
  for (int i = 0; i < 4; ++i) lucky.round(round_us - 20'000);
  EXPECT_TRUE(lucky.congestion.is_in_slow_start());
}

TEST(Congestion, idleness_costs_half_the_window_for_each_timeout) {
  Sender sender(CongestionAlgorithm::new_reno);
  for (int i = 0; i < 3; ++i) sender.round();
  const std::uint32_t before = sender.congestion.window();
  sender.congestion.on_idle(200'000, 200'000);
  EXPECT_EQ(sender.congestion.window(), before / 2);
  sender.congestion.on_idle(100'000'000, 200'000);
  EXPECT_EQ(sender.congestion.window(), 10u * mss) << "never below what it began with";
}

TEST(Congestion, a_mark_of_the_network_is_like_a_loss_without_one) {
  Sender sender(CongestionAlgorithm::cubic);
  sender.congestion.on_congestion_mark(10 * mss, 0);
  EXPECT_EQ(sender.congestion.window(), 7u * mss);
}

}  // namespace
}  // namespace poise::l7::tcp
