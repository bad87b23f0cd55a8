#include "control/health/smtp_probe.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

config::Check smtp(std::optional<std::string> helo = {}) {
  config::Check check;
  check.kind = config::CheckKind::smtp;
  check.smtp.helo = std::move(helo);
  return check;
}

TEST(SmtpProbe, says_helo_to_a_greeting_and_quits) {
  ProbeBench bench(smtp());
  bench.connected();
  EXPECT_EQ(bench.take_sent(), "");
  bench.bytes("220-mail.example.com\r\n220 rea");
  EXPECT_EQ(bench.take_sent(), "");
  bench.bytes("dy\r\n");
  EXPECT_EQ(bench.take_sent(), "HELO node1\r\n");
  bench.bytes("250 hello\r\n");
  EXPECT_EQ(bench.take_sent(), "QUIT\r\n");
  EXPECT_EQ(bench.verdict(), "passed");
}

TEST(SmtpProbe, gives_the_name_that_is_configured) {
  ProbeBench bench(smtp("me.example.com"));
  bench.bytes("220 ready\n");
  EXPECT_EQ(bench.take_sent(), "HELO me.example.com\r\n");
}

TEST(SmtpProbe, fails_by_any_other_reply) {
  struct Row {
    std::string said, verdict;
  };
  for (const Row& row :
       {Row{"554 go away\r\n", "failed: it says \"554 go away\""},
        Row{"220 hi\r\n421 busy\x1b\r\n", "failed: it says \"421 busy?\""}, Row{"\r\n", "failed: it says \"\""},
        Row{std::string(600, 'x'), "failed: a line of more than 512 bytes"}}) {
    ProbeBench bench(smtp());
    bench.bytes(row.said);
    EXPECT_EQ(bench.verdict(), row.verdict);
  }
  ProbeBench bench(smtp());
  bench.bytes("220 hi\r\n");
  bench.closed();
  EXPECT_EQ(bench.verdict(), "failed: the server closed the connection");
}

}  // namespace
}  // namespace poise::control::health
