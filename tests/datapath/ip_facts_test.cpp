#include "datapath/ip_facts.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

#include "tests/support/loaded_packet.hpp"

namespace poise::datapath {
namespace {

const Ends v4{"192.0.2.1", "198.51.100.7", 1000, 53}, v6{"2001:db8::1", "2001:db8::2", 1000, 53};

std::optional<IpFacts> read(const Bytes& bytes) { return read_ip(bytes.data(), bytes.size()); }

TEST(IpFacts, says_what_an_ipv4_header_says) {
  const auto facts = read(ip_packet(v4, IPPROTO_UDP, Bytes(32), {9, 0xb8, 0x1234, 0x6003, hex("94040000")}));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->family, 4);
  EXPECT_EQ(facts->ttl, 9);
  EXPECT_EQ(facts->traffic_class, 0xb8);
  EXPECT_EQ(facts->protocol, IPPROTO_UDP);
  EXPECT_EQ(facts->header_length, 24);
  EXPECT_EQ(facts->payload_length, 32);
  EXPECT_TRUE(facts->is_fragment() && facts->more_fragments && facts->dont_fragment);
  EXPECT_EQ(facts->fragment_offset, 24);
  EXPECT_EQ(facts->identification, 0x1234u);
  EXPECT_FALSE(facts->source_routed);
  EXPECT_EQ(facts->source, ip("192.0.2.1"));
  EXPECT_EQ(facts->destination, ip("198.51.100.7"));
}

TEST(IpFacts, walks_ipv6_extension_headers_to_the_transport) {
  const Bytes extensions = hex("3c00 0104 00000000  2c00 0104 00000000  1100 0009 aabbccdd");
  const auto facts = read(ip_packet(v6, IPPROTO_UDP, Bytes(32), {9, 0xb8, 0, 0, extensions, 0}));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->family, 6);
  EXPECT_EQ(facts->protocol, IPPROTO_UDP);
  EXPECT_EQ(facts->header_length, 64);
  EXPECT_EQ(facts->payload_length, 32);
  EXPECT_TRUE(facts->fragment_header && facts->more_fragments);
  EXPECT_EQ(facts->fragment_offset, 8);
  EXPECT_EQ(facts->identification, 0xaabbccddu);
}

TEST(IpFacts, refuses_headers_that_contradict_themselves) {
  const Bytes good4 = ip_packet(v4, IPPROTO_UDP, Bytes(8));
  const auto with = [](Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read(Bytes(good4.begin(), good4.begin() + 19)));
  EXPECT_FALSE(read(with(good4, 0, 0x44))) << "header length below 20";
  EXPECT_FALSE(read(with(good4, 0, 0x4f))) << "header longer than the bytes";
  EXPECT_FALSE(read(with(good4, 3, 19))) << "total length below the header's";
  EXPECT_FALSE(read(with(good4, 0, 0x55)));
  const Bytes good6 = ip_packet(v6, IPPROTO_UDP, Bytes(8), {64, 0, 0, 0, hex("1100 0104 00000000"), 60});
  EXPECT_TRUE(read(good6));
  const Bytes twice = hex("2c00 0000 00000001 1100 0000 00000001");
  EXPECT_FALSE(read(ip_packet(v6, IPPROTO_UDP, Bytes(8), {64, 0, 0, 0, twice, 44}))) << "a fragment of a fragment";
  EXPECT_FALSE(read(Bytes(good6.begin(), good6.begin() + 47)));
  EXPECT_FALSE(read(with(good6, 41, 200))) << "extension longer than the packet";
  Bytes chain;
  for (int i = 0; i < 9; ++i) chain = chain + hex("3c00 0104 00000000");
  EXPECT_FALSE(read(ip_packet(v6, IPPROTO_UDP, Bytes(8), {64, 0, 0, 0, chain, 60}))) << "an endless chain";
}

TEST(IpFacts, reading_what_was_written_gives_the_same_facts) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    IpFacts facts;
    facts.family = random() % 2 == 0 ? 4 : 6;
    const bool is_v4 = facts.family == 4;
    facts.source = ip(is_v4 ? "192.0.2.1" : "2001:db8::1");
    facts.destination = ip(is_v4 ? "198.51.100.7" : "2001:db8::2");
    facts.traffic_class = std::uint8_t(random());
    facts.ttl = std::uint8_t(random());
    facts.protocol = IPPROTO_SCTP;
    facts.payload_length = 200;
    facts.fragment_header = random() % 2 == 0;
    facts.header_length = std::uint16_t(is_v4 ? 20 : facts.fragment_header ? 48 : 40);
    if (facts.fragment_header) {
      facts.fragment_offset = std::uint16_t(random() % 1000 * 8 + 8);
      facts.more_fragments = random() % 2 == 0;
      facts.identification = std::uint32_t(random()) & (is_v4 ? 0xffffu : 0xffffffffu);
    }
    Bytes bytes(facts.header_length + 200u);
    write_ip(bytes.data(), facts);
    EXPECT_EQ(faults(bytes), "");
    const auto back = read(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->header_length, facts.header_length);
    EXPECT_EQ(back->payload_length, facts.payload_length);
    EXPECT_EQ(back->fragment_offset, facts.fragment_offset);
    EXPECT_EQ(back->more_fragments, facts.more_fragments);
    EXPECT_EQ(back->identification, facts.identification);
    EXPECT_EQ(back->traffic_class, facts.traffic_class);
    EXPECT_EQ(back->ttl, facts.ttl);
    EXPECT_EQ(back->source, facts.source);
  }
}

TEST(IpFacts, a_new_header_in_front_of_the_transport_moves_everything_that_says_where_things_are) {
  LoadedPacket loaded(ip_packet(v4, IPPROTO_UDP, udp(v4, text("0123456789"))));
  Packet& packet = loaded.packet;
  packet.length = std::uint16_t(packet.length - 4);  // as if the last four bytes were padding
  packet.l3_length = std::uint16_t(packet.l3_length - 4);
  packet.payload_offset = std::uint16_t(packet.l4_offset + 8);
  auto facts = *read_ip(packet.l3(), packet.l3_length);
  facts = in_other_family(facts, ip(v6.source), ip(v6.destination));
  facts.payload_length = 14;
  std::uint8_t* l4 = packet.l4();
  std::uint8_t* end = packet.data + packet.length;
  place_ip_header(packet, l4, facts);
  EXPECT_EQ(packet.l4(), l4);
  EXPECT_EQ(packet.data + packet.payload_offset, l4 + 8);
  EXPECT_EQ(packet.data + packet.length, end);
  EXPECT_EQ(packet.headroom, 128 - 20);
  EXPECT_EQ(packet.l3_length, 54);
  EXPECT_EQ(packet.family, 6);
}

TEST(IpFacts, quotes_too_short_for_a_checksum_still_get_their_ports) {
  const IpFacts from = *read(ip_packet(v4, IPPROTO_TCP, tcp(v4, 2, {})));
  IpFacts to = from;
  to.source = ip("203.0.113.5");
  Bytes short_quote = tcp(v4, 2, {});
  short_quote.resize(8);
  EXPECT_EQ(change_transport(short_quote.data(), short_quote.size(), {from, to, 7, 8}), Drop::count_);
  EXPECT_EQ(to_hex(short_quote), "00 07 00 08 01 02 03 04");
  EXPECT_EQ(change_transport(short_quote.data(), 7, {from, to, 7, 8}), Drop::malformed_l4);
  Bytes whole = tcp(v4, 2, {});
  EXPECT_EQ(change_transport(whole.data(), whole.size(), {from, to, 7, 8}), Drop::count_);
  const Ends moved{"203.0.113.5", "198.51.100.7", 7, 8};
  EXPECT_EQ(to_hex(whole), to_hex(tcp(moved, 2, {})));
}

}  // namespace
}  // namespace poise::datapath
