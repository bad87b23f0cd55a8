#include "control/checks.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::control {
namespace {

using namespace std::chrono_literals;
using State = Checks::State;

const JobResult good{0, JobResult::Outcome::done, ""};
const JobResult bad{0, JobResult::Outcome::failed, "exit code 1"}, late{0, JobResult::Outcome::timed_out, ""};
JobResult content(const std::string& text) { return {0, JobResult::Outcome::done, text}; }

// Checks, what they asked for, and what they said.
struct Bench {
  explicit Bench(const config::Vrrp& wanted) { checks.apply(now, wanted); }

  void pass(Duration time) {
    for (const Instant end = now + time; now < end; now += 10ms) checks.on_deadline(now);
  }
  void answer(const JobResult& result) {
    ASSERT_FALSE(asked.empty());
    const auto done = asked.front().second;
    asked.erase(asked.begin());
    done(result);
  }
  void run(const JobResult& result) {  // the next one, to its end
    while (asked.empty()) pass(10ms);
    answer(result);
  }
  State script() const { return checks.scripts().at("check").state; }

  Instant now{1000s};
  std::vector<std::pair<Job, Checks::Done>> asked;
  std::vector<std::string> said;
  Checks checks{{[this](Job job, Checks::Done done) { asked.emplace_back(std::move(job), std::move(done)); },
                 [this](const std::string& kind, const std::string& name, bool up, const std::string&) {
                   said.push_back(kind + " " + name + (up ? " up" : " down"));
                 }}};
};

config::Vrrp with_script(std::uint8_t rise = 1, std::uint8_t fall = 1) {
  config::Vrrp vrrp;
  config::VrrpScript& script = vrrp.scripts["check"];
  script.command = {"/bin/check"};
  script.rise = rise;
  script.fall = fall;
  return vrrp;
}
config::Vrrp with_file() {
  config::Vrrp vrrp;
  vrrp.files["drain"].path = "/run/drain";
  return vrrp;
}

TEST(Checks, a_script_is_run_at_once_and_then_every_interval) {
  Bench bench(with_script());
  EXPECT_EQ(bench.script(), State::unknown);
  bench.pass(10ms);
  ASSERT_EQ(bench.asked.size(), 1u);
  EXPECT_EQ(bench.asked[0].first.command, std::vector<std::string>{"/bin/check"});
  EXPECT_EQ(bench.asked[0].first.user, "nobody");
  EXPECT_EQ(bench.asked[0].first.timeout_ms, 1000u);
  bench.answer(good);
  EXPECT_EQ(bench.script(), State::up);
  bench.pass(980ms);
  EXPECT_TRUE(bench.asked.empty());
  bench.pass(20ms);
  EXPECT_EQ(bench.asked.size(), 1u);
}

TEST(Checks, one_that_takes_long_is_not_run_twice_at_once) {
  Bench bench(with_script());
  bench.pass(5s);
  EXPECT_EQ(bench.asked.size(), 1u);
  bench.answer(late);
  EXPECT_EQ(bench.script(), State::down);
  EXPECT_EQ(bench.checks.scripts().at("check").timeouts, 1u);
}

TEST(Checks, it_takes_rise_successes_and_fall_failures_in_a_row) {
  Bench bench(with_script(3, 2));
  bench.run(good);  // the first result counts at once
  EXPECT_EQ(bench.script(), State::up);
  bench.run(bad);
  bench.run(good);
  bench.run(bad);
  EXPECT_EQ(bench.script(), State::up);
  bench.run(bad);
  EXPECT_EQ(bench.script(), State::down);
  bench.run(good);
  bench.run(good);
  EXPECT_EQ(bench.script(), State::down);
  bench.run(good);
  EXPECT_EQ(bench.script(), State::up);
  EXPECT_EQ(bench.said, (std::vector<std::string>{"script check up", "script check down", "script check up"}));
}

TEST(Checks, a_file_is_up_at_zero_and_its_number_is_told) {
  Bench bench(with_file());
  const auto state = [&] { return bench.checks.files().at("drain").state; };
  const auto value = [&] { return bench.checks.files().at("drain").value; };
  bench.run(content(" -7\n"));
  EXPECT_EQ(state(), State::down);
  EXPECT_EQ(value(), -7);
  bench.run(content("0"));
  EXPECT_EQ(state(), State::up);
  bench.run(content("2"));
  bench.run(content("3"));
  EXPECT_EQ(value(), 3);
  for (const JobResult& nothing : {bad, content(""), content("x"), content("99999999999999999999")}) {
    bench.run(content("3"));
    bench.run(nothing);
    EXPECT_EQ(state(), State::up);
    EXPECT_EQ(value(), 0);
  }
}

TEST(Checks, what_stays_in_the_configuration_stays_as_it_is) {
  Bench bench(with_script());
  bench.run(bad);
  config::Vrrp wanted = with_script();
  wanted.files["drain"].path = "/run/drain";
  bench.checks.apply(bench.now, wanted);
  EXPECT_EQ(bench.script(), State::down);
  wanted.scripts["check"].command.push_back("-v");
  bench.checks.apply(bench.now, wanted);
  EXPECT_EQ(bench.script(), State::unknown);
}

TEST(Checks, a_check_that_could_not_be_run_says_nothing) {
  Bench bench(with_script());
  bench.run(good);
  bench.run({0, JobResult::Outcome::unavailable, "gone"});
  EXPECT_EQ(bench.script(), State::up);
  EXPECT_EQ(bench.checks.scripts().at("check").last_problem, "gone");
}

TEST(Checks, the_answer_to_a_check_that_is_gone_is_nobodys) {
  Bench bench(with_script());
  bench.pass(10ms);
  bench.checks.apply(bench.now, {});
  bench.answer(bad);
  bench.checks.apply(bench.now, with_script());
  EXPECT_EQ(bench.script(), State::unknown);
}

TEST(Checks, the_deadline_is_the_next_run) {
  Bench bench({});
  EXPECT_EQ(bench.checks.deadline(), never);
  bench.checks.apply(bench.now, with_script());
  EXPECT_EQ(bench.checks.deadline(), bench.now);
  bench.checks.on_deadline(bench.now);
  EXPECT_EQ(bench.checks.deadline(), never) << "while it runs";
  bench.answer(good);
  EXPECT_EQ(bench.checks.deadline(), bench.now + 1s);
}

}  // namespace
}  // namespace poise::control
