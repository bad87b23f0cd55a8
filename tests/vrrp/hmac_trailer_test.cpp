#include "vrrp/hmac_trailer.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;
using datapath::hex;
using datapath::ip;
using datapath::operator+;

Bytes counting_key() {
  Bytes key;
  for (std::uint8_t i = 0; i < 32; ++i) key.push_back(i);
  return key;
}
HmacSettings settings(std::optional<Duration> window = 5s) {
  return {{{1, counting_key()}}, 1, HmacSettings::Mode::enforce, window};
}
constexpr Duration wall = std::chrono::seconds(0x68000000) + 500ms;  // of the vectors

// The draft's wire images: key 00..1f, VRID 51, priority 200, sent at 0x68000000.8.
const Bytes message_v4 = hex("3133c80100644402 c0000264"),
            message_v6 = hex("3133c8010064a2e9 fe800000000000000000000000000100");
const Bytes trailer_v4 = hex("01010000 68000000 8000 0000 1b84bc4e8e43892dc6d98448f8ee2265"),
            trailer_v6 = hex("01010000 68000000 8000 0000 c8c56146ebfd66ee10ec4d8186461b78");

TEST(HmacTrailer, the_bytes_are_those_of_the_draft) {
  EXPECT_EQ(HmacTrailer().sign(settings(), wall, ip("198.51.100.10"), message_v4), trailer_v4);
  EXPECT_EQ(HmacTrailer().sign(settings(), wall, ip("fe80::10"), message_v6), trailer_v6);
  EXPECT_TRUE(HmacTrailer().check(settings(), wall, ip("198.51.100.10"), message_v4 + trailer_v4));
  EXPECT_TRUE(HmacTrailer().check(settings(), wall, ip("fe80::10"), message_v6 + trailer_v6));
}

// Over IPv6 the checksum covers the trailer, over IPv4 it does not.
TEST(HmacTrailer, the_checksum_of_the_message_stays_right) {
  const Envelope envelope{ip("fe80::10"), ip("fe80::20")};
  Bytes message = message_v6;
  append_trailer(message, trailer_v6, envelope);
  EXPECT_EQ(message, message_v6 + trailer_v6);
  EXPECT_TRUE(read_advert(message, envelope, hmac_trailer_length).has_value());
  Bytes v4 = message_v4;
  append_trailer(v4, trailer_v4, {ip("198.51.100.10"), ip("192.0.2.10")});
  EXPECT_EQ(v4, message_v4 + trailer_v4);
  EXPECT_TRUE(read_advert(v4, {ip("198.51.100.10"), ip("192.0.2.10")}, hmac_trailer_length).has_value());
}

TEST(HmacTrailer, whatever_is_changed_shows_except_the_checksum) {
  struct Row {
    std::size_t at;
    std::optional<Discard> reason;
  };
  const Bytes whole = message_v6 + trailer_v6;
  for (const Row& row : {Row{2, Discard::authentication_failed},
                         {5, Discard::authentication_failed},
                         {6, {}},
                         {23, Discard::authentication_failed},
                         {24, Discard::authentication_type},
                         {25, Discard::authentication_failed},
                         {26, Discard::authentication_type},
                         {31, Discard::authentication_failed},
                         {35, Discard::authentication_failed},
                         {51, Discard::authentication_failed}}) {
    Bytes changed = whole;
    changed[row.at] ^= 1;
    const auto checked = HmacTrailer().check(settings(std::nullopt), wall, ip("fe80::10"), changed);
    const std::optional<Discard> reason = checked ? std::nullopt : std::optional(checked.error());
    EXPECT_EQ(reason, row.reason) << row.at;
  }
  const auto other_sender = HmacTrailer().check(settings(), wall, ip("fe80::20"), whole);
  EXPECT_EQ(other_sender.error(), Discard::authentication_failed);
}

TEST(HmacTrailer, what_is_too_old_or_from_the_future_is_stale) {
  const Bytes whole = message_v4 + trailer_v4;
  const auto checked_at = [&](Duration when) {
    return HmacTrailer().check(settings(), when, ip("198.51.100.10"), whole);
  };
  EXPECT_TRUE(checked_at(wall + 5s).has_value());
  EXPECT_EQ(checked_at(wall + 6s).error(), Discard::authentication_stale);
  EXPECT_EQ(checked_at(wall - 6s).error(), Discard::authentication_stale);
  EXPECT_TRUE(HmacTrailer().check(settings(std::nullopt), wall + 1h, ip("198.51.100.10"), whole).has_value());
}

TEST(HmacTrailer, an_advert_counts_once_for_each_sender) {
  HmacTrailer receiver, sender;
  const IpAddr one = ip("192.0.2.1");
  const Bytes first = message_v4 + sender.sign(settings(), wall, one, message_v4);
  const Bytes second = message_v4 + sender.sign(settings(), wall, one, message_v4);  // the same moment
  EXPECT_NE(first, second);
  EXPECT_TRUE(receiver.check(settings(), wall, one, first).has_value());
  EXPECT_TRUE(receiver.check(settings(), wall, one, second).has_value());
  EXPECT_EQ(receiver.check(settings(), wall, one, first).error(), Discard::authentication_replayed);
  EXPECT_EQ(receiver.check(settings(), wall, one, second).error(), Discard::authentication_replayed);
}

TEST(HmacTrailer, a_clock_that_is_set_back_silences_nobody_for_longer_than_the_window) {
  HmacTrailer receiver, sender;
  const IpAddr one = ip("192.0.2.1");
  const auto hears = [&](Duration sent, Duration heard) {
    return receiver.check(settings(), heard, one, message_v4 + sender.sign(settings(), sent, one, message_v4))
        .has_value();
  };
  EXPECT_TRUE(hears(wall + 3s, wall));
  EXPECT_TRUE(hears(wall, wall));            // counts on from what it sent
  EXPECT_FALSE(hears(wall + 3600s, wall));   // somebody set it to another hour,
  EXPECT_TRUE(hears(wall + 4s, wall + 4s));  // and back
}

TEST(HmacTrailer, a_key_without_material_signs_what_nobody_accepts) {
  HmacSettings none = settings();
  none.active_key = 2;
  const Bytes trailer = HmacTrailer().sign(none, wall, ip("192.0.2.1"), message_v4);
  EXPECT_EQ(Bytes(trailer.end() - 16, trailer.end()), Bytes(16, 0));
  EXPECT_FALSE(HmacTrailer().check(none, wall, ip("192.0.2.1"), message_v4 + trailer).has_value());
}

}  // namespace
}  // namespace poise::vrrp
