#include "control/health/exchange_probe.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

config::Check exchange(config::CheckKind kind, const config::ExchangeCheck& wanted) {
  config::Check check;
  check.kind = kind;
  check.exchange = wanted;
  return check;
}
using enum config::CheckKind;

TEST(ExchangeProbe, a_connection_alone_passes_when_nothing_is_expected) {
  ProbeBench bench(config::Check{});
  bench.connected();
  EXPECT_EQ(bench.verdict(), "passed");
  ProbeBench refused(config::Check{});
  refused.failed("connection refused");
  EXPECT_EQ(refused.verdict(), "failed: connection refused");
}

TEST(ExchangeProbe, a_stream_passes_when_what_came_in_pieces_matches) {
  ProbeBench bench(exchange(tcp, {.payload = "PING\\x0d\\x0a", .expected = "^\\+PONG\\r\\n"}));
  bench.connected();
  EXPECT_EQ(bench.take_sent(), "PING\r\n");
  bench.bytes("+PO");
  EXPECT_EQ(bench.verdict(), "");
  bench.bytes("NG\r\n");
  EXPECT_EQ(bench.verdict(), "passed");
}

TEST(ExchangeProbe, a_stream_that_ends_or_goes_on_without_what_is_expected_fails) {
  ProbeBench bench(exchange(tcp, {.expected = "x", .reply_bytes_max = 5}));
  bench.connected();
  bench.bytes("12");
  bench.closed();
  EXPECT_EQ(bench.verdict(), "failed: the server closed the connection after 2 bytes, which are not what is expected");
  ProbeBench talker(exchange(tcp, {.expected = "x", .reply_bytes_max = 5}));
  talker.connected();
  talker.bytes("123456789x");
  EXPECT_EQ(talker.verdict(), "failed: the reply is longer than 5 bytes");
}

TEST(ExchangeProbe, without_a_required_reply_silence_passes_and_an_error_fails) {
  ProbeBench bench(exchange(udp, {.payload = "\\x00hello"}));
  EXPECT_EQ(bench.take_sent(), std::string("\0hello", 6));
  bench.pass(1s);
  EXPECT_EQ(bench.verdict(), "passed");
  ProbeBench closed(exchange(udp, {}));
  closed.failed("nobody listens on the port");
  EXPECT_EQ(closed.verdict(), "failed: nobody listens on the port");
}

TEST(ExchangeProbe, a_required_reply_comes_in_time_matches_and_has_the_length) {
  const config::ExchangeCheck wanted{
      .expected = "^\\x00.[\\x40-\\x4f]", .reply_required = true, .reply_bytes_min = 3, .reply_bytes_max = 4};
  struct Row {
    std::string reply, verdict;
  };
  for (const Row& row : {Row{std::string("\0\xff\x41", 3), "passed"},
                         Row{std::string("\0\xff\x51", 3), "failed: the reply is not what is expected"},
                         Row{std::string("\0\xff", 2), "failed: a reply of 2 bytes"},
                         Row{std::string("\0\xff\x41  ", 5), "failed: a reply of 5 bytes"}}) {
    ProbeBench bench(exchange(udp, wanted));
    bench.bytes(row.reply);
    EXPECT_EQ(bench.verdict(), row.verdict);
  }
  ProbeBench bench(exchange(udp, wanted));
  bench.pass(1s);
  EXPECT_EQ(bench.verdict(), "failed: no answer in 1000 ms");
}

}  // namespace
}  // namespace poise::control::health
