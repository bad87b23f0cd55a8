#include "control/health/prober.hpp"

#include <gtest/gtest.h>

#include "config/types/limits.hpp"

namespace poise::control::health {
namespace {

using namespace std::chrono_literals;

// FakeConnection - what a probe said over it; a test plays the server.
struct FakeConnection : Connection {
  explicit FakeConnection(std::string& to) : sent(to) {}
  void send(std::string_view bytes) override { sent += bytes; }
  std::string& sent;
};

struct Bench {
  Bench() {
    prober.set_connector([this](const ConnectionTarget& target, ConnectionEvents on) {
      targets.push_back(target);
      events = std::move(on);
      return std::make_unique<FakeConnection>(sent);
    });
  }
  void begin(TargetId id, config::Check check, const char* address = "10.0.0.11") {
    check.interval_ms = 1000;
    const Target target{check, *parse_ip(address), std::uint16_t(check.kind == config::CheckKind::icmp ? 0 : 80),
                        "nobody"};
    prober.begin(now, id, std::make_shared<const Plan>(target, "node1"));
  }
  void pass(Duration time) {
    for (const Instant end = now + time; now < end;) {
      now = std::min(end, std::max(now + 1ns, prober.deadline()));
      prober.on_deadline(now);
    }
  }
  // The other side's packet: what came to `ends`, from there.
  bool answer(const Ends& ends, std::string_view data) {
    return prober.on_packet(now, make_datagram({ends.peer, ends.local, ends.port, ends.local_port}, data));
  }
  Ends ends_of(std::size_t packet) const {
    const auto read = read_answer(packets.at(packet));  // a datagram of ours reads as one to its receiver
    ensure(read.has_value());
    return {read->ends.peer, read->ends.local, read->ends.port, read->ends.local_port};
  }

  Instant now{10s};
  bool has_path = true, has_room = true;
  std::vector<std::vector<std::uint8_t>> packets;
  std::vector<std::string> verdicts;
  std::vector<Job> jobs;
  std::vector<Runner::Done> job_ends;
  std::vector<ConnectionTarget> targets;
  ConnectionEvents events;
  std::string sent;
  Prober prober{{[](const IpAddr& to) { return parse_ip(to.is_v4() ? "10.0.0.1" : "2001:db8::1"); },
                 [this](const IpAddr&) { return has_path ? std::optional(Prober::Path{}) : std::nullopt; },
                 [this](const Prober::Path&, const auto& packet) {
                   if (has_room) packets.push_back(packet);
                   return has_room;
                 },
                 [this](Job job, const Runner::Done& done) {
                   jobs.push_back(std::move(job));
                   job_ends.push_back(done);
                 },
                 [this](TargetId id, const Verdict& verdict) {
                   verdicts.push_back(std::to_string(id) + (verdict.passed ? " passed" : " failed") +
                                      (verdict.reason.empty() ? "" : ": " + verdict.reason) +
                                      (verdict.weight ? ", weight " + std::to_string(*verdict.weight) : ""));
                 },
                 [this](TargetId id) { verdicts.push_back(std::to_string(id) + " not done"); }}};
};
using Lines = std::vector<std::string>;

config::Check datagram() {
  config::Check check;
  check.kind = config::CheckKind::udp;
  check.exchange = {.payload = "hello", .reply_required = true};
  return check;
}
config::Check program(bool weight = false) {
  config::Check check;
  check.kind = config::CheckKind::exec;
  check.exec = {{"/bin/check", "x"}, std::nullopt, weight};
  return check;
}

TEST(Prober, answers_find_their_probe_by_its_own_port) {
  Bench bench;
  bench.begin(1, datagram());
  bench.begin(2, datagram());
  ASSERT_EQ(bench.packets.size(), 2u);
  const Ends one = bench.ends_of(0), two = bench.ends_of(1);
  EXPECT_NE(one.local_port, two.local_port);
  for (const Ends& ends : {one, two}) {
    EXPECT_GE(ends.local_port, limits::probe_port_first);
    EXPECT_LT(ends.local_port, limits::probe_port_first + limits::probe_ports);
    EXPECT_EQ(ends.port, 80);
  }
  EXPECT_TRUE(bench.answer(two, "hi"));
  EXPECT_EQ(bench.verdicts, Lines{"2 passed"});
  EXPECT_FALSE(bench.answer(two, "hi"));  // it is over
  Ends stranger = one;
  stranger.port = 81;
  EXPECT_FALSE(bench.answer(stranger, "hi"));
  bench.pass(1s);
  EXPECT_EQ(bench.verdicts, (Lines{"2 passed", "1 failed: no answer in 1000 ms"}));
  EXPECT_EQ(bench.prober.running(), 0u);
  EXPECT_EQ(bench.prober.deadline(), never);
}

TEST(Prober, sends_as_soon_as_there_is_a_way_and_says_when_there_was_none) {
  Bench bench;
  bench.has_path = false;
  bench.begin(1, datagram());
  bench.pass(100ms);
  EXPECT_TRUE(bench.packets.empty());
  bench.has_path = true;
  bench.has_room = false;
  bench.pass(100ms);
  bench.has_room = true;
  bench.pass(10ms);
  EXPECT_EQ(bench.packets.size(), 1u);
  bench.has_path = false;
  bench.begin(2, datagram());
  bench.pass(1s);
  EXPECT_EQ(bench.verdicts, (Lines{"1 failed: no answer in 1000 ms", "2 failed: there is no way to the server"}));
}

TEST(Prober, as_many_probes_of_one_server_run_as_there_are_ports) {
  Bench bench;
  for (TargetId id = 0; id <= limits::probe_ports; ++id) bench.begin(id, datagram());
  EXPECT_EQ(bench.packets.size(), limits::probe_ports);
  bench.answer(bench.ends_of(5), "hi");
  bench.pass(10ms);
  EXPECT_EQ(bench.packets.size(), limits::probe_ports + 1);
}

TEST(Prober, a_cancelled_probe_says_nothing) {
  Bench bench;
  bench.begin(1, datagram());
  const Ends ends = bench.ends_of(0);
  bench.prober.cancel(1);
  EXPECT_FALSE(bench.answer(ends, "hi"));
  bench.begin(2, program());
  bench.prober.cancel(2);
  bench.job_ends[0]({0, JobResult::Outcome::done, ""});
  bench.pass(2s);
  EXPECT_EQ(bench.verdicts, Lines{});
}

TEST(Prober, probes_over_tcp_speak_through_a_connection) {
  Bench bench;
  config::Check check;
  check.exchange = {.payload = "PING", .expected = "PONG"};
  bench.begin(1, check);
  ASSERT_EQ(bench.targets.size(), 1u);
  EXPECT_EQ(bench.targets[0].port, 80);
  EXPECT_FALSE(bench.targets[0].tls);
  bench.events.connected();
  EXPECT_EQ(bench.sent, "PING");
  bench.events.bytes("PONG");
  EXPECT_EQ(bench.verdicts, Lines{"1 passed"});
  bench.events.closed();  // comes late: nobody listens
  bench.begin(2, check);
  bench.events.failed("connection refused");
  EXPECT_EQ(bench.verdicts.back(), "2 failed: connection refused");
  config::Check https{.kind = config::CheckKind::https};
  https.http.host = "www.example.com";
  bench.begin(3, https);
  EXPECT_EQ(bench.targets.back().tls->sni, "www.example.com");
  bench.pass(1s);
  EXPECT_EQ(bench.verdicts.back(), "3 failed: no answer in 1000 ms");
}

TEST(Prober, without_a_connector_nothing_over_tcp_can_be_probed) {
  Bench bench;
  EXPECT_TRUE(bench.prober.can_probe(config::CheckKind::https));
  bench.prober.set_connector(nullptr);
  EXPECT_FALSE(bench.prober.can_probe(config::CheckKind::tcp));
  EXPECT_TRUE(bench.prober.can_probe(config::CheckKind::icmp));
  EXPECT_TRUE(bench.prober.can_probe(config::CheckKind::exec));
}

TEST(Prober, a_program_knows_whom_it_checks_and_its_exit_code_decides) {
  Bench bench;
  bench.begin(1, program());
  ASSERT_EQ(bench.jobs.size(), 1u);
  EXPECT_EQ(bench.jobs[0].command, (Lines{"/bin/check", "x"}));
  EXPECT_EQ(bench.jobs[0].user, "nobody");
  EXPECT_EQ(bench.jobs[0].timeout_ms, 1000u);
  EXPECT_EQ(bench.jobs[0].environment, (Lines{"POISE_ADDRESS=10.0.0.11", "POISE_PORT=80"}));
  struct Row {
    bool weight;
    JobResult result;
    std::string verdict;
  };
  using enum JobResult::Outcome;
  bench.prober.cancel(1);
  for (const Row& row :
       {Row{false, {0, done, ""}, "1 passed"}, Row{false, {0, failed, "exit code 3"}, "1 failed: exit code 3"},
        Row{true, {0, failed, "exit code 3"}, "1 passed: exit code 3, weight 1"},
        Row{true, {0, failed, "exit code 1"}, "1 failed: exit code 1"},
        Row{true, {0, failed, "ended by signal 9"}, "1 failed: ended by signal 9"},
        Row{true, {0, timed_out, ""}, "1 failed: the program did not end in time"},
        Row{false, {0, unavailable, "too many jobs"}, "1 not done"}}) {
    bench.begin(1, program(row.weight));
    bench.job_ends.back()(row.result);
    EXPECT_EQ(bench.verdicts.back(), row.verdict);
  }
}

}  // namespace
}  // namespace poise::control::health
