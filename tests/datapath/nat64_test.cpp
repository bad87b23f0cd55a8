#include "datapath/nat64.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

#include "tests/support/loaded_packet.hpp"

namespace poise::datapath {
namespace {

const Ends client6{"2001:db8:1::9", "2001:db8:5::10", 5000, 53};
const Ends server4{"192.0.2.1", "198.51.100.7", 20000, 5353};
const Translation to_server{ip("192.0.2.1"), ip("198.51.100.7"), 20000, 5353};
const Translation back_to_client6{ip("2001:db8:1::9"), ip("2001:db8:5::10"), 5000, 53};

TEST(Nat64, a_udp_datagram_from_ipv6_arrives_as_ipv4_byte_for_byte) {
  const Bytes sent =
      hex("6b800000 000f113f 20010db8000100000000000000000009 20010db8000500000000000000000010"
          "1388 0035 000f 2b8f 68656c6c6f2121");
  ASSERT_EQ(to_hex(sent), to_hex(ip_packet(client6, IPPROTO_UDP, udp(client6, text("hello!!")), {63, 0xb8})));
  LoadedPacket loaded(sent);
  ASSERT_EQ(nat64_to_v4(loaded.packet, to_server), Drop::count_);
  EXPECT_EQ(to_hex(loaded.bytes()), to_hex(hex("45b80023 4b97 0000 3f11 433f c0000201 c6336407"
                                               "4e20 14e9 000f 4b97 68656c6c6f2121")));
  EXPECT_EQ(loaded.packet.family, 4);
  EXPECT_EQ(loaded.packet.l3_offset, 14);
  EXPECT_EQ(loaded.packet.l4_offset, 34);
  EXPECT_EQ(loaded.packet.length, 14 + 35);
  EXPECT_EQ(loaded.packet.headroom, 128 + 20);
}

TEST(Nat64, an_ipv4_answer_arrives_as_ipv6_byte_for_byte) {
  const Bytes sent = hex("45b80023 4b97 0000 3f11 433f c0000201 c6336407 4e20 14e9 000f 4b97 68656c6c6f2121");
  LoadedPacket loaded(sent);
  ASSERT_EQ(nat64_to_v6(loaded.packet, back_to_client6), Drop::count_);
  EXPECT_EQ(to_hex(loaded.bytes()),
            to_hex(hex("6b800000 000f113f 20010db8000100000000000000000009 20010db8000500000000000000000010"
                       "1388 0035 000f 2b8f 68656c6c6f2121")));
  EXPECT_EQ(loaded.packet.family, 6);
  EXPECT_EQ(loaded.packet.headroom, 128 - 20);
  EXPECT_EQ(loaded.packet.tailroom, 0);
}

TEST(Nat64, df_is_set_only_on_packets_above_1260_bytes) {
  for (const std::size_t payload : {1232u, 1233u}) {  // with 28 bytes of headers: 1260 and 1261
    LoadedPacket loaded(ip_packet(client6, IPPROTO_UDP, udp(client6, Bytes(payload, 7))));
    ASSERT_EQ(nat64_to_v4(loaded.packet, to_server), Drop::count_);
    const Bytes result = loaded.bytes();
    EXPECT_EQ(faults(result), "");
    EXPECT_EQ(result[6] & 0x40, payload == 1233 ? 0x40 : 0);
    EXPECT_EQ(result[4] != 0 || result[5] != 0, payload == 1232);
  }
}

TEST(Nat64, extension_headers_and_options_are_left_behind) {
  const Bytes destination_options = hex("11 00 01 04 00000000");
  LoadedPacket from6(ip_packet(client6, IPPROTO_UDP, udp(client6, text("x")), {64, 0, 0, 0, destination_options, 60}));
  ASSERT_EQ(nat64_to_v4(from6.packet, to_server), Drop::count_);
  EXPECT_EQ(faults(from6.bytes()), "");
  EXPECT_EQ(from6.packet.l3_length, 20 + 9);
  LoadedPacket from4(ip_packet(server4, IPPROTO_UDP, udp(server4, text("x")), {64, 0, 0, 0, hex("94040000")}));
  EXPECT_EQ(nat64_growth(from4.packet), 16);
  ASSERT_EQ(nat64_to_v6(from4.packet, back_to_client6), Drop::count_);
  EXPECT_EQ(faults(from4.bytes()), "");
  EXPECT_EQ(from4.packet.l3_length, 40 + 9);
}

TEST(Nat64, a_source_route_that_is_not_finished_is_refused) {
  LoadedPacket from4(ip_packet(server4, IPPROTO_UDP, udp(server4, text("x")), {64, 0, 0, 0, hex("83070401020304 00")}));
  const Bytes before = from4.bytes();
  EXPECT_EQ(nat64_to_v6(from4.packet, back_to_client6), Drop::nat64_untranslatable);
  EXPECT_EQ(from4.bytes(), before);
  LoadedPacket finished(
      ip_packet(server4, IPPROTO_UDP, udp(server4, text("x")), {64, 0, 0, 0, hex("83070801020304 00")}));
  EXPECT_EQ(nat64_to_v6(finished.packet, back_to_client6), Drop::count_);
  LoadedPacket from6(
      ip_packet(client6, IPPROTO_UDP, udp(client6, text("x")), {64, 0, 0, 0, hex("11 00 02 01 00000000"), 43}));
  EXPECT_EQ(nat64_to_v4(from6.packet, to_server), Drop::nat64_untranslatable);
}

TEST(Nat64, a_udp_datagram_without_checksum_gets_one) {
  Bytes datagram = udp(server4, text("no sum"));
  datagram[6] = datagram[7] = 0;
  LoadedPacket loaded(ip_packet(server4, IPPROTO_UDP, datagram));
  ASSERT_EQ(nat64_to_v6(loaded.packet, back_to_client6), Drop::count_);
  EXPECT_EQ(faults(loaded.bytes()), "");
}

TEST(Nat64, a_udp_fragment_without_checksum_cannot_be_translated) {
  Bytes datagram = udp(server4, Bytes(64, 1));
  datagram[6] = datagram[7] = 0;
  LoadedPacket loaded(ip_packet(server4, IPPROTO_UDP, datagram, {64, 0, 77, 0x2000}));
  EXPECT_EQ(nat64_to_v6(loaded.packet, back_to_client6), Drop::fragment_unsupported);
}

TEST(Nat64, echo_requests_and_replies_change_type_identifier_and_checksum) {
  const Bytes data = text("ping data");
  LoadedPacket request(ip_packet(client6, IPPROTO_ICMPV6, icmpv6(client6, 128, 0, 0x00070003, data)));
  ASSERT_EQ(nat64_to_v4(request.packet, {ip("192.0.2.1"), ip("198.51.100.7"), 20000, 0}), Drop::count_);
  EXPECT_EQ(faults(request.bytes()), "");
  EXPECT_EQ(Bytes(request.packet.l4(), request.packet.l4() + 8 + data.size()), icmp(8, 0, 20000u << 16 | 3, data));
  LoadedPacket reply(ip_packet(server4, IPPROTO_ICMP, icmp(0, 0, 20000u << 16 | 3, data)));
  ASSERT_EQ(nat64_to_v6(reply.packet, {ip("2001:db8:1::9"), ip("2001:db8:5::10"), 0, 7}), Drop::count_);
  EXPECT_EQ(faults(reply.bytes()), "");
  EXPECT_EQ(Bytes(reply.packet.l4(), reply.packet.l4() + 8 + data.size()), icmpv6(client6, 129, 0, 0x00070003, data));
}

TEST(Nat64, what_has_no_counterpart_is_refused_and_unchanged) {
  struct Row {
    const char* what;
    Bytes packet;
    Drop want;
  };
  const std::vector<Row> rows{
      {"timestamp request", ip_packet(server4, IPPROTO_ICMP, icmp(13, 0, 0, Bytes(12))), Drop::nat64_untranslatable},
      {"node information", ip_packet(client6, IPPROTO_ICMPV6, icmpv6(client6, 139, 0, 0, Bytes(8))),
       Drop::nat64_untranslatable},
      {"fragmented ping", ip_packet(server4, IPPROTO_ICMP, icmp(8, 0, 0, Bytes(16)), {64, 0, 1, 0x2000}),
       Drop::fragment_unsupported},
      {"SCTP", ip_packet(server4, 132, Bytes(32)), Drop::unsupported_protocol}};
  for (const Row& row : rows) {
    LoadedPacket loaded(row.packet);
    EXPECT_EQ(
        loaded.packet.family == 4 ? nat64_to_v6(loaded.packet, back_to_client6) : nat64_to_v4(loaded.packet, to_server),
        row.want)
        << row.what;
    EXPECT_EQ(loaded.bytes(), row.packet) << row.what;
  }
}

TEST(Nat64, without_headroom_nothing_is_changed) {
  const Bytes sent = ip_packet(server4, IPPROTO_UDP, udp(server4, text("x")));
  LoadedPacket loaded(sent, 19);
  EXPECT_EQ(nat64_to_v6(loaded.packet, back_to_client6), Drop::no_headroom);
  EXPECT_EQ(loaded.bytes(), sent);
  LoadedPacket enough(sent, 20);
  EXPECT_EQ(nat64_to_v6(enough.packet, back_to_client6), Drop::count_);
}

// Fragments of one datagram: each translated alone, put together again, whole and with a right checksum.
TEST(Nat64, fragments_keep_their_place_and_the_datagram_its_checksum) {
  const Bytes datagram = udp(client6, Bytes(64, 0x5a));
  const Bytes first(datagram.begin(), datagram.begin() + 40), rest(datagram.begin() + 40, datagram.end());
  LoadedPacket head(ip_packet(client6, IPPROTO_UDP, first, {64, 0, 0, 0, hex("11 00 0001 aaaa1234"), 44}));
  LoadedPacket tail(ip_packet(client6, IPPROTO_UDP, rest, {64, 0, 0, 0, hex("11 00 0028 aaaa1234"), 44}));
  ASSERT_EQ(nat64_to_v4(head.packet, to_server), Drop::count_);
  ASSERT_EQ(nat64_to_v4(tail.packet, to_server), Drop::count_);
  EXPECT_EQ(faults(head.bytes()), "");
  EXPECT_EQ(faults(tail.bytes()), "");
  EXPECT_EQ(to_hex(Bytes(head.packet.l3() + 4, head.packet.l3() + 8)), "12 34 20 00");
  EXPECT_EQ(to_hex(Bytes(tail.packet.l3() + 4, tail.packet.l3() + 8)), "12 34 00 05");
  const Bytes whole = Bytes(head.packet.l4(), head.packet.l4() + 40) + rest;
  EXPECT_EQ(faults(ip_packet({"192.0.2.1", "198.51.100.7"}, IPPROTO_UDP, whole)), "");

  LoadedPacket back(tail.bytes());
  EXPECT_EQ(nat64_growth(back.packet), 28);
  ASSERT_EQ(nat64_to_v6(back.packet, back_to_client6), Drop::count_);
  EXPECT_EQ(to_hex(Bytes(back.packet.l3() + 40, back.packet.l3() + 48)), "11 00 00 28 00 00 12 34");
  EXPECT_EQ(back.packet.l4_offset, 14 + 48);
}

TEST(Nat64, there_and_back_again_is_the_same_packet_for_random_packets) {
  std::mt19937 random(64);
  for (int round = 0; round < 3000; ++round) {
    Bytes payload(random() % 1300);
    for (auto& byte : payload) byte = std::uint8_t(random());
    const Ends from{"2001:db8:1::9", "2001:db8:5::10", std::uint16_t(random()), std::uint16_t(random())};
    const IpOptions options{std::uint8_t(random() % 255 + 1), std::uint8_t(random())};
    const int kind = int(random() % 3);
    const Bytes sent =
        kind == 0   ? ip_packet(from, IPPROTO_TCP, tcp(from, std::uint8_t(random() & 0x3f), payload), options)
        : kind == 1 ? ip_packet(from, IPPROTO_UDP, udp(from, payload), options)
                    : ip_packet(from, IPPROTO_ICMPV6,
                                icmpv6(from, 128, 0, std::uint32_t(from.source_port) << 16, payload), options);
    LoadedPacket loaded(sent);
    ASSERT_EQ(nat64_to_v4(loaded.packet,
                          {ip("192.0.2.1"), ip("198.51.100.7"), std::uint16_t(random()), std::uint16_t(random())}),
              Drop::count_);
    ASSERT_EQ(faults(loaded.bytes()), "") << to_hex(loaded.bytes());
    ASSERT_EQ(
        nat64_to_v6(loaded.packet, {ip(from.source), ip(from.destination), from.source_port, from.destination_port}),
        Drop::count_);
    ASSERT_EQ(faults(loaded.bytes()), "");
    ASSERT_EQ(to_hex(loaded.bytes()), to_hex(sent));
  }
}

}  // namespace
}  // namespace poise::datapath
