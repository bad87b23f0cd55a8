#include "control/group_frames.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

using namespace std::chrono_literals;
using datapath::Bytes;
using datapath::ethernet;
using datapath::hex;
using datapath::ip;
using datapath::operator+;
using Kind = GroupChange::Kind;

Link link() {
  Link made;
  made.mac = *parse_mac("02:00:00:00:00:01");
  made.subnets = {*parse_prefix("192.0.2.1/24")};
  made.link_local = ip("fe80::1");
  return made;
}

// By hand from RFC 3376 4.2 and RFC 3810 5.2.
TEST(GroupFrames, a_report_of_igmp_v3) {
  const auto frame = make_group_report(link(), {{ip("224.0.0.18"), Kind::joins}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(*frame, hex("01005e000016 020000000001 0800 46c00028 00004000 010241f8 c0000201 e0000016 94040000"
                        "2200f9eb 00000001 04000000 e0000012"));
}

TEST(GroupFrames, a_report_of_mld_v2_leaves_from_the_link_local_address_with_a_router_alert) {
  const auto frame =
      make_group_report(link(), {{ip("ff02::12"), Kind::leaves}, {ip("ff02::1:ff00:1"), Kind::is_member}});
  ASSERT_TRUE(frame.has_value());
  const Bytes expected_head = hex("333300000016 020000000001 86dd 60000000 0038 00 01") +
                              hex("fe800000000000000000000000000001 ff020000000000000000000000000016") +
                              hex("3a00 05020000 0100");
  EXPECT_EQ(Bytes(frame->begin(), frame->begin() + std::ptrdiff_t(expected_head.size())), expected_head);
  Bytes message(frame->begin() + std::ptrdiff_t(expected_head.size()), frame->end());
  EXPECT_EQ(datapath::checksum_of(datapath::pseudo_header(ip("fe80::1"), ip("ff02::16"), 58, message.size()) + message),
            0);
  message[2] = message[3] = 0;
  EXPECT_EQ(message, hex("8f000000 00000002") + hex("03000000 ff020000000000000000000000000012") +
                         hex("02000000 ff0200000000000000000001ff000001"));
}

TEST(GroupFrames, without_an_address_of_the_family_nothing_is_sent) {
  Link bare = link();
  bare.subnets.clear();
  bare.link_local = IpAddr{};
  EXPECT_FALSE(make_group_report(bare, {{ip("224.0.0.18"), Kind::joins}}));
  EXPECT_FALSE(make_group_report(bare, {{ip("ff02::12"), Kind::joins}}));
  EXPECT_FALSE(make_old_group_report(bare, ip("ff02::12")));
}

Bytes igmp_query(const std::string& message) {
  return ethernet("01:00:5e:00:00:01", "02:00:00:00:00:09", 0x0800,
                  hex("46c00000 00004000 01020000 c0000209 e0000001 94040000") + hex(message));
}
Bytes with_lengths(Bytes frame) {
  const std::size_t total = frame.size() - 14;
  frame[16] = std::uint8_t(total >> 8);
  frame[17] = std::uint8_t(total);
  const std::uint16_t sum = datapath::checksum_of(Bytes(frame.begin() + 38, frame.end()));
  frame[40] = std::uint8_t(sum >> 8);
  frame[41] = std::uint8_t(sum);
  return frame;
}

TEST(GroupFrames, queries_of_every_igmp_version_are_read) {
  const auto general = read_group_query(with_lengths(igmp_query("11640000 00000000 02 7d 0000")));
  ASSERT_TRUE(general.has_value());
  EXPECT_FALSE(general->v6);
  EXPECT_FALSE(general->old);
  EXPECT_FALSE(general->group.has_value());
  EXPECT_EQ(general->response_time, 10s);
  const auto specific = read_group_query(with_lengths(igmp_query("110a0000 e0000012")));
  ASSERT_TRUE(specific.has_value());
  EXPECT_TRUE(specific->old);
  EXPECT_EQ(specific->group, ip("224.0.0.18"));
  EXPECT_EQ(specific->response_time, 1s);
  const auto long_time = read_group_query(with_lengths(igmp_query("118f0000 00000000 02 7d 0000")));
  EXPECT_EQ(long_time->response_time, 100ms * (0x1f << 3));
}

Bytes mld_query(const std::string& rest, const char* source = "fe80::9") {
  const Bytes message = hex("82000000 2710 0000") + hex(rest);
  Bytes summed = message;
  const std::uint16_t sum =
      datapath::checksum_of(datapath::pseudo_header(ip(source), ip("ff02::1"), 58, message.size()) + message);
  summed[2] = std::uint8_t(sum >> 8);
  summed[3] = std::uint8_t(sum);
  Bytes packet = hex("60000000 0000 00 01");
  const IpAddr from = ip(source), to = ip("ff02::1");
  packet.insert(packet.end(), from.octets.begin(), from.octets.end());
  packet.insert(packet.end(), to.octets.begin(), to.octets.end());
  packet[5] = std::uint8_t(8 + message.size());
  return ethernet("33:33:00:00:00:01", "02:00:00:00:00:09", 0x86dd, packet + hex("3a00 05020000 0100") + summed);
}

TEST(GroupFrames, queries_of_both_mld_versions_are_read) {
  const auto general = read_group_query(mld_query("00000000000000000000000000000000 02 7d 0000"));
  ASSERT_TRUE(general.has_value());
  EXPECT_TRUE(general->v6);
  EXPECT_FALSE(general->old);
  EXPECT_EQ(general->response_time, 10s);
  const auto old = read_group_query(mld_query("ff020000000000000000000000000012"));
  ASSERT_TRUE(old.has_value());
  EXPECT_TRUE(old->old);
  EXPECT_EQ(old->group, ip("ff02::12"));
  EXPECT_FALSE(read_group_query(mld_query("00000000000000000000000000000000", "2001:db8::9")).has_value());
}

TEST(GroupFrames, what_is_damaged_or_cut_is_no_query) {
  for (const Bytes& good : {with_lengths(igmp_query("11640000 00000000 02 7d 0000")),
                            mld_query("00000000000000000000000000000000 02 7d 0000")}) {
    ASSERT_TRUE(read_group_query(good).has_value());
    for (std::size_t length = 0; length < good.size(); ++length)
      EXPECT_FALSE(read_group_query(std::span(good).first(length)).has_value()) << length;
    Bytes bad = good;
    bad.back() ^= 1;
    EXPECT_FALSE(read_group_query(bad).has_value());
  }
}

}  // namespace
}  // namespace poise::control
