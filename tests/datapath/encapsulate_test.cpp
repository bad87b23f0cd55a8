#include "datapath/encapsulate.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/support/loaded_packet.hpp"

namespace poise::datapath {
namespace {

using config::Encapsulation;

constexpr Ends inner4{"10.1.2.3", "192.0.2.1", 40000, 80}, inner6{"2001:db8::7", "2001:db8:1::1", 40000, 80};
const Tunnel over4{Encapsulation::ipip, ip("198.51.100.1"), ip("198.51.100.10")};
const Tunnel over6{Encapsulation::ipip, ip("2001:db8:2::1"), ip("2001:db8:2::a")};

Bytes inner(bool v6) {
  const Ends& ends = v6 ? inner6 : inner4;
  return ip_packet(ends, IPPROTO_TCP, tcp(ends, 0x18, text("data")));
}

Bytes outer(Tunnel tunnel, Encapsulation encapsulation, bool v6) {
  tunnel.encapsulation = encapsulation;
  LoadedPacket loaded(inner(v6));
  loaded.packet.hash = 0x1234;
  EXPECT_TRUE(encapsulate(loaded.packet, tunnel));
  EXPECT_EQ(loaded.packet.length, loaded.packet.l3_offset + loaded.packet.l3_length);
  EXPECT_EQ(loaded.packet.family, tunnel.destination.is_v4() ? 4 : 6);
  return loaded.bytes();
}

Bytes tail(const Bytes& bytes, std::size_t from) { return Bytes(bytes.begin() + std::ptrdiff_t(from), bytes.end()); }

}  // namespace

TEST(Encapsulate, every_family_goes_over_every_family_with_the_right_protocol_number) {
  struct Row {
    const Tunnel& tunnel;
    bool v6;
    int protocol;
  };
  for (const auto& [tunnel, v6, protocol] :
       {Row{over4, false, 4}, Row{over4, true, 41}, Row{over6, false, 4}, Row{over6, true, 41}}) {
    const Bytes packet = outer(tunnel, Encapsulation::ipip, v6);
    const bool outer_v4 = tunnel.destination.is_v4();
    EXPECT_EQ(packet[outer_v4 ? 9 : 6], protocol);
    EXPECT_EQ(tail(packet, outer_v4 ? 20 : 40), inner(v6));
    EXPECT_EQ(packet.size(), inner(v6).size() + tunnel_overhead(Encapsulation::ipip, outer_v4));
    EXPECT_EQ(faults(packet), "");
  }
}

TEST(Encapsulate, gre_names_the_payload_by_its_ethertype) {
  EXPECT_EQ(tail(outer(over4, Encapsulation::gre, false), 20), hex("0000 0800") + inner(false));
  EXPECT_EQ(tail(outer(over6, Encapsulation::gre, true), 40), hex("0000 86dd") + inner(true));
  EXPECT_EQ(outer(over4, Encapsulation::gre, false)[9], 47);
}

TEST(Encapsulate, gue_is_udp_to_port_6080_with_the_flow_in_its_source_port) {
  const Bytes packet = outer(over4, Encapsulation::gue, false);
  EXPECT_EQ(packet[9], IPPROTO_UDP);
  EXPECT_EQ(tail(packet, 20),
            hex("d234 17c0") + be16(std::uint32_t(12 + inner(false).size())) + hex("0000 0004 0000") + inner(false));
  EXPECT_EQ(faults(outer(over6, Encapsulation::gue, true)), "");  // with a UDP checksum, which IPv6 wants
}

TEST(Encapsulate, dont_fragment_and_the_traffic_class_are_copied_outwards) {
  IpOptions options;
  options.traffic_class = 0xb8;
  options.fragment = 0x4000;
  for (const bool dont_fragment : {true, false}) {
    options.fragment = dont_fragment ? 0x4000 : 0;
    LoadedPacket loaded(ip_packet(inner4, IPPROTO_UDP, udp(inner4, {}), options));
    ASSERT_TRUE(encapsulate(loaded.packet, over4));
    EXPECT_EQ(loaded.bytes()[1], 0xb8);
    EXPECT_EQ(loaded.bytes()[6], dont_fragment ? 0x40 : 0);
  }
}

TEST(Encapsulate, without_headroom_nothing_changes) {
  LoadedPacket loaded(inner(false), 8);
  EXPECT_FALSE(encapsulate(loaded.packet, over4));
  EXPECT_EQ(loaded.bytes(), inner(false));
}

}  // namespace poise::datapath
