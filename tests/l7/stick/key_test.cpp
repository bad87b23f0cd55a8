#include "l7/stick/key.hpp"

#include <gtest/gtest.h>

namespace poise::l7::stick {
namespace {

constexpr std::size_t length = 8;

// The key of a text as an operator reads it; "none".
std::string from_text(KeyType type, std::string_view text) {
  Key key;
  if (!make_key(type, length, text, key)) return "none";
  EXPECT_EQ(key.length, length_of(type, length));
  return to_text(type, key.view());
}
std::string from_address(KeyType type, std::string_view address) {
  Key key;
  return make_key(type, length, *parse_ip(address), key) ? to_text(type, key.view()) : "none";
}

TEST(StickKey, is_what_haproxy_makes_of_a_text_or_an_address) {
  using enum KeyType;
  struct Row {
    KeyType type;
    const char *text, *key;
  };
  for (const auto& [type, text, key] : {
           Row{ip, "192.0.2.1", "192.0.2.1"},
           Row{ip, "2001:db8::1", "none"},
           Row{ip, "a", "none"},
           Row{ipv6, "2001:db8::1", "2001:db8::1"},
           Row{ipv6, "192.0.2.1", "192.0.2.1"},
           Row{integer, "17", "17"},
           Row{integer, "17x", "17"},
           Row{integer, "x", "none"},
           Row{integer, "-1", "4294967295"},
           Row{string, "abc", "abc"},
           Row{string, "abcdefghij", "abcdefgh"},
           Row{string, "", "none"},
           Row{binary, "ab", "6162000000000000"},
           Row{binary, "abcdefghij", "6162636465666768"},
       })
    EXPECT_EQ(from_text(type, text), key) << text;
  for (const auto& [type, text, key] : {
           Row{ip, "192.0.2.1", "192.0.2.1"},
           Row{ip, "2001:db8::1", "none"},
           Row{ipv6, "192.0.2.1", "192.0.2.1"},
           Row{integer, "0.0.1.2", "258"},
           Row{integer, "::1", "none"},
           Row{string, "10.0.0.1", "10.0.0.1"},
           Row{binary, "10.0.0.1", "0a00000100000000"},
           Row{binary, "2001:db8::1", "20010db800000000"},
       })
    EXPECT_EQ(from_address(type, text), key) << text;
}

TEST(StickKey, an_operator_writes_it_as_it_is_shown) {
  using enum KeyType;
  struct Row {
    KeyType type;
    const char* text;
    bool is_key;
  };
  Key key;
  for (const auto& [type, text, is_key] : {
           Row{ip, "192.0.2.1", true},
           Row{ip, "::1", false},
           Row{ipv6, "::1", true},
           Row{integer, "17", true},
           Row{integer, "17x", false},
           Row{integer, "4294967296", false},
           Row{string, "a b", true},
           Row{string, "", false},
           Row{binary, "0a0b", true},
           Row{binary, "0a0", false},
           Row{binary, "0g", false},
           Row{binary, "000102030405060708", false},
       }) {
    EXPECT_EQ(parse_key(type, length, text, key), is_key) << text;
    if (!is_key || type == binary) continue;
    EXPECT_EQ(to_text(type, key.view()), text);
  }
}

}  // namespace
}  // namespace poise::l7::stick
