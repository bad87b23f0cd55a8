#include "control/health/dns_probe.hpp"

#include "control/health/dns_message.hpp"
#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

using namespace std::string_literals;

config::Check dns(config::DnsType type, std::vector<std::string> expected) {
  config::Check check;
  check.kind = config::CheckKind::dns;
  check.dns = {"a.example.com", type, std::move(expected)};
  return check;
}

// What a server says to the query: its code, and one record.
std::string answered(ProbeBench& bench, std::uint8_t code, std::uint16_t type = 0, const std::string& data = "") {
  std::string message = bench.take_sent();
  message[2] = char(0x81);
  message[3] = char(0x80 | code);
  if (type == 0) return message;
  message[7] = 1;
  return message + "\xc0\x0c\0"s + char(type) + "\0\1\0\0\0\0\0"s + char(data.size()) + data;
}

TEST(DnsProbe, passes_by_an_answer_without_an_error) {
  ProbeBench good(dns(config::DnsType::soa, {})), bad(dns(config::DnsType::soa, {}));
  good.bytes(answered(good, 0));
  EXPECT_EQ(good.verdict(), "passed");
  bad.bytes(answered(bad, 5));
  EXPECT_EQ(bad.verdict(), "failed: it answers REFUSED");
}

TEST(DnsProbe, one_of_the_records_is_one_of_those_expected) {
  struct Row {
    config::DnsType type;
    std::string expected;
    std::string data, verdict;
  };
  for (const Row& row :
       {Row{config::DnsType::a, "192.0.2.1", "\xc0\0\2\1"s, "passed"},
        Row{config::DnsType::a, "192.0.2.2", "\xc0\0\2\1"s, "failed: none of its 1 records is expected"},
        Row{config::DnsType::aaaa, "2001:DB8:0::1", "\x20\1\xd\xb8"s + std::string(11, '\0') + "\1", "passed"},
        Row{config::DnsType::cname, "B.example.com", "\1b\xc0\x0e"s, "passed"},
        Row{config::DnsType::mx, "10 m.", "\0\12\1m\0"s, "passed"},
        Row{config::DnsType::mx, "m", "\0\12\1m\0"s, "passed"},
        Row{config::DnsType::txt, "Abc", "\3abc"s, "failed: none of its 1 records is expected"}}) {
    ProbeBench bench(dns(row.type, {"other", row.expected}));
    bench.bytes(answered(bench, 0, number_of(row.type), row.data));
    EXPECT_EQ(bench.verdict(), row.verdict) << row.expected;
  }
}

TEST(DnsProbe, waits_on_when_the_answer_is_to_something_else_and_fails_by_what_is_none) {
  ProbeBench bench(dns(config::DnsType::a, {}));
  std::string other = answered(bench, 0);
  other[0] = 1;
  bench.bytes(other);
  EXPECT_EQ(bench.verdict(), "");
  bench.bytes("nonsense");
  EXPECT_EQ(bench.verdict(), "failed: its answer cannot be read: it is shorter than a header");
}

}  // namespace
}  // namespace poise::control::health
