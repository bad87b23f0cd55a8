#include "config/types/ip.hpp"

#include <gtest/gtest.h>

#include <set>

namespace poise {
namespace {

TEST(Ip, addresses_are_written_as_rfc_5952_says_whatever_their_spelling) {
  struct Row {
    const char *text, *written;
  };
  for (auto [text, written] : {Row{"192.0.2.1", "192.0.2.1"}, Row{"2001:DB8:0:0::1", "2001:db8::1"}, Row{"::", "::"},
                               Row{"fe80:0:0:0:1:0:0:1", "fe80::1:0:0:1"}}) {
    const auto address = parse_ip(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), written);
  }
}

TEST(Ip, text_that_is_not_one_address_is_refused) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", " 1.2.3.4", "1.2.3.4/24",
                           "::ffff:1.2.3.4", "fe80::1%eth0", ":::", "web", "2001:db8::1::2"})
    EXPECT_FALSE(parse_ip(text)) << text;
  EXPECT_FALSE(parse_ip(std::string(1000, ':')));
}

TEST(Ip, a_prefix_keeps_its_host_bits_and_an_address_alone_is_a_host) {
  EXPECT_EQ(to_string(*parse_prefix("192.0.2.1/24")), "192.0.2.1/24");
  EXPECT_EQ(to_string(*parse_prefix("192.0.2.1")), "192.0.2.1/32");
  EXPECT_EQ(to_string(*parse_prefix("2001:db8::1")), "2001:db8::1/128");
  for (const char* text :
       {"192.0.2.1/33", "192.0.2.1/", "192.0.2.1/-1", "192.0.2.1/2 ", "::/129", "/24", "1.2.3.4/8/8"})
    EXPECT_FALSE(parse_prefix(text)) << text;
}

TEST(Ip, a_prefix_contains_the_addresses_of_its_family_that_agree_in_its_bits) {
  struct Row {
    const char *prefix, *address;
    bool want;
  };
  for (auto [prefix, address, want] :
       {Row{"10.0.0.0/8", "10.255.0.1", true}, Row{"10.0.0.0/8", "11.0.0.0", false}, Row{"0.0.0.0/0", "1.2.3.4", true},
        Row{"0.0.0.0/0", "::1", false}, Row{"::/0", "1.2.3.4", false}, Row{"192.0.2.128/25", "192.0.2.127", false},
        Row{"2001:db8::/33", "2001:db8:7fff::", true}, Row{"2001:db8::/33", "2001:db8:8000::", false}})
    EXPECT_EQ(parse_prefix(prefix)->contains(*parse_ip(address)), want) << prefix << " " << address;
}

TEST(Ip, masking_clears_every_bit_after_the_length) {
  EXPECT_EQ(to_string(masked(*parse_ip("255.255.255.255"), 0)), "0.0.0.0");
  EXPECT_EQ(to_string(masked(*parse_ip("255.255.255.255"), 9)), "255.128.0.0");
  EXPECT_EQ(to_string(masked(*parse_ip("ffff:ffff::ffff"), 17)), "ffff:8000::");
  EXPECT_EQ(to_string(masked(*parse_ip("ffff::ffff"), 128)), "ffff::ffff");
}

TEST(Ip, the_kinds_of_addresses_are_told_apart_in_both_families) {
  EXPECT_TRUE(parse_ip("0.0.0.0")->is_unspecified() && parse_ip("::")->is_unspecified());
  EXPECT_TRUE(parse_ip("224.0.0.1")->is_multicast() && parse_ip("ff02::1")->is_multicast());
  EXPECT_TRUE(parse_ip("169.254.1.1")->is_link_local() && parse_ip("febf::1")->is_link_local());
  EXPECT_TRUE(parse_ip("127.9.9.9")->is_loopback() && parse_ip("::1")->is_loopback());
  for (const char* text : {"192.0.2.1", "223.255.255.255", "2001:db8::1", "fec0::1", "::2"}) {
    const IpAddr address = *parse_ip(text);
    EXPECT_FALSE(address.is_unspecified() || address.is_multicast() || address.is_link_local() || address.is_loopback())
        << text;
  }
}

TEST(Ip, the_hash_of_neighbouring_addresses_differs_in_its_low_bits) {
  std::set<std::size_t> slots;
  for (std::uint32_t host = 0; host < 256; ++host)
    slots.insert(std::hash<IpAddr>{}(IpAddr::v4(0x0a000000 + host)) % 4096);
  EXPECT_GT(slots.size(), 220u);
}

}  // namespace
}  // namespace poise
