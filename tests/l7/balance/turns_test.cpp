#include "l7/balance/turns.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

const auto any = [](std::uint32_t) { return true; };

TEST(Turns, nobody_has_no_turn) {
  Turns turns;
  EXPECT_FALSE(turns.next(any));
  turns.set(candidates({1}));
  EXPECT_FALSE(turns.next([](std::uint32_t) { return false; }));
  EXPECT_EQ(turns.next(any), 0u);
}

TEST(Turns, go_on_when_time_is_counted_from_anew) {
  Turns turns;
  turns.set(candidates({1, 1}));
  std::array<int, 2> count{};
  for (int i = 0; i < 1 << 23; ++i) ++count[*turns.next(any)];  // 2^62 of 2^40 each is 2^22
  EXPECT_EQ(count[0], 1 << 22);
}

TEST(Turns, no_server_waits_longer_than_its_share) {
  Turns turns;
  turns.set(candidates({7, 2, 1}));
  int since = 0;
  for (int i = 0; i < 1000; ++i, ++since)
    if (*turns.next(any) == 2) {
      EXPECT_LE(since, 11);
      since = 0;
    }
}

}  // namespace
}  // namespace poise::l7::balance
