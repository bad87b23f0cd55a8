#include "config/scalars.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/fields.hpp"
#include "config/fields_node.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

// "" when `text` (JSON) is accepted, else problem and fix.
template <class T>
std::string refusal(const char* text, T& to, const Rule& rule = {}) {
  const auto problem = read_scalar(type_of<T>, rule, json::parse(text), &to);
  return problem ? problem->problem + " (" + problem->fix + ")" : "";
}

TEST(Scalars, an_integer_is_a_whole_number_in_range_and_nothing_else) {
  struct Row {
    const char *text, *refusal;
  };
  for (auto [text, want] :
       {Row{"1", ""}, Row{"255", ""}, Row{"0", "0 is below 1 (use a whole number 1..255)"},
        Row{"256", "256 is above 255 (use a whole number 1..255)"},
        Row{"18446744073709551615", "18446744073709551615 is above 255 (use a whole number 1..255)"},
        Row{"-1", "-1 is negative (use a whole number 1..255)"},
        Row{"1.5", "1.5 is not written as a whole number (use a whole number 1..255)"},
        Row{"1.0", "1.0 is not written as a whole number (use a whole number 1..255)"},
        Row{"1e2", "100.0 is not written as a whole number (use a whole number 1..255)"},
        Row{"1e30", "1e+30 is too large (use a whole number 1..255)"},
        Row{"99999999999999999999", "1e+20 is too large (use a whole number 1..255)"},
        Row{"\"80\"", "\"80\" is a string, not a number (write it without the quotes: a whole number 1..255)"},
        Row{"\"x\"", "\"x\" is not a number (use a whole number 1..255)"},
        Row{"true", "true is not a number (use a whole number 1..255)"},
        Row{"[1]", "a list is not a number (use a whole number 1..255)"},
        Row{"null", "null is not a value here (leave the field out for its default)"}}) {
    std::uint8_t value = 77;
    EXPECT_EQ(refusal(text, value, {.min = 1}), want);
    EXPECT_EQ(value == 77, *want != '\0') << text;
  }
}

TEST(Scalars, a_rule_narrows_the_range_of_the_type) {
  std::uint16_t value = 0;
  EXPECT_EQ(refusal("4095", value, {.max = 4094}), "4095 is above 4094 (use a whole number 0..4094)");
  EXPECT_EQ(refusal("4094", value, {.max = 4094}), "");
  EXPECT_EQ(value, 4094);
  std::uint64_t large = 0;
  EXPECT_EQ(refusal("18446744073709551615", large), "");
  EXPECT_EQ(large, UINT64_MAX);
}

TEST(Scalars, booleans_are_not_numbers_or_words) {
  bool value = false;
  EXPECT_EQ(refusal("true", value), "");
  EXPECT_TRUE(value);
  for (const char* text : {"1", "0", "\"true\"", "\"yes\"", "{}"}) EXPECT_NE(refusal(text, value), "") << text;
}

TEST(Scalars, a_wrong_choice_is_answered_with_the_near_one_or_all) {
  Mode mode = Mode::dr;
  EXPECT_EQ(refusal("\"tunnel\"", mode), "");
  EXPECT_EQ(mode, Mode::tunnel);
  EXPECT_EQ(refusal("\"fulnat\"", mode), "\"fulnat\" is not possible here (did you mean \"fullnat\"?)");
  EXPECT_EQ(refusal("\"masquerade\"", mode),
            "\"masquerade\" is not possible here (use one of nat, fullnat, dr, tunnel)");
  EXPECT_EQ(refusal("2", mode), "2 is not a string (use one of nat, fullnat, dr, tunnel)");
}

TEST(Scalars, ports_are_a_number_a_range_or_any) {
  struct Row {
    const char* text;
    std::uint16_t first, last;
    const char* written;
  };
  for (auto [text, first, last, written] :
       {Row{"80", 80, 80, "80"}, Row{"\"8000-8099\"", 8000, 8099, "\"8000-8099\""}, Row{"\"any\"", 0, 0, "\"any\""},
        Row{"\"80-80\"", 80, 80, "80"}, Row{"65535", 65535, 65535, "65535"},
        Row{"\"1-65535\"", 1, 65535, "\"1-65535\""}}) {
    PortRange ports{7, 7};
    EXPECT_EQ(refusal(text, ports), "") << text;
    EXPECT_EQ(ports, (PortRange{first, last})) << text;
    EXPECT_EQ(write_scalar(type_of<PortRange>, &ports).dump(), written);
  }
}

TEST(Scalars, other_ports_are_refused_with_what_to_write) {
  struct Row {
    const char *text, *words;
  };
  for (auto [text, words] :
       {Row{"0", "0 is no port"}, Row{"65536", "65536 is no port"}, Row{"-1", "-1 is no port"},
        Row{"99999999999999", "is no port"}, Row{"80.5", "neither a port nor a range"},
        Row{"\"80\"", "without the quotes"}, Row{"\"90-80\"", "write \"80-90\""}, Row{"\"80-\"", "no port range"},
        Row{"\"-80\"", "no port range"}, Row{"\"0-80\"", "no port range"}, Row{"\"80-65536\"", "no port range"},
        Row{"\"80 - 90\"", "no port range"}, Row{"\"\"", "no port range"}, Row{"\"all\"", "no port range"},
        Row{"[80]", "neither a port"}}) {
    PortRange ports{7, 7};
    EXPECT_NE(refusal(text, ports).find(words), std::string::npos) << text << ": " << refusal(text, ports);
    EXPECT_EQ(ports, (PortRange{7, 7}));
  }
}

TEST(Scalars, addresses_prefixes_and_macs_are_strings) {
  IpAddr address;
  IpPrefix prefix;
  MacAddr mac;
  EXPECT_EQ(refusal("\"192.0.2.10\"", address), "");
  EXPECT_EQ(refusal("\"2001:db8::/32\"", prefix), "");
  EXPECT_EQ(refusal("\"02:00:5e:10:00:01\"", mac), "");
  EXPECT_EQ(write_scalar(type_of<IpAddr>, &address), "192.0.2.10");
  EXPECT_EQ(write_scalar(type_of<IpPrefix>, &prefix), "2001:db8::/32");
  EXPECT_EQ(write_scalar(type_of<MacAddr>, &mac), "02:00:5e:10:00:01");
  EXPECT_EQ(refusal("\"192.0.2.256\"", address),
            "\"192.0.2.256\" cannot be read (use an address like \"192.0.2.10\" or \"2001:db8::10\")");
  EXPECT_NE(refusal("3221225985", address), "");
  EXPECT_NE(refusal("\"10.0.0.0/33\"", prefix), "");
  EXPECT_NE(refusal("\"02:00\"", mac), "");
}

TEST(Scalars, strings_have_the_format_of_their_field) {
  struct Row {
    Format format;
    std::string text;
    const char* words;  // "": accepted
  };
  for (const auto& [format, text, words] :
       {Row{Format::text, "anything, \xc3\xa4 too", ""}, Row{Format::text, "a\nb", "control characters"},
        Row{Format::text, std::string(5000, 'x'), "longer than"}, Row{Format::name, "web-1", ""},
        Row{Format::name, "web 1", "is no name"}, Row{Format::name, "", "is no name"},
        Row{Format::hash_key, std::string(32, 'A'), ""}, Row{Format::hash_key, std::string(31, 'a'), "32 hex digits"},
        Row{Format::hash_key, std::string(32, 'g'), "32 hex digits"}, Row{Format::sha256, std::string(64, '0'), ""},
        Row{Format::sha256, std::string(63, '0'), "64 hex digits"}, Row{Format::file, "/etc/poise/api.pem", ""},
        Row{Format::file, "api.pem", "absolute path"}, Row{Format::file, "", "absolute path"},
        Row{Format::socket, "/run/" + std::string(102, 'x'), ""},
        Row{Format::socket, "/run/" + std::string(103, 'x'), "longer than 107"},
        Row{Format::device, "net_tap0,iface=dt0", ""}}) {
    const auto problem = check_text(format, text);
    const std::string got = problem ? problem->problem : "";
    EXPECT_TRUE(*words == '\0' ? got.empty() : got.find(words) != std::string::npos) << text << ": " << got;
  }
}

}  // namespace
}  // namespace poise::config
