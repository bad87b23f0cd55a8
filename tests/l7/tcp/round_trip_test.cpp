#include "l7/tcp/round_trip.hpp"

#include <gtest/gtest.h>

namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

TEST(RoundTrip, follows_the_arithmetic_of_rfc_6298) {
  RoundTrip round_trip;
  EXPECT_EQ(round_trip.timeout(), 1s);
  round_trip.sample(400ms);
  EXPECT_EQ(round_trip.smoothed(), 400ms);
  EXPECT_EQ(round_trip.variation(), 200ms);
  EXPECT_EQ(round_trip.timeout(), 1200ms);
  round_trip.sample(480ms);  // variation 3/4 * 200 + 1/4 * 80, smoothed 7/8 * 400 + 1/8 * 480
  EXPECT_EQ(round_trip.variation(), 170ms);
  EXPECT_EQ(round_trip.smoothed(), 410ms);
  EXPECT_EQ(round_trip.timeout(), 1090ms);
  EXPECT_EQ(round_trip.least(), 400ms);
}

TEST(RoundTrip, stays_between_its_limits) {
  RoundTrip fast;
  for (int i = 0; i < 100; ++i) fast.sample(50us);
  EXPECT_EQ(fast.timeout(), 200ms);
  EXPECT_EQ(fast.smoothed(), 50us);
  RoundTrip slow;
  slow.sample(50s);
  EXPECT_EQ(slow.timeout(), 60s);
}

TEST(RoundTrip, doubles_when_it_expires_until_something_is_measured) {
  RoundTrip round_trip;
  round_trip.sample(100ms);
  EXPECT_EQ(round_trip.timeout(), 300ms);
  for (const Duration want : {600ms, 1200ms, 2400ms, 4800ms, 9600ms, 19200ms, 38400ms, 60000ms, 60000ms}) {
    round_trip.back_off();
    EXPECT_EQ(round_trip.timeout(), want);
  }
  for (int i = 0; i < 1000; ++i) round_trip.back_off();
  EXPECT_EQ(round_trip.timeout(), 60s) << "no overflow";
  round_trip.sample(100ms);
  EXPECT_LT(round_trip.timeout(), 300ms);
}

TEST(RoundTrip, a_handshake_that_was_late_makes_it_careful) {
  RoundTrip late;
  late.back_off();
  late.on_late_handshake();
  EXPECT_EQ(late.timeout(), 3s);
  RoundTrip measured;
  measured.sample(100ms);
  measured.on_late_handshake();
  EXPECT_EQ(measured.timeout(), 300ms);
}

TEST(RoundTrip, a_round_trip_of_nothing_is_a_sample_too) {
  RoundTrip round_trip;
  round_trip.sample(0ns);
  EXPECT_TRUE(round_trip.has_sample());
  EXPECT_EQ(round_trip.timeout(), 200ms);
}

}  // namespace
}  // namespace poise::l7::tcp
