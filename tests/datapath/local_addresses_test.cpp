#include "datapath/local_addresses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace poise::datapath {
namespace {

constexpr InterfaceIndex lan{3}, wan{4};

TEST(LocalAddresses, an_address_is_found_with_its_kind_and_interface_and_others_are_not) {
  LocalAddresses addresses;
  addresses.insert(*parse_ip("192.0.2.1"), {LocalAddress::interface_address, lan});
  addresses.insert(*parse_ip("2001:db8::1"), {LocalAddress::snat_address, wan});
  ASSERT_NE(addresses.find(*parse_ip("192.0.2.1")), nullptr);
  EXPECT_EQ(addresses.find(*parse_ip("192.0.2.1"))->interface, lan);
  ASSERT_NE(addresses.find(*parse_ip("2001:db8::1")), nullptr);
  EXPECT_EQ(addresses.find(*parse_ip("2001:db8::1"))->kind, LocalAddress::snat_address);
  EXPECT_EQ(addresses.find(*parse_ip("192.0.2.2")), nullptr);
  EXPECT_EQ(addresses.find(*parse_ip("2001:db8::2")), nullptr);
}

TEST(LocalAddresses, the_first_entry_for_an_address_stays_except_that_a_service_outranks_all) {
  LocalAddresses addresses;
  const IpAddr address = *parse_ip("192.0.2.1");
  addresses.insert(address, {LocalAddress::interface_address, lan});
  addresses.insert(address, {LocalAddress::snat_address, wan});
  EXPECT_EQ(addresses.find(address)->kind, LocalAddress::interface_address);
  addresses.insert(address, {LocalAddress::service_address, lan});
  EXPECT_EQ(addresses.find(address)->kind, LocalAddress::service_address);
  addresses.insert(address, {LocalAddress::service_address, wan});
  EXPECT_EQ(addresses.find(address)->interface, lan);
  EXPECT_EQ(addresses.size(), 1u);
}

TEST(LocalAddresses, many_addresses_are_all_found_after_it_has_grown) {
  LocalAddresses addresses;
  for (std::uint32_t i = 0; i < 5000; ++i)
    addresses.insert(IpAddr::v4(0x0a000000 + i), {LocalAddress::server_address, lan});
  EXPECT_EQ(addresses.size(), 5000u);
  for (std::uint32_t i = 0; i < 5000; ++i) ASSERT_NE(addresses.find(IpAddr::v4(0x0a000000 + i)), nullptr) << i;
  for (std::uint32_t i = 5000; i < 10000; ++i) ASSERT_EQ(addresses.find(IpAddr::v4(0x0a000000 + i)), nullptr) << i;
}

TEST(LocalAddresses, neighboring_addresses_of_either_family_hash_to_different_slots) {
  for (const char* network : {"10.1.2.0", "2001:db8::", "2001:db8:1:2::ff00"}) {
    std::array<int, 1024> used{};
    IpAddr address = *parse_ip(network);
    for (int i = 0; i < 256; ++i) {
      address.octets[15] = std::uint8_t(i);
      ++used[std::hash<IpAddr>{}(address) % used.size()];
    }
    EXPECT_LE(*std::max_element(used.begin(), used.end()), 6) << network;
  }
}

}  // namespace
}  // namespace poise::datapath
