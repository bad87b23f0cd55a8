#include "datapath/neighbor_message.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/support/frames.hpp"

namespace poise::datapath {
namespace {

const Bytes target = hex("20010db8000000000000000000000001");
const Bytes their_option = hex("01 01 020000000002"), target_option = hex("02 01 020000000003");

std::optional<NeighborFacts> read(std::uint8_t type, std::uint32_t flags, const Ends& ends, const Bytes& body,
                                  std::uint8_t code = 0, const IpOptions& options = {255}) {
  return read_neighbor_message(ip_packet(ends, IPPROTO_ICMPV6, icmpv6(ends, type, code, flags, body), options));
}

const Ends asked{"2001:db8::9", "ff02::1:ff00:1"}, answered{"2001:db8::1", "2001:db8::9"};

TEST(NeighborMessage, says_who_asks_for_whom_and_where_it_is) {
  const auto facts = read(135, 0, asked, target + hex("0e01 000000000000") + their_option);
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->advertisement);
  EXPECT_EQ(facts->source, ip("2001:db8::9"));
  EXPECT_EQ(facts->target, ip("2001:db8::1"));
  EXPECT_EQ(facts->source_mac, mac("02:00:00:00:00:02"));
  EXPECT_FALSE(facts->target_mac);
  const auto answer = read(136, 0x60000000, answered, target + target_option);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->advertisement);
  EXPECT_EQ(answer->flags, 0x60000000u);
  EXPECT_EQ(answer->target_mac, mac("02:00:00:00:00:03"));
}

TEST(NeighborMessage, padding_behind_the_packet_is_ignored) {
  const Bytes packet = ip_packet(asked, IPPROTO_ICMPV6, icmpv6(asked, 135, 0, 0, target), {255});
  EXPECT_TRUE(read_neighbor_message(packet + Bytes(20, 0xff)));
}

TEST(NeighborMessage, each_check_of_rfc_4861_refuses) {
  EXPECT_TRUE(read(135, 0, asked, target));
  EXPECT_FALSE(read(135, 0, asked, target, 0, {254})) << "came through a router";
  EXPECT_FALSE(read(135, 0, asked, target, 1)) << "code";
  EXPECT_FALSE(read(134, 0, asked, target)) << "another message";
  EXPECT_FALSE(read(135, 0, asked, Bytes(target.begin(), target.end() - 1))) << "too short";
  EXPECT_FALSE(read(135, 0, asked, target + hex("0100 020000000002"))) << "option of length 0";
  EXPECT_FALSE(read(135, 0, asked, target + hex("0102 020000000002"))) << "option longer than the message";
  EXPECT_FALSE(read(135, 0, asked, target + hex("0101"))) << "half an option";
  EXPECT_FALSE(read(135, 0, asked, hex("ff020000000000000000000000000001"))) << "multicast target";
  EXPECT_FALSE(read(135, 0, {"::", "2001:db8::1"}, target)) << "no sender, but not to the solicited group";
  EXPECT_FALSE(read(135, 0, {"::", "ff02::1:ff00:1"}, target + their_option)) << "no sender, but a MAC";
  EXPECT_TRUE(read(135, 0, {"::", "ff02::1:ff00:1"}, target));
  EXPECT_FALSE(read(136, 0x40000000, {"2001:db8::1", "ff02::1"}, target)) << "solicited, but to all";
  EXPECT_TRUE(read(136, 0x20000000, {"2001:db8::1", "ff02::1"}, target));
  EXPECT_FALSE(read(135, 0, asked, target, 0, {255, 0, 0, 0, hex("3a00 0000 00000007"), 44}))
      << "in a fragment (RFC 6980)";
  Bytes damaged = ip_packet(asked, IPPROTO_ICMPV6, icmpv6(asked, 135, 0, 0, target), {255});
  damaged[43] ^= 1;
  EXPECT_FALSE(read_neighbor_message(damaged)) << "checksum";
}

}  // namespace
}  // namespace poise::datapath
