#include "control/notifier.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::control {
namespace {

using namespace std::chrono_literals;
using vrrp::State;

const JobResult good{0, JobResult::Outcome::done, ""};
const JobResult bad{0, JobResult::Outcome::failed, "refused"};

config::Config document() {
  config::Config config;
  config.node.name = "LVS_DEMO";
  config.vrrp.script_user = "keeper";
  config.vrrp.notify_timeout_ms = 700;
  for (const char* name : {"one", "two"}) {
    config.vrrp.instances[name].notify.any = {"/bin/notify", "site 1"};
    config.vrrp.instances[name].notify.master = {"/bin/master"};
    config.vrrp.instances[name].notify.stop = {"/bin/stop"};
  }
  return config;
}

struct Bench {
  explicit Bench(const config::Config& config) { notifier.apply(config); }
  void change(const std::string& instance, State to, std::uint8_t priority = 100) {
    notifier.on_change(instance, {State::init, to, vrrp::Reason::started}, priority);
  }
  // Runs what is due, each with this result; the command lines.
  std::vector<std::string> told(const JobResult& result = good) {
    std::vector<std::string> lines;
    for (int i = 0; i < 100; ++i) {
      notifier.on_deadline(now);
      if (asked.empty()) break;
      const auto [job, done] = asked.front();
      asked.erase(asked.begin());
      std::string line = job.subject;
      for (const std::string& word : job.command) line += (line.empty() ? "" : " ") + word;
      lines.push_back(line);
      done(result);
    }
    return lines;
  }

  Instant now{1000s};
  std::vector<std::pair<Job, Notifier::Done>> asked;
  std::vector<std::string> failures;
  Notifier notifier{
      {[this](Job job, Notifier::Done done) { asked.emplace_back(std::move(job), std::move(done)); },
       [this](const std::string& what, const std::string& why) { failures.push_back(what + ": " + why); }}};
};

using Lines = std::vector<std::string>;

TEST(Notifier, a_change_is_told_to_the_program_of_the_state_and_then_to_the_one_for_all) {
  Bench bench(document());
  bench.change("one", State::master, 150);
  EXPECT_EQ(bench.told(), (Lines{"/bin/master", "/bin/notify site 1 INSTANCE one MASTER 150"}));
  bench.change("one", State::fault);
  bench.change("one", State::backup);
  bench.change("one", State::init);
  EXPECT_EQ(bench.told(),
            (Lines{"/bin/notify site 1 INSTANCE one FAULT 100", "/bin/notify site 1 INSTANCE one BACKUP 100",
                   "/bin/stop", "/bin/notify site 1 INSTANCE one STOP 100"}));
  EXPECT_TRUE(bench.notifier.is_empty());
  EXPECT_EQ(bench.notifier.counters().done, 6u);
}

TEST(Notifier, programs_run_one_after_the_other_as_the_configured_user) {
  Bench bench(document());
  bench.change("one", State::master);
  bench.notifier.on_deadline(bench.now);
  bench.notifier.on_deadline(bench.now);
  ASSERT_EQ(bench.asked.size(), 1u);
  EXPECT_EQ(bench.asked[0].first.user, "keeper");
  EXPECT_EQ(bench.asked[0].first.timeout_ms, 700u);
  EXPECT_EQ(bench.notifier.deadline(), never) << "until it has ended";
}

TEST(Notifier, one_that_fails_is_reported_and_the_next_one_runs) {
  Bench bench(document());
  bench.change("one", State::master);
  EXPECT_EQ(bench.told(bad).size(), 2u);
  EXPECT_EQ(bench.failures, (Lines{"/bin/master: refused", "/bin/notify: refused"}));
  EXPECT_EQ(bench.notifier.counters().failed, 2u);
}

TEST(Notifier, a_group_is_told_of_once_all_members_are_there_and_of_the_first_fault) {
  config::Config config = document();
  for (auto& [name, instance] : config.vrrp.instances) instance.notify = {};
  config.vrrp.groups["both"] = {{"one", "two"}, {}, {}};
  config.vrrp.groups["both"].notify.any = {"/bin/group"};
  Bench bench(config);
  bench.change("one", State::master);
  EXPECT_EQ(bench.told(), Lines{});
  bench.change("two", State::master);
  EXPECT_EQ(bench.told(), (Lines{"/bin/group GROUP both MASTER 100"}));
  bench.change("two", State::fault);
  EXPECT_EQ(bench.told(), (Lines{"/bin/group GROUP both FAULT 100"}));
  bench.change("one", State::fault);
  EXPECT_EQ(bench.told(), Lines{});
}

TEST(Notifier, a_mail_names_the_node_and_is_sent_again_when_it_was_not_taken) {
  config::Config config = document();
  config.vrrp.instances["one"].notify = {};
  config.vrrp.instances["one"].notify.mail = true;
  config.mail = config::Mail{};
  config.mail->to = {"admin@example.com"};
  Bench bench(config);
  bench.change("one", State::master);
  EXPECT_EQ(bench.told(bad), (Lines{"[LVS_DEMO] VRRP instance one is MASTER"}));
  EXPECT_EQ(bench.failures, (Lines{"mail to admin@example.com: refused; to be sent again"}));
  EXPECT_EQ(bench.told(), Lines{}) << "not at once";
  bench.now += 10s;
  EXPECT_EQ(bench.told().size(), 1u);
  EXPECT_TRUE(bench.notifier.is_empty());

  bench.change("one", State::backup);
  for (int i = 0; i < 5; ++i, bench.now += 10s) bench.told(bad);
  EXPECT_TRUE(bench.notifier.is_empty()) << "three times is enough";
  EXPECT_EQ(bench.notifier.counters().failed, 1u);
}

TEST(Notifier, a_mail_server_that_is_down_holds_up_no_program) {
  config::Config config = document();
  config.vrrp.instances["one"].notify.mail = true;
  config.mail = config::Mail{};
  Bench bench(config);
  bench.change("one", State::backup);
  bench.told(bad);
  bench.change("one", State::master);
  EXPECT_EQ(bench.told(), (Lines{"/bin/master", "/bin/notify site 1 INSTANCE one MASTER 100"}));
}

TEST(Notifier, what_does_not_fit_into_the_queue_is_counted) {
  Bench bench(document());
  for (int i = 0; i < 3000; ++i) bench.change("one", State::master);
  EXPECT_EQ(bench.notifier.queued(), 4096u);
  EXPECT_EQ(bench.notifier.counters().dropped, 6000u - 4096u);
  EXPECT_EQ(bench.failures.size(), 1u);
}

}  // namespace
}  // namespace poise::control
