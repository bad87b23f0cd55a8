#include "datapath/icmp_translate.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "tests/support/loaded_packet.hpp"

namespace poise::datapath {
namespace {

// The flow: client 203.0.113.9:5000 -> service 192.0.2.80:443, translated to 10.0.0.1:20000 -> 10.0.0.7:8443.
const Ends at_client{"203.0.113.9", "192.0.2.80", 5000, 443}, at_server{"10.0.0.1", "10.0.0.7", 20000, 8443};
const Translation to_client{ip("192.0.2.80"), ip("203.0.113.9"), 443, 5000};
const Translation to_server{ip("10.0.0.1"), ip("10.0.0.7"), 20000, 8443};
// The same for IPv6, and with an IPv6 client in front of the IPv4 server.
const Ends at_client6{"2001:db8:9::9", "2001:db8::80", 5000, 443},
    at_server6{"2001:db8:a::1", "2001:db8:a::7", 20000, 8443};
const Translation to_client6{ip("2001:db8::80"), ip("2001:db8:9::9"), 443, 5000};

Ends turned(const Ends& ends) { return {ends.destination, ends.source, ends.destination_port, ends.source_port}; }

Bytes error_v4(const char* from, const char* to, std::uint8_t type, std::uint8_t code, std::uint32_t word,
               const Bytes& quote) {
  return ip_packet({from, to}, IPPROTO_ICMP, icmp(type, code, word, quote));
}
Bytes error_v6(const char* from, const char* to, std::uint8_t type, std::uint8_t code, std::uint32_t word,
               const Bytes& quote) {
  return ip_packet({from, to}, IPPROTO_ICMPV6, icmpv6({from, to}, type, code, word, quote));
}
Bytes cut(Bytes bytes, std::size_t length) {
  bytes.resize(std::min(length, bytes.size()));
  return bytes;
}
Bytes translated(const Bytes& error, const Translation& to, Drop want = Drop::count_) {
  LoadedPacket loaded(error);
  loaded.packet.set(flag_icmp_error);
  EXPECT_EQ(translate_icmp_error(loaded.packet, to), want);
  if (want != Drop::count_) {
    EXPECT_EQ(to_hex(loaded.bytes()), to_hex(error)) << "unchanged";
  } else {
    EXPECT_EQ(loaded.packet.data + loaded.packet.l4_offset, loaded.packet.l4());
    EXPECT_EQ(loaded.packet.length, loaded.packet.l3_offset + loaded.packet.l3_length);
    EXPECT_EQ(loaded.packet.family, to.destination.is_v4() ? 4 : 6);
  }
  return loaded.bytes();
}

TEST(IcmpTranslate, a_servers_port_unreachable_tells_the_client_about_its_own_packet) {
  const Bytes sent = ip_packet(at_client, IPPROTO_UDP, udp(at_client, text("question")));
  const Bytes received = ip_packet(at_server, IPPROTO_UDP, udp(at_server, text("question")));
  const Bytes result = translated(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, received), to_client);
  EXPECT_EQ(faults(result), "");
  EXPECT_EQ(to_hex(result), to_hex(error_v4("192.0.2.80", "203.0.113.9", 3, 3, 0, sent)));
}

TEST(IcmpTranslate, an_error_from_the_clients_side_tells_the_server_about_its_own_answer) {
  const Bytes answer = ip_packet(turned(at_server), IPPROTO_TCP, tcp(turned(at_server), 0x18, text("reply")));
  const Bytes seen = ip_packet(turned(at_client), IPPROTO_TCP, tcp(turned(at_client), 0x18, text("reply")));
  const Bytes result = translated(error_v4("198.51.100.1", "192.0.2.80", 3, 4, 1400, seen), to_server);
  EXPECT_EQ(to_hex(result), to_hex(error_v4("10.0.0.1", "10.0.0.7", 3, 4, 1400, answer)));
}

TEST(IcmpTranslate, a_router_stays_visible_when_the_flow_hides_only_the_sender) {
  // SNAT gateway: 10.0.0.7 -> 198.51.100.9 leaves as 203.0.113.1:40000; traceroute must see the router 198.51.100.1.
  const Ends inside{"10.0.0.7", "198.51.100.9", 33434, 33435}, outside{"203.0.113.1", "198.51.100.9", 40000, 33435};
  const Bytes quote = ip_packet(outside, IPPROTO_UDP, udp(outside, text("probe")), {1});
  const Bytes wanted = ip_packet(inside, IPPROTO_UDP, udp(inside, text("probe")), {1});
  const Bytes result = translated(error_v4("198.51.100.1", "203.0.113.1", 11, 0, 0, quote),
                                  {ip("198.51.100.9"), ip("10.0.0.7"), 33435, 33434});
  EXPECT_EQ(to_hex(result), to_hex(error_v4("198.51.100.1", "10.0.0.7", 11, 0, 0, wanted)));
}

TEST(IcmpTranslate, eight_quoted_bytes_are_enough) {
  const Bytes sent = cut(ip_packet(at_client, IPPROTO_TCP, tcp(at_client, 2, {})), 28);
  const Bytes received = cut(ip_packet(at_server, IPPROTO_TCP, tcp(at_server, 2, {})), 28);
  const Bytes result = translated(error_v4("10.0.0.7", "10.0.0.1", 3, 13, 0, received), to_client);
  EXPECT_EQ(faults(result), "");
  EXPECT_EQ(to_hex(cut(result, 54)), to_hex(cut(error_v4("192.0.2.80", "203.0.113.9", 3, 13, 0, sent), 54)));
}

TEST(IcmpTranslate, ipv6_errors_carry_the_pseudo_header_of_their_new_addresses) {
  const Bytes sent = ip_packet(at_client6, IPPROTO_TCP, tcp(at_client6, 0x10, Bytes(1300, 3)));
  const Bytes received = ip_packet(at_server6, IPPROTO_TCP, tcp(at_server6, 0x10, Bytes(1300, 3)));
  const Bytes result =
      translated(error_v6("2001:db8:a::fe", "2001:db8:a::1", 2, 0, 1280, cut(received, 1232)), to_client6);
  EXPECT_EQ(faults(result), "");
  EXPECT_EQ(to_hex(result), to_hex(error_v6("2001:db8::80", "2001:db8:9::9", 2, 0, 1280, cut(sent, 1232))));
}

TEST(IcmpTranslate, a_quoted_ping_gets_its_identifier_back) {
  const Bytes seen =
      ip_packet({"203.0.113.1", "198.51.100.9"}, IPPROTO_ICMP, icmp(8, 0, 40000u << 16 | 1, text("data")));
  const Bytes sent = ip_packet({"10.0.0.7", "198.51.100.9"}, IPPROTO_ICMP, icmp(8, 0, 77u << 16 | 1, text("data")));
  const Bytes result =
      translated(error_v4("198.51.100.1", "203.0.113.1", 11, 0, 0, seen), {ip("198.51.100.9"), ip("10.0.0.7"), 0, 77});
  EXPECT_EQ(to_hex(result), to_hex(error_v4("198.51.100.1", "10.0.0.7", 11, 0, 0, sent)));
}

TEST(IcmpTranslate, a_wrong_icmp_checksum_stays_wrong) {
  Bytes error = error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, ip_packet(at_server, IPPROTO_UDP, udp(at_server, text("x"))));
  error[22] ^= 1;
  EXPECT_EQ(faults(translated(error, to_client)), "transport checksum");
}

TEST(IcmpTranslate, impossible_quotes_are_refused) {
  const Bytes whole = ip_packet(at_server, IPPROTO_UDP, udp(at_server, text("x")));
  const Bytes later = ip_packet(at_server, IPPROTO_UDP, Bytes(32), {64, 0, 5, 0x0010});
  translated(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, cut(whole, 19)), to_client, Drop::icmp_error_malformed);
  translated(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, cut(whole, 27)), to_client, Drop::icmp_error_malformed);
  translated(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, later), to_client, Drop::icmp_error_malformed);
  translated(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, ip_packet(at_server6, IPPROTO_UDP, udp(at_server6, text("x")))),
             to_client, Drop::icmp_error_malformed);
}

TEST(IcmpTranslate, nat64_a_fragmentation_needed_becomes_packet_too_big) {
  const Bytes seen = ip_packet(at_server, IPPROTO_TCP, tcp(at_server, 0x10, Bytes(1440, 9)), {63, 0, 0, 0x4000});
  const Bytes sent = ip_packet(at_client6, IPPROTO_TCP, tcp(at_client6, 0x10, Bytes(1440, 9)), {63});
  const Bytes result = translated(error_v4("10.0.0.254", "10.0.0.1", 3, 4, 1400, cut(seen, 548)), to_client6);
  EXPECT_EQ(faults(result), "");
  EXPECT_EQ(to_hex(result), to_hex(error_v6("2001:db8::80", "2001:db8:9::9", 2, 0, 1420, cut(sent, 568))));
}

TEST(IcmpTranslate, nat64_an_ipv6_router_is_heard_by_an_ipv4_server) {
  const Bytes seen = ip_packet(turned(at_client6), IPPROTO_TCP, tcp(turned(at_client6), 0x10, Bytes(1440, 9)), {63});
  const Bytes sent =
      ip_packet(turned(at_server), IPPROTO_TCP, tcp(turned(at_server), 0x10, Bytes(1440, 9)), {63, 0, 0, 0x4000});
  const Bytes result = translated(error_v6("2001:db8:f::1", "2001:db8::80", 2, 0, 1300, cut(seen, 1232)), to_server);
  EXPECT_EQ(faults(result), "");
  EXPECT_EQ(to_hex(result),
            to_hex(ip_packet({"10.0.0.1", "10.0.0.7"}, IPPROTO_ICMP, icmp(3, 4, 1280, cut(sent, 548)), {64})));
}

TEST(IcmpTranslate, nat64_types_and_codes_follow_rfc_7915) {
  struct Row {
    std::uint8_t type, code;
    std::uint32_t word;
    int want_type, want_code;
    std::uint32_t want_word;
  };
  const Bytes quote4 = ip_packet(at_server, IPPROTO_UDP, udp(at_server, text("q")));
  const Row from4[] = {{3, 0, 0, 1, 0, 0},      {3, 1, 0, 1, 0, 0},          {3, 2, 0, 4, 1, 6},
                       {3, 3, 0, 1, 4, 0},      {3, 5, 0, 1, 0, 0},          {3, 9, 0, 1, 1, 0},
                       {3, 10, 0, 1, 1, 0},     {3, 13, 0, 1, 1, 0},         {3, 14, 0, -1, 0, 0},
                       {3, 4, 600, 2, 0, 1280}, {11, 1, 0, 3, 1, 0},         {12, 0, 8u << 24, 4, 0, 7},
                       {12, 2, 0, 4, 0, 0},     {12, 0, 4u << 24, -1, 0, 0}, {12, 0, 16u << 24, 4, 0, 24},
                       {12, 1, 0, -1, 0, 0},    {4, 0, 0, -1, 0, 0}};
  for (const Row& row : from4) {
    const Bytes result = translated(error_v4("10.0.0.7", "10.0.0.1", row.type, row.code, row.word, quote4), to_client6,
                                    row.want_type < 0 ? Drop::nat64_untranslatable : Drop::count_);
    if (row.want_type < 0) continue;
    EXPECT_EQ(faults(result), "");
    EXPECT_EQ(to_hex(Bytes(result.begin() + 40, result.begin() + 42)),
              to_hex({std::uint8_t(row.want_type), std::uint8_t(row.want_code)}));
    EXPECT_EQ(to_hex(Bytes(result.begin() + 44, result.begin() + 48)), to_hex(be32(row.want_word)))
        << int(row.type) << "/" << int(row.code);
  }
  const Bytes quote6 = ip_packet(turned(at_client6), IPPROTO_UDP, udp(turned(at_client6), text("q")));
  const Row from6[] = {{1, 0, 0, 3, 1, 0},   {1, 1, 0, 3, 10, 0},        {1, 2, 0, 3, 1, 0},
                       {1, 3, 0, 3, 1, 0},   {1, 4, 0, 3, 3, 0},         {1, 5, 0, -1, 0, 0},
                       {3, 0, 0, 11, 0, 0},  {4, 0, 6, 12, 0, 9u << 24}, {4, 0, 30, 12, 0, 16u << 24},
                       {4, 0, 3, -1, 0, 0},  {4, 0, 40, -1, 0, 0},       {4, 1, 6, 3, 2, 0},
                       {4, 2, 40, -1, 0, 0}, {2, 0, 0, 3, 4, 68}};
  for (const Row& row : from6) {
    const Bytes result = translated(error_v6("2001:db8:f::1", "2001:db8::80", row.type, row.code, row.word, quote6),
                                    to_server, row.want_type < 0 ? Drop::nat64_untranslatable : Drop::count_);
    if (row.want_type < 0) continue;
    EXPECT_EQ(faults(result), "");
    EXPECT_EQ(to_hex(Bytes(result.begin() + 20, result.begin() + 22)),
              to_hex({std::uint8_t(row.want_type), std::uint8_t(row.want_code)}));
    EXPECT_EQ(to_hex(Bytes(result.begin() + 24, result.begin() + 28)), to_hex(be32(row.want_word)))
        << int(row.type) << "/" << int(row.code);
  }
}

TEST(IcmpTranslate, nat64_a_router_that_names_no_mtu_gets_a_usual_one) {
  const Bytes seen = ip_packet(at_server, IPPROTO_TCP, tcp(at_server, 0x10, Bytes(1440, 9)), {63, 0, 0, 0x4000});
  const Bytes result = translated(error_v4("10.0.0.254", "10.0.0.1", 3, 4, 0, cut(seen, 28)), to_client6);
  EXPECT_EQ(to_hex(Bytes(result.begin() + 44, result.begin() + 48)), to_hex(be32(1280)));
  const Bytes jumbo = ip_packet(at_server, IPPROTO_TCP, tcp(at_server, 0x10, Bytes(4000, 9)), {63, 0, 0, 0x4000});
  const Bytes wider = translated(error_v4("10.0.0.254", "10.0.0.1", 3, 4, 0, cut(jumbo, 28)), to_client6);
  EXPECT_EQ(to_hex(Bytes(wider.begin() + 44, wider.begin() + 48)), to_hex(be32(2022)));
}

TEST(IcmpTranslate, nat64_extensions_behind_the_quote_are_left_out) {
  const Bytes quote = cut(ip_packet(at_server, IPPROTO_UDP, udp(at_server, Bytes(200, 4))), 128);
  const Bytes extension = hex("2000 0000 0008 0101 00010203");
  const Bytes result = translated(error_v4("10.0.0.254", "10.0.0.1", 11, 0, 32u << 16, quote + extension), to_client6);
  EXPECT_EQ(faults(result), "");
  const Bytes sent = cut(ip_packet(at_client6, IPPROTO_UDP, udp(at_client6, Bytes(200, 4))), 148);
  EXPECT_EQ(to_hex(result), to_hex(error_v6("2001:db8::80", "2001:db8:9::9", 3, 0, 0, sent)));
}

TEST(IcmpTranslate, nat64_needs_a_right_checksum_headroom_and_a_whole_error) {
  const Bytes quote = ip_packet(at_server, IPPROTO_UDP, udp(at_server, text("q")));
  Bytes broken = error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, quote);
  broken[22] ^= 1;
  translated(broken, to_client6, Drop::icmp_error_malformed);
  const Bytes part = ip_packet({"10.0.0.7", "10.0.0.1"}, IPPROTO_ICMP, icmp(3, 3, 0, quote), {64, 0, 9, 0x2000});
  translated(part, to_client6, Drop::fragment_unsupported);
  LoadedPacket tight(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, quote), 39);
  EXPECT_EQ(translate_icmp_error(tight.packet, to_client6), Drop::no_headroom);
  LoadedPacket enough(error_v4("10.0.0.7", "10.0.0.1", 3, 3, 0, quote), 40);
  EXPECT_EQ(translate_icmp_error(enough.packet, to_client6), Drop::count_);
}

TEST(IcmpTranslate, survives_any_bytes_and_keeps_right_checksums_right) {
  std::mt19937 random(3);
  const Translation ways[] = {to_client, to_server, to_client6};
  for (int round = 0; round < 20000; ++round) {
    const bool v4 = random() % 2 == 0;
    Bytes quote = v4 ? ip_packet(at_server, IPPROTO_TCP, tcp(at_server, 0x10, Bytes(random() % 64, 1)))
                     : ip_packet(turned(at_client6), IPPROTO_UDP, udp(turned(at_client6), Bytes(random() % 64, 1)));
    for (std::uint32_t i = random() % 4; i > 0; --i) quote[random() % quote.size()] = std::uint8_t(random());
    quote.resize(random() % (quote.size() + 1));
    const auto type = std::uint8_t(v4 ? 3 + random() % 10 : 1 + random() % 4);
    const auto code = std::uint8_t(random() % 16);
    const std::uint32_t word = random() % 3 == 0 ? std::uint32_t(random()) : std::uint32_t(random() % 2000);
    LoadedPacket loaded(v4 ? error_v4("10.0.0.7", "10.0.0.1", type, code, word, quote)
                           : error_v6("2001:db8:f::1", "2001:db8::80", type, code, word, quote));
    const Translation& to = ways[random() % 3];
    if (translate_icmp_error(loaded.packet, to) == Drop::count_) {
      ASSERT_EQ(faults(loaded.bytes()), "") << to_hex(loaded.bytes());
    }
  }
}

TEST(IcmpTranslate, nat64_a_quote_longer_than_any_ipv4_packet_is_refused) {
  Bytes seen = ip_packet(turned(at_client6), IPPROTO_TCP, tcp(turned(at_client6), 0x10, Bytes(40)), {63});
  seen[4] = seen[5] = 0xff;  // its payload length
  translated(error_v6("2001:db8:f::1", "2001:db8::80", 2, 0, 1300, seen), to_server, Drop::icmp_error_malformed);
}

}  // namespace
}  // namespace poise::datapath
