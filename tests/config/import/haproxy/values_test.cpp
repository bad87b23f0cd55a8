#include "config/import/haproxy/values.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyValues, times_have_units_and_milliseconds_without) {
  struct Row {
    const char* text;
    std::uint64_t ms;
  };
  for (const Row& row : {Row{"0", 0}, Row{"5000", 5000}, Row{"5us", 1}, Row{"1500us", 2}, Row{"7ms", 7},
                         Row{"5s", 5000}, Row{"2m", 120'000}, Row{"1h", 3'600'000}, Row{"24d", 2'073'600'000}}) {
    const auto time = read_time(row.text);
    ASSERT_TRUE(time.has_value()) << row.text;
    EXPECT_EQ(*time, row.ms) << row.text;
  }
  EXPECT_EQ(read_time("5", "s"), 5000u);
  for (const char* wrong : {"", "s", "5w", "5 s", "5.5s", "-1", "abc", "25d", "99999999999999999999"})
    EXPECT_FALSE(read_time(wrong).has_value()) << wrong;
}

TEST(HaproxyValues, sizes_and_numbers_have_limits) {
  EXPECT_EQ(read_size("10"), 10u);
  EXPECT_EQ(read_size("2k"), 2048u);
  EXPECT_EQ(read_size("3M"), 3u << 20);
  EXPECT_EQ(read_size("1g"), 1u << 30);
  for (const char* wrong : {"", "k", "1kb", "1t", "99999999999999999g"}) EXPECT_FALSE(read_size(wrong)) << wrong;
  EXPECT_EQ(read_number("256", 0, 256), 256u);
  for (const char* wrong : {"", "257", "-1", "1x", "x"}) EXPECT_FALSE(read_number(wrong, 0, 256)) << wrong;
}

std::string shown(const Address& address) {
  std::string text;
  switch (address.kind) {
    case Address::Kind::ip:
      text = to_string(address.ip);
      break;
    case Address::Kind::any:
      text = address.ip == IpAddr{} ? "any6" : "any4";
      break;
    case Address::Kind::name:
      text = "name " + address.text;
      break;
    case Address::Kind::other:
      return "other " + address.text;
  }
  if (address.offset != 0) return text + " " + address.offset;
  if (address.port) text += " " + std::to_string(*address.port);
  if (address.port_last) text += "-" + std::to_string(*address.port_last);
  return text;
}

TEST(HaproxyValues, addresses_have_all_the_forms_that_haproxy_knows) {
  struct Row {
    const char *text, *want;
  };
  for (const Row& row : {Row{":80", "any4 80"},
                         Row{"*:80", "any4 80"},
                         Row{"0.0.0.0:80", "0.0.0.0 80"},
                         Row{":::80", ":: 80"},
                         Row{"[::]:80", ":: 80"},
                         Row{"::1:8007", "::1 8007"},
                         Row{"[2001:db8::1]:443", "2001:db8::1 443"},
                         Row{"192.0.2.1", "192.0.2.1"},
                         Row{"192.0.2.1:8000-8010", "192.0.2.1 8000-8010"},
                         Row{"192.0.2.1:", "192.0.2.1"},
                         Row{"192.0.2.1:+100", "192.0.2.1 +"},
                         Row{"ipv4@192.0.2.1:80", "192.0.2.1 80"},
                         Row{"ipv6@:80", "any6 80"},
                         Row{"ipv6@[2001:db8::1]:80", "2001:db8::1 80"},
                         Row{"tcp4@*:80", "any4 80"},
                         Row{"web.example.com:80", "name web.example.com 80"},
                         Row{"/run/x.sock", "other /run/x.sock"},
                         Row{"unix@x.sock", "other unix@x.sock"},
                         Row{"fd@3", "other fd@3"},
                         Row{"stdout", "other stdout"}}) {
    const auto address = read_address(row.text);
    ASSERT_TRUE(address.has_value()) << row.text;
    EXPECT_EQ(shown(*address), row.want) << row.text;
  }
  for (const char* wrong :
       {"127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x", "127.0.0.1:90-80", "ipv6@127.0.0.1:80", "ipv4@[::1]:80"})
    EXPECT_FALSE(read_address(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace poise::config::importing::haproxy
