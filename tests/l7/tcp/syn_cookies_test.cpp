#include "l7/tcp/syn_cookies.hpp"

#include <gtest/gtest.h>

namespace poise::l7::tcp {
namespace {

const Tuple tuple{IpAddr::v4(0x0a000001), IpAddr::v4(0x0a000002), 80, 40000};
const SynCookies cookies(SipHash({1, 2, 3}));
constexpr Sequence peer{12345};

TEST(SynCookies, bring_the_mss_back_never_larger_than_it_was_named) {
  for (unsigned mss = 64; mss < 65536; mss += 7) {
    const auto back = cookies.check(tuple, peer, 100, cookies.make(tuple, peer, 100, std::uint16_t(mss)));
    ASSERT_TRUE(back);
    EXPECT_LE(*back, mss);
  }
  for (const std::uint16_t mss : std::initializer_list<std::uint16_t>{536, 1220, 1360, 1440, 1460, 4312, 8960})
    EXPECT_EQ(cookies.check(tuple, peer, 100, cookies.make(tuple, peer, 100, mss)), mss) << mss;
}

TEST(SynCookies, are_good_in_their_minute_and_in_the_next) {
  for (const std::uint32_t minute : {7u, 8u, 0xffffffffu, 0u}) {
    const Sequence cookie = cookies.make(tuple, peer, minute, 1460);
    EXPECT_TRUE(cookies.check(tuple, peer, minute, cookie));
    EXPECT_TRUE(cookies.check(tuple, peer, minute + 1, cookie));
    EXPECT_FALSE(cookies.check(tuple, peer, minute + 2, cookie));
    EXPECT_FALSE(cookies.check(tuple, peer, minute - 1, cookie));
  }
}

TEST(SynCookies, of_somebody_else_are_none) {
  const Sequence cookie = cookies.make(tuple, peer, 100, 1460);
  Tuple other = tuple;
  other.remote = IpAddr::v4(0x0a000009);
  EXPECT_FALSE(cookies.check(other, peer, 100, cookie));
  EXPECT_FALSE(cookies.check(tuple, peer + 1, 100, cookie));
  EXPECT_FALSE(SynCookies(SipHash({9})).check(tuple, peer, 100, cookie));
  int forged = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i)
    forged += cookies.check(tuple, peer, 100, cookie + (i * 40503u | 1)) ? 1 : 0;
  EXPECT_LE(forged, 2);
}

TEST(SynCookies, facts_come_back_in_a_timestamp_that_is_not_later) {
  for (const std::uint32_t timestamp : {0u, 5u, 63u, 64u, 0xffffffffu, 1'000'000u})
    for (int shift = -1; shift <= 14; ++shift)
      for (int bits = 0; bits < 4; ++bits) {
        CookieFacts facts{.window_shift = std::nullopt, .sack_permitted = (bits & 1) != 0, .ecn = (bits & 2) != 0};
        if (shift >= 0) facts.window_shift = std::uint8_t(shift);
        const std::uint32_t echo = with_facts(timestamp, facts);
        EXPECT_EQ(facts_of(echo), facts);
        EXPECT_LE(timestamp - echo, 63u);
      }
}

}  // namespace
}  // namespace poise::l7::tcp
