#include "datapath/proxy_bindings.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::datapath {
namespace {

TEST(ProxyBindings, an_address_and_port_lead_to_who_was_first_bound_there) {
  ProxyBindings bindings;
  EXPECT_TRUE(bindings.is_empty());
  EXPECT_FALSE(bindings.contains(ip("192.0.2.1"), 80));
  bindings.insert(ip("192.0.2.1"), 80, "web");
  bindings.insert(ip("192.0.2.1"), 80, "other");
  bindings.insert(ip("2001:db8::1"), 443, "tls");
  EXPECT_EQ(*bindings.find(ip("192.0.2.1"), 80), "web");
  EXPECT_EQ(*bindings.find(ip("2001:db8::1"), 443), "tls");
  EXPECT_EQ(bindings.find(ip("192.0.2.1"), 443), nullptr);
  EXPECT_EQ(bindings.find(ip("192.0.2.2"), 80), nullptr);
  EXPECT_FALSE(bindings.is_empty());
}

TEST(ProxyBindings, thousands_are_found_again) {
  ProxyBindings bindings;
  for (std::uint32_t i = 0; i < 20'000; ++i)
    bindings.insert(IpAddr::v4(0x0a000000 + i / 4), std::uint16_t(80 + i % 4), "f" + std::to_string(i / 7));
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::string* found = bindings.find(IpAddr::v4(0x0a000000 + i / 4), std::uint16_t(80 + i % 4));
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(*found, "f" + std::to_string(i / 7));
  }
  EXPECT_FALSE(bindings.contains(IpAddr::v4(0x0a000000), 84));
}

}  // namespace
}  // namespace poise::datapath
