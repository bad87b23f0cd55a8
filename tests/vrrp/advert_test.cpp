#include "vrrp/advert.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;
using datapath::hex;
using datapath::ip;
using datapath::operator+;

const Envelope to_group{ip("192.168.1.1"), ip("224.0.0.18")};
const Envelope to_group6{ip("fe80::d074:15ff:fe83:f5"), ip("ff02::12")};

Advert advert_v2() {
  Advert advert;
  advert.version = Version::v2;
  advert.vrid = VirtualRouterId{51};
  advert.interval = 1s;
  advert.addresses = {ip("192.168.1.100")};
  advert.authentication = AuthenticationType::password;
  advert.password = {'1', '1', '1', '1'};
  advert.checksum_form = ChecksumForm::without_pseudo_header;
  return advert;
}
Advert advert_v3() {
  Advert advert;
  advert.vrid = VirtualRouterId{51};
  advert.interval = 100ms;
  advert.addresses = {ip("192.168.1.100")};
  return advert;
}
Advert advert_v6() {
  Advert advert = advert_v3();
  advert.addresses = {ip("fe80::100"), ip("2001:db8::100")};
  return advert;
}

// As keepalived puts them on the wire.
TEST(Advert, the_bytes_are_those_of_keepalived) {
  EXPECT_EQ(write_advert(advert_v2(), to_group), hex("21336401 0101555b c0a80164 31313131 00000000"));
  EXPECT_EQ(write_advert(advert_v3(), to_group), hex("31336401 000a067c c0a80164"));
  EXPECT_EQ(write_advert(advert_v6(), to_group6),
            hex("31336402 000a586b fe800000000000000000000000000100 20010db8000000000000000000000100"));
  Advert bare = advert_v3();
  bare.checksum_form = ChecksumForm::without_pseudo_header;
  EXPECT_EQ(write_advert(bare, to_group), hex("31336401 000aa8b4 c0a80164"));
  Advert with_ah = advert_v2();
  with_ah.authentication = AuthenticationType::ah;
  with_ah.password = {};
  EXPECT_EQ(write_advert(with_ah, to_group), hex("21336401 0201b6bd c0a80164 0000000000000000"));
}

TEST(Advert, what_was_written_is_read_again) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    const bool v6 = random() % 3 == 0;
    Advert advert = v6 ? advert_v6() : random() % 2 == 0 ? advert_v2() : advert_v3();
    advert.vrid = VirtualRouterId{std::uint8_t(random())};
    advert.priority = std::uint8_t(random());
    advert.interval = advert.version == Version::v2 ? Duration(1s * (random() % 256)) : 10ms * (random() % 4096);
    advert.addresses.clear();
    for (std::size_t count = random() % 256; count > 0; --count)
      advert.addresses.push_back(v6 ? ip("2001:db8::1") : IpAddr::v4(std::uint32_t(random())));
    if (advert.version == Version::v3 && !v6 && random() % 2 == 0)
      advert.checksum_form = ChecksumForm::without_pseudo_header;
    const Envelope& envelope = v6 ? to_group6 : to_group;
    const auto again = read_advert(write_advert(advert, envelope), envelope);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, advert);
  }
}

TEST(Advert, what_is_wrong_has_its_reason) {
  struct Row {
    const char* why;
    datapath::Bytes message;
    Discard reason;
  };
  datapath::Bytes v3 = hex("31336401 000a067c c0a80164");
  const auto changed = [](datapath::Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  for (const Row& row :
       {Row{"nothing", {}, Discard::length}, Row{"seven bytes", hex("31336400 000a06"), Discard::length},
        Row{"an address missing", hex("31336401 000a067c"), Discard::length},
        Row{"four bytes too many", v3 + hex("00000000"), Discard::length},
        Row{"version 4", changed(v3, 0, 0x41), Discard::version}, Row{"type 2", changed(v3, 0, 0x32), Discard::type},
        Row{"another priority", changed(v3, 2, 0x65), Discard::checksum},
        Row{"version 2 without its eight bytes", changed(v3, 0, 0x21), Discard::length}}) {
    const auto read = read_advert(row.message, to_group);
    ASSERT_FALSE(read.has_value()) << row.why;
    EXPECT_EQ(read.error(), row.reason) << row.why;
  }
}

TEST(Advert, over_ipv6_there_is_neither_version_2_nor_a_sum_without_pseudo_header) {
  EXPECT_EQ(read_advert(write_advert(advert_v2(), to_group), to_group6).error(), Discard::version);
  datapath::Bytes bare = write_advert(advert_v6(), to_group6);
  bare[6] = bare[7] = 0;
  const std::uint16_t sum = datapath::checksum_of(bare);
  bare[6] = std::uint8_t(sum >> 8);
  bare[7] = std::uint8_t(sum);
  EXPECT_EQ(read_advert(bare, to_group6).error(), Discard::checksum);
}

TEST(Advert, reserved_bits_are_ignored_and_a_trailer_is_left_out) {
  datapath::Bytes reserved = hex("31336401 f00a0000 c0a80164");
  const std::uint16_t sum = datapath::checksum_of(reserved);
  reserved[6] = std::uint8_t(sum >> 8);
  reserved[7] = std::uint8_t(sum);
  EXPECT_EQ(read_advert(reserved, to_group)->interval, Duration(100ms));
  EXPECT_EQ(*read_advert(hex("31336401 000a067c c0a80164") + hex("0102030405060708"), to_group, 8), advert_v3());
}

TEST(Advert, a_packet_carries_255_ipv4_addresses_and_as_many_ipv6_ones_as_its_mtu_allows) {
  EXPECT_EQ(addresses_max(Version::v2, false, 1500), 255u);
  EXPECT_EQ(addresses_max(Version::v3, false, 576), 137u);
  EXPECT_EQ(addresses_max(Version::v3, true, 1500), 90u);
  EXPECT_EQ(addresses_max(Version::v3, true, 1500, 28), 89u);
  EXPECT_EQ(addresses_max(Version::v3, true, 40), 0u);
}

}  // namespace
}  // namespace poise::vrrp
