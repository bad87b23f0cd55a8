#include "datapath/translate.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

#include "tests/support/loaded_packet.hpp"

namespace poise::datapath {
namespace {

constexpr Ends client4{"10.1.2.3", "192.0.2.1", 40000, 80}, client6{"2001:db8::7", "2001:db8:1::1", 40000, 80};
const Translation to4{ip("198.51.100.1"), ip("198.51.100.10"), 1024, 8080};
const Translation to6{ip("2001:db8:2::1"), ip("2001:db8:2::a"), 1024, 8080};

Bytes translated(const Bytes& packet, const Translation& to) {
  LoadedPacket loaded(packet);
  loaded.packet.family == 4 ? translate_v4(loaded.packet, to) : translate_v6(loaded.packet, to);
  return loaded.bytes();
}

}  // namespace

TEST(Translate, addresses_and_ports_are_those_wanted_and_every_checksum_is_right) {
  const Ends wanted4{"198.51.100.1", "198.51.100.10", 1024, 8080},
      wanted6{"2001:db8:2::1", "2001:db8:2::a", 1024, 8080};
  const Bytes payload = text("hello");
  EXPECT_EQ(to_hex(translated(ip_packet(client4, IPPROTO_TCP, tcp(client4, 0x18, payload)), to4)),
            to_hex(ip_packet(wanted4, IPPROTO_TCP, tcp(wanted4, 0x18, payload))));
  EXPECT_EQ(to_hex(translated(ip_packet(client6, IPPROTO_TCP, tcp(client6, 0x18, payload)), to6)),
            to_hex(ip_packet(wanted6, IPPROTO_TCP, tcp(wanted6, 0x18, payload))));
  EXPECT_EQ(to_hex(translated(ip_packet(client4, IPPROTO_UDP, udp(client4, payload)), to4)),
            to_hex(ip_packet(wanted4, IPPROTO_UDP, udp(wanted4, payload))));
  EXPECT_EQ(to_hex(translated(ip_packet(client6, IPPROTO_UDP, udp(client6, payload)), to6)),
            to_hex(ip_packet(wanted6, IPPROTO_UDP, udp(wanted6, payload))));
}

TEST(Translate, an_ipv4_udp_datagram_without_checksum_stays_without) {
  Bytes datagram = udp(client4, text("x"));
  datagram[6] = datagram[7] = 0;
  const Bytes after = translated(ip_packet(client4, IPPROTO_UDP, datagram), to4);
  EXPECT_EQ(after[26], 0);
  EXPECT_EQ(after[27], 0);
}

TEST(Translate, checksums_are_right_for_random_contents) {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    Bytes payload(random() % 9);
    for (auto& byte : payload) byte = std::uint8_t(random());
    const Ends ends{"10.1.2.3", "192.0.2.1", std::uint16_t(random()), std::uint16_t(random())};
    const Translation to{IpAddr::v4(std::uint32_t(random())), IpAddr::v4(std::uint32_t(random())),
                         std::uint16_t(random()), std::uint16_t(random())};
    const Bytes packet = i % 2 == 0 ? ip_packet(ends, IPPROTO_UDP, udp(ends, payload))
                                    : ip_packet(ends, IPPROTO_TCP, tcp(ends, 16, payload));
    ASSERT_EQ(faults(translated(packet, to)), "") << i;
  }
}

TEST(Translate, a_pings_identifier_is_its_port) {
  const Ends ends{"10.1.2.3", "192.0.2.1"}, after{"198.51.100.1", "198.51.100.10"};
  EXPECT_EQ(to_hex(translated(ip_packet(ends, IPPROTO_ICMP, icmp(8, 0, 0x12340007, text("abc"))), to4)),
            to_hex(ip_packet(after, IPPROTO_ICMP, icmp(8, 0, 0x04000007, text("abc")))));
  EXPECT_EQ(to_hex(translated(ip_packet(ends, IPPROTO_ICMP, icmp(0, 0, 0x12340007, text("abc"))), to4)),
            to_hex(ip_packet(after, IPPROTO_ICMP, icmp(0, 0, 0x1f900007, text("abc")))));
}

TEST(Translate, a_later_fragment_changes_only_its_addresses) {
  IpOptions options;
  options.fragment = 0x0005;
  const Bytes after = translated(ip_packet(client4, IPPROTO_UDP, text("not a header"), options), to4);
  EXPECT_EQ(faults(Bytes(after.begin(), after.end())), "");
  EXPECT_EQ(Bytes(after.begin() + 20, after.end()), text("not a header"));
}

TEST(Translate, the_ttl_goes_down_by_one_with_the_checksum_kept) {
  for (int ttl = 2; ttl < 256; ++ttl) {
    IpOptions options;
    options.ttl = std::uint8_t(ttl);
    for (const int identification : {0x0000, 0xffff, 0x8b00, 0x1234}) {
      options.identification = std::uint16_t(identification);
      LoadedPacket packet(ip_packet(client4, IPPROTO_UDP, udp(client4, {}), options));
      EXPECT_EQ(ttl_of(packet.packet), ttl);
      decrement_ttl(packet.packet);
      EXPECT_EQ(ttl_of(packet.packet), ttl - 1);
      ASSERT_EQ(faults(packet.bytes()), "") << ttl;
    }
    LoadedPacket packet(ip_packet(client6, IPPROTO_UDP, udp(client6, {}), options));
    decrement_ttl(packet.packet);
    EXPECT_EQ(ttl_of(packet.packet), ttl - 1);
  }
}

}  // namespace poise::datapath
