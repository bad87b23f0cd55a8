#include "control/health/dns_message.hpp"

#include <gtest/gtest.h>

namespace poise::control::health {
namespace {

using config::DnsType;
using namespace std::string_literals;

// The answer to a query: its header's flags, the question, and records as they are on the wire.
std::string answer_with(std::uint16_t flags, int records, const std::string& wire, DnsType type = DnsType::a) {
  std::string message = make_dns_query(7, "www.example.com", type);
  message[2] = char(flags >> 8);
  message[3] = char(flags & 0xff);
  message[7] = char(records);
  return message + wire;
}
// The name of the question, class IN, a day, and the data.
std::string record(std::uint16_t type, const std::string& data) {
  return "\xc0\x0c\0"s + char(type) + "\0\1\0\1\x51\x80"s + char(data.size() >> 8) + char(data.size()) + data;
}

TEST(DnsMessage, a_query_asks_for_one_name_and_type) {
  EXPECT_EQ(make_dns_query(0x1234, "a.bc.", DnsType::aaaa), "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\x1c\0\1"s);
  EXPECT_EQ(make_dns_query(1, ".", DnsType::soa).substr(12), "\0\0\6\0\1"s);
}

TEST(DnsMessage, records_become_text) {
  const std::string pointer = "\xc0\x10";  // "example.com" of the question
  struct Row {
    DnsType type;
    std::string data, text, name;
  };
  for (const Row& row :
       {Row{DnsType::a, "\xc0\0\2\1"s, "192.0.2.1", "192.0.2.1"},
        Row{DnsType::aaaa, "\x20\1\xd\xb8"s + std::string(11, '\0') + "\1", "2001:db8::1", "2001:db8::1"},
        Row{DnsType::cname, "\1a" + pointer, "a.example.com.", "a.example.com."},
        Row{DnsType::ns, "\2ns\0"s, "ns.", "ns."}, Row{DnsType::soa, "\0"s, ".", "."},
        Row{DnsType::mx, "\0\12\4mail"s + pointer, "10 mail.example.com.", "mail.example.com."},
        Row{DnsType::srv, "\0\1\0\2\0\x50\1s\0"s, "1 2 80 s.", "s."},
        Row{DnsType::txt, "\3abc\2de"s, "abcde", "abcde"}}) {
    const auto answer = read_dns_answer(answer_with(0x8180, 1, record(number_of(row.type), row.data), row.type));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->records.size(), 1u) << row.text;
    EXPECT_EQ(answer->records[0].text, row.text);
    EXPECT_EQ(answer->records[0].name, row.name);
    EXPECT_EQ(answer->records[0].type, number_of(row.type));
  }
}

TEST(DnsMessage, an_answer_says_to_what_and_how_it_went) {
  const auto answer = read_dns_answer(answer_with(0x8183, 0, "", DnsType::mx));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 7);
  EXPECT_EQ(name_of_code(answer->code), "NXDOMAIN");
  EXPECT_EQ(answer->question, "www.example.com.");
  EXPECT_EQ(answer->question_type, 15);
  EXPECT_EQ(name_of_code(9), "code 9");
}

TEST(DnsMessage, what_is_cut_off_or_goes_in_circles_is_refused_unless_it_says_so) {
  const std::string whole = answer_with(0x8180, 1, record(1, "\1\2\3\4"));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read_dns_answer(std::string_view(whole).substr(0, length))) << length;
  std::string truncated = answer_with(0x8380, 2, record(1, "\1\2\3\4"));
  EXPECT_EQ(read_dns_answer(truncated)->records.size(), 1u);
  std::string circle = whole;
  circle[12] = char(0xc0);
  circle[13] = 12;
  EXPECT_FALSE(read_dns_answer(circle));
  EXPECT_FALSE(read_dns_answer(make_dns_query(7, "a", DnsType::a)));  // a query
  EXPECT_EQ(read_dns_answer(answer_with(0x8180, 1, record(1, "\1\2\3")))->records.size(), 0u);
}

TEST(DnsMessage, names_are_the_same_whatever_their_case) {
  EXPECT_TRUE(same_dns_name("WWW.example.com.", "www.EXAMPLE.com"));
  EXPECT_FALSE(same_dns_name("www.example.com", "example.com"));
}

}  // namespace
}  // namespace poise::control::health
