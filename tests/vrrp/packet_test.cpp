#include "vrrp/packet.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using datapath::hex;
using datapath::ip;

const Envelope to_group{ip("192.168.1.1"), ip("224.0.0.18")};
const Bytes message_v2 = hex("21336401 0101555b c0a80164 31313131 00000000");

// What keepalived sends, from the IP header on.
TEST(Packet, the_bytes_are_those_of_keepalived) {
  EXPECT_EQ(make_packet(message_v2, to_group, 255, 1),
            hex("45c00028 00010000 ff7018e9 c0a80101 e0000012 21336401 0101555b c0a80164 31313131 00000000"));
  EXPECT_EQ(to_string(virtual_mac(VirtualRouterId{51}, false)), "00:00:5e:00:01:33");
  EXPECT_EQ(to_string(virtual_mac(VirtualRouterId{51}, true)), "00:00:5e:00:02:33");
}

TEST(Packet, what_was_made_is_read_again_and_padding_is_left_out) {
  const Envelope to_group6{ip("fe80::1"), ip("ff02::12")};
  for (const Envelope& envelope : {to_group, to_group6}) {
    Bytes packet = make_packet(message_v2, envelope, 64, 7);
    packet.resize(packet.size() + 6);
    const auto received = read_packet(packet);
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(received->envelope.source, envelope.source);
    EXPECT_EQ(received->envelope.destination, envelope.destination);
    EXPECT_EQ(received->ttl, 64);
    EXPECT_EQ(Bytes(received->message.begin(), received->message.end()), message_v2);
  }
  EXPECT_EQ(to_group6.destination, group_of(true));
}

TEST(Packet, what_no_router_sends_is_refused) {
  const Bytes good = make_packet(message_v2, to_group, 255, 1);
  const auto reason = [](const Bytes& packet) {
    const auto received = read_packet(packet);
    return received ? Discard::count_ : received.error();
  };
  const auto mended = [](Bytes packet) {  // its header sum
    packet[10] = packet[11] = 0;
    const std::uint16_t sum = datapath::checksum_of(Bytes(packet.begin(), packet.begin() + (packet[0] & 15) * 4));
    packet[10] = std::uint8_t(sum >> 8);
    packet[11] = std::uint8_t(sum);
    return packet;
  };
  EXPECT_EQ(reason(good), Discard::count_);
  EXPECT_EQ(reason({}), Discard::not_ip);
  EXPECT_EQ(reason(Bytes(good.begin(), good.end() - 1)), Discard::not_ip);
  Bytes changed = good;
  changed[8] = 254;
  EXPECT_EQ(reason(changed), Discard::not_ip) << "its sum is wrong";
  EXPECT_EQ(reason(mended(changed)), Discard::count_);
  changed = good;
  changed[6] = 0x20;
  EXPECT_EQ(reason(mended(changed)), Discard::not_ip) << "a fragment";
  changed = good;
  changed[9] = 17;
  EXPECT_EQ(reason(mended(changed)), Discard::not_ip) << "UDP";
  changed = good;
  changed[0] = 0x46;
  EXPECT_EQ(reason(mended(changed)), Discard::ip_options);
  Bytes v6 = make_packet(message_v2, {ip("fe80::1"), ip("ff02::12")}, 255, 1);
  v6[6] = 0;
  EXPECT_EQ(reason(v6), Discard::ip_options) << "a hop-by-hop header";
}

}  // namespace
}  // namespace poise::vrrp
