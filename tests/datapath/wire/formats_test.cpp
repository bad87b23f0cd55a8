#include <gtest/gtest.h>

#include "datapath/wire/arp.hpp"
#include "datapath/wire/gre.hpp"
#include "datapath/wire/gue.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/nd.hpp"
#include "datapath/wire/proxy_v2.hpp"
#include "datapath/wire/tcp.hpp"
#include "datapath/wire/udp.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {
namespace {

TEST(WireFormats, numbers_are_big_endian_at_any_address) {
  const Bytes bytes = hex("ff 1234 56789abc");
  EXPECT_EQ(wire::at<wire::Be16>(bytes.data() + 1).host(), 0x1234);
  EXPECT_EQ(wire::at<wire::Be32>(bytes.data() + 3).host(), 0x56789abcu);
  Bytes written(7, 0xff);
  wire::at<wire::Be16>(written.data() + 1).set(0x1234);
  wire::at<wire::Be32>(written.data() + 3).set(0x56789abc);
  EXPECT_EQ(to_hex(written), to_hex(bytes));
}

TEST(WireFormats, ethernet_and_vlan) {
  const Bytes frame = hex("02 00 00 00 00 01 02 00 00 00 00 02 8100 e064 86dd");
  const auto& header = wire::at<wire::EthernetHeader>(frame.data());
  EXPECT_EQ(to_string(header.destination), "02:00:00:00:00:01");
  EXPECT_EQ(to_string(header.source), "02:00:00:00:00:02");
  EXPECT_EQ(header.type.host(), wire::ethertype_vlan);
  const auto& tag = wire::at<wire::VlanTag>(frame.data() + 12);
  EXPECT_EQ(tag.id(), 100);
  EXPECT_EQ(tag.type.host(), wire::ethertype_ipv6);
}

TEST(WireFormats, group_addresses_map_to_group_macs) {
  EXPECT_EQ(to_string(wire::multicast_mac(ip("224.128.64.32"))), "01:00:5e:00:40:20");
  EXPECT_EQ(to_string(wire::multicast_mac(ip("239.255.255.250"))), "01:00:5e:7f:ff:fa");
  EXPECT_EQ(to_string(wire::multicast_mac(ip("ff02::1:ff01:203"))), "33:33:ff:01:02:03");
  EXPECT_EQ(to_string(wire::solicited_node(ip("2001:db8::12:3456"))), "ff02::1:ff12:3456");
  EXPECT_EQ(to_string(wire::all_nodes()), "ff02::1");
}

TEST(WireFormats, arp_for_ipv4_over_ethernet_only) {
  const Bytes good = hex("0001 0800 06 04 0001 020000000002 c0000202 000000000000 c0000201");
  const auto& arp = wire::at<wire::ArpPacket>(good.data());
  EXPECT_TRUE(arp.is_valid());
  EXPECT_EQ(arp.operation.host(), wire::arp_request);
  EXPECT_EQ(to_string(arp.sender_mac), "02:00:00:00:00:02");
  EXPECT_EQ(to_string(wire::to_address(arp.sender_ip)), "192.0.2.2");
  EXPECT_EQ(to_string(wire::to_address(arp.target_ip)), "192.0.2.1");
  struct Row {
    std::size_t at;
    std::uint8_t value;
    const char* why;
  };
  for (const Row& row : {Row{1, 6, "not Ethernet"}, Row{2, 0x86, "not IPv4"}, Row{4, 8, "long hardware address"},
                         Row{5, 16, "long protocol address"}, Row{7, 3, "reverse ARP"}, Row{8, 3, "a group as sender"},
                         Row{14, 0xe0, "multicast sender"}}) {
    Bytes bad = good;
    bad[row.at] = row.value;
    EXPECT_FALSE(wire::at<wire::ArpPacket>(bad.data()).is_valid()) << row.why;
  }
}

TEST(WireFormats, ipv4_header_fields) {
  const Bytes bytes = hex("4600 0073 abcd 6123 4011 b861 c0a80001 c0a800c7 01010101");
  const auto& header = wire::at<wire::Ipv4Header>(bytes.data());
  EXPECT_EQ(header.version(), 4);
  EXPECT_EQ(header.header_length(), 24);
  EXPECT_EQ(header.total_length.host(), 0x73);
  EXPECT_EQ(header.identification.host(), 0xabcd);
  EXPECT_EQ(header.fragment_offset(), 0x123 * 8);
  EXPECT_TRUE(header.is_fragment());
  EXPECT_FALSE(header.may_fragment());
  EXPECT_EQ(header.ttl, 64);
  EXPECT_EQ(header.protocol, wire::protocol_udp);
  EXPECT_EQ(to_string(wire::to_address(header.destination)), "192.168.0.199");
  EXPECT_EQ(wire::to_wire_v4(ip("192.168.0.1")), header.source);
}

TEST(WireFormats, ipv6_header_and_fragment_fields) {
  Bytes bytes =
      hex("6b812345 0010 2c 3f 20010db8000000000000000000000001 20010db8000000000000000000000002 3a 00 0011 deadbeef");
  auto& header = wire::at<wire::Ipv6Header>(bytes.data());
  EXPECT_EQ(header.version(), 6);
  EXPECT_EQ(header.traffic_class(), 0xb8);
  EXPECT_EQ(header.payload_length.host(), 16);
  EXPECT_EQ(header.next_header, wire::protocol_fragment);
  EXPECT_EQ(header.hop_limit, 63);
  EXPECT_EQ(to_string(wire::to_address(header.source)), "2001:db8::1");
  const auto& fragment = wire::at<wire::Ipv6Fragment>(bytes.data() + 40);
  EXPECT_EQ(fragment.next_header, wire::protocol_icmpv6);
  EXPECT_EQ(fragment.offset_more.host(), 0x11);
  EXPECT_EQ(fragment.identification.host(), 0xdeadbeefu);
  header.set_version_class_flow(0x12, 0xfedcb);
  EXPECT_EQ(header.version_class_flow.host(), 0x612fedcbu);
  EXPECT_EQ(wire::at<wire::Ipv6Extension>(hex("3a02").data()).length(), 24);
}

TEST(WireFormats, tcp_and_udp) {
  const Bytes segment = hex("1388 0050 01020304 05060708 6012 2000 abcd 0001");
  const auto& tcp_header = wire::at<wire::TcpHeader>(segment.data());
  EXPECT_EQ(tcp_header.source_port.host(), 5000);
  EXPECT_EQ(tcp_header.sequence.host(), 0x01020304u);
  EXPECT_EQ(tcp_header.acknowledgment.host(), 0x05060708u);
  EXPECT_EQ(tcp_header.header_length(), 24);
  EXPECT_EQ(tcp_header.flags, 0x12);
  EXPECT_EQ(tcp_header.checksum.host(), 0xabcd);
  const auto& udp_header = wire::at<wire::UdpHeader>(segment.data());
  EXPECT_EQ(udp_header.destination_port.host(), 80);
  EXPECT_EQ(udp_header.checksum.host(), 0x0304);
}

TEST(WireFormats, icmp_and_neighbor_discovery) {
  Bytes bytes = hex("03 04 abcd 0000 05dc");
  auto& icmp_header = wire::at<wire::IcmpHeader>(bytes.data());
  EXPECT_EQ(icmp_header.value(), 1500u);
  icmp_header.set_value(0x00010203);
  EXPECT_EQ(to_hex(bytes), "03 04 ab cd 00 01 02 03");
  EXPECT_TRUE(wire::is_icmp_error(wire::icmp_redirect) && !wire::is_icmp_error(wire::icmp_echo_request));
  EXPECT_TRUE(wire::is_icmpv6_error(4) && !wire::is_icmpv6_error(wire::icmpv6_echo_reply));
  EXPECT_TRUE(wire::is_nd(133) && wire::is_nd(137) && !wire::is_nd(132) && !wire::is_nd(138));
  const Bytes advertisement = hex("88 00 0000 e0000000 20010db8000000000000000000000001 02 01 020000000001");
  const auto& message = wire::at<wire::NeighborMessage>(advertisement.data());
  EXPECT_EQ(message.flags.host(),
            wire::NeighborMessage::router | wire::NeighborMessage::solicited | wire::NeighborMessage::override_old);
  EXPECT_EQ(to_string(IpAddr::v6(message.target)), "2001:db8::1");
  EXPECT_EQ(to_string(wire::at<wire::LinkLayerOption>(advertisement.data() + 24).mac), "02:00:00:00:00:01");
}

TEST(WireFormats, tunnels_and_proxy_header) {
  EXPECT_EQ(wire::at<wire::GreHeader>(hex("0000 86dd").data()).protocol.host(), wire::ethertype_ipv6);
  EXPECT_EQ(wire::at<wire::GueHeader>(hex("00 04 0000").data()).protocol, wire::protocol_ipip);
  const Bytes line = text(std::string_view("\r\n\r\n\0\r\nQUIT\n", 12)) + hex("21 11 000c c0000201 c6336407 1388 0050");
  const auto& header = wire::at<wire::ProxyV2Header>(line.data());
  EXPECT_EQ(header.signature, wire::ProxyV2Header::signature_bytes);
  EXPECT_EQ(header.length.host(), sizeof(wire::ProxyV2Addresses4));
  EXPECT_EQ(wire::at<wire::ProxyV2Addresses4>(line.data() + 16).destination_port.host(), 80);
}

}  // namespace
}  // namespace poise::datapath
