#include "vrrp/authentication_header.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

using datapath::hex;
using datapath::ip;

const Bytes message = hex("21336401 0201b6bd c0a80164 0000000000000000");
const IpHeader header{{ip("192.168.1.1"), ip("224.0.0.18")}, protocol_ah, 255, 1};

// What keepalived sends with auth_type AH and the password 1111, from the authentication header on.
TEST(AuthenticationHeader, the_bytes_are_those_of_keepalived) {
  const Bytes packet = make_ah_packet(message, header, "1111", 1);
  EXPECT_EQ(Bytes(packet.begin() + 20, packet.end()),
            hex("70040000 c0a80101 00000001 e2c9b98918d93194a962caac 21336401 0201b6bd c0a80164 0000000000000000"));
}

TEST(AuthenticationHeader, what_was_made_is_authentic_for_who_knows_the_password) {
  const Bytes packet = make_ah_packet(message, header, "1111", 70'000);
  const auto received = read_packet(packet);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->ah_sequence, 70'000u);
  EXPECT_EQ(Bytes(received->message.begin(), received->message.end()), message);
  EXPECT_TRUE(is_authentic(*received, "1111"));
  EXPECT_FALSE(is_authentic(*received, "1112"));
}

TEST(AuthenticationHeader, routers_on_the_way_may_change_what_they_change_and_nothing_else) {
  const auto is_accepted = [](Bytes packet, std::size_t at, const std::string& password) {
    packet[at] ^= 1;
    packet[10] = packet[11] = 0;
    const std::uint16_t sum = datapath::checksum_of(Bytes(packet.begin(), packet.begin() + 20));
    packet[10] = std::uint8_t(sum >> 8);
    packet[11] = std::uint8_t(sum);
    const auto received = read_packet(packet);
    return received && is_authentic(*received, password);
  };
  const Bytes to_group = make_ah_packet(message, header, "1111", 7);
  EXPECT_TRUE(is_accepted(to_group, 1, "1111"));   // type of service
  EXPECT_FALSE(is_accepted(to_group, 8, "1111"));  // TTL
  for (const std::size_t at : {4u, 12u, 16u, 20u, 24u, 28u, 35u, 40u, 46u, 50u, 63u})
    EXPECT_FALSE(is_accepted(to_group, at, "1111")) << at;
  const Bytes to_peer = make_ah_packet(message, {{ip("192.168.1.1"), ip("10.0.0.9")}, protocol_ah, 64, 1}, "1111", 7);
  EXPECT_TRUE(is_accepted(to_peer, 8, "1111"));
}

TEST(AuthenticationHeader, one_that_is_cut_short_is_none) {
  const Bytes whole = make_ah_packet(message, header, "1111", 7);
  for (std::size_t length = 20; length < whole.size(); ++length) {
    Bytes packet(whole.begin(), whole.begin() + std::ptrdiff_t(length));
    packet[3] = std::uint8_t(length);
    packet[10] = packet[11] = 0;
    const std::uint16_t sum = datapath::checksum_of(Bytes(packet.begin(), packet.begin() + 20));
    packet[10] = std::uint8_t(sum >> 8);
    packet[11] = std::uint8_t(sum);
    const auto received = read_packet(packet);
    EXPECT_TRUE(!received || !is_authentic(*received, "1111")) << length;
  }
}

}  // namespace
}  // namespace poise::vrrp
