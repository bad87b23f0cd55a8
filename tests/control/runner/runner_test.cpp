#include "control/runner/runner.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace poise::control {
namespace {

using namespace std::chrono_literals;

// A runner, its process, and a folder that everybody may write to.
class RunnerTest : public testing::Test {
 protected:
  RunnerTest() : runner_(*Runner::start()) {
    char name[] = "/tmp/poise-runner-test-XXXXXX";
    folder_ = mkdtemp(name);
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
  }
  ~RunnerTest() override { std::filesystem::remove_all(folder_); }

  JobResult result_of(Job job) {
    std::optional<JobResult> result;
    runner_->run(std::move(job), [&](const JobResult& of) { result = of; });
    wait([&] { return result.has_value(); });
    EXPECT_TRUE(result.has_value());
    return result.value_or(JobResult{});
  }
  template <class Condition>
  void wait(Condition condition) {
    while (!condition()) {
      pollfd waited{runner_->descriptor(), POLLIN, 0};
      ASSERT_GT(::poll(&waited, 1, 20'000), 0);
      runner_->poll();
    }
  }
  static Job shell(const std::string& script, std::uint32_t timeout_ms = 10'000) {
    Job job;
    job.command = {"/bin/sh", "-c", script};
    job.user = "nobody";
    job.timeout_ms = timeout_ms;
    return job;
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  static std::string text_of(const std::string& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::unique_ptr<Runner> runner_;
  std::string folder_;
};

TEST_F(RunnerTest, a_programs_exit_code_is_its_result) {
  EXPECT_EQ(result_of(shell("exit 0")).outcome, JobResult::Outcome::done);
  const JobResult failed = result_of(shell("exit 3"));
  EXPECT_EQ(failed.outcome, JobResult::Outcome::failed);
  EXPECT_EQ(failed.text, "exit code 3");
  EXPECT_EQ(result_of(shell("kill -KILL $$")).text, "ended by signal 9");
}

TEST_F(RunnerTest, a_program_that_is_not_there_is_said) {
  Job job = shell("");
  job.command = {"/does/not/exist"};
  const JobResult result = result_of(job);
  EXPECT_EQ(result.outcome, JobResult::Outcome::failed);
  EXPECT_NE(result.text.find("No such file"), std::string::npos) << result.text;
}

TEST_F(RunnerTest, at_its_timeout_a_program_ends_with_all_it_has_started) {
  const auto begin = std::chrono::steady_clock::now();
  const JobResult result = result_of(shell("trap '' TERM; sleep 60 & sleep 60; sleep 60", 200));
  EXPECT_EQ(result.outcome, JobResult::Outcome::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(RunnerTest, a_program_gets_its_arguments_no_environment_and_no_open_files) {
  EXPECT_EQ(result_of(shell("env > " + file("env") + "; ls -l /proc/$$/fd | wc -l > " + file("files"))).outcome,
            JobResult::Outcome::done);
  const std::string environment = text_of(file("env"));
  EXPECT_NE(environment.find("PATH="), std::string::npos);
  EXPECT_EQ(environment.find("HOME="), std::string::npos);
  EXPECT_LE(std::stoi(text_of(file("files"))), 5);  // a line of totals, three, and what ls opens itself
}

TEST_F(RunnerTest, as_root_it_runs_as_the_user_who_is_named) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(result_of(shell("id -un > " + file("who"))).outcome, JobResult::Outcome::done);
  EXPECT_EQ(text_of(file("who")), "nobody\n");
  Job stranger = shell("true");
  stranger.user = "no-such-user";
  EXPECT_EQ(result_of(stranger).text, "no user is named no-such-user");
}

TEST_F(RunnerTest, a_program_that_others_may_change_is_not_run_as_root) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  std::ofstream(file("script")) << "#!/bin/sh\n";
  std::filesystem::permissions(file("script"), std::filesystem::perms::all);
  Job job;
  job.command = {file("script")};
  job.user = "root";
  EXPECT_NE(result_of(job).text.find("may be changed by others"), std::string::npos);
  job.command = {"/bin/true"};
  EXPECT_EQ(result_of(job).outcome, JobResult::Outcome::done);
}

TEST_F(RunnerTest, a_file_is_read_from_its_beginning) {
  std::ofstream(file("number")) << "42\n";
  Job job;
  job.kind = Job::Kind::read;
  job.path = file("number");
  EXPECT_EQ(result_of(job), (JobResult{1, JobResult::Outcome::done, "42\n"}));
  job.path = file("missing");
  EXPECT_EQ(result_of(job).outcome, JobResult::Outcome::failed);
  job.path = folder_;
  EXPECT_EQ(result_of(job).outcome, JobResult::Outcome::failed);
}

TEST_F(RunnerTest, many_at_once_all_have_a_result) {
  int done = 0, failed = 0;
  for (int i = 0; i < 200; ++i)
    runner_->run(shell("exit 0"),
                 [&](const JobResult& result) { ++(result.outcome == JobResult::Outcome::done ? done : failed); });
  wait([&] { return done + failed == 200; });
  EXPECT_EQ(done + failed, 200);
  EXPECT_GE(done, 128);  // the others were refused
}

TEST_F(RunnerTest, what_is_too_large_fails_at_once) {
  Job job = shell("true");
  job.command.push_back(std::string(job_message_max, 'x'));
  EXPECT_EQ(result_of(job).text, "the job is too large");
}

// Else a poised that was killed could not be started again while a script runs.
TEST_F(RunnerTest, what_poised_has_locked_is_free_once_poised_is_gone) {
  const auto lock = [this] {
    const int descriptor = open(file("lock").c_str(), O_RDWR | O_CREAT, 0600);
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? descriptor : -1;
  };
  const int first = lock();
  ASSERT_GE(first, 0);
  const auto heir = Runner::start();
  ASSERT_TRUE(heir.has_value());
  std::optional<JobResult> result;
  (*heir)->run(shell("true"), [&](const JobResult& of) { result = of; });
  while (!result) {  // it runs, and has closed what it does not need
    pollfd waited{(*heir)->descriptor(), POLLIN, 0};
    ASSERT_GT(::poll(&waited, 1, 20'000), 0);
    (*heir)->poll();
  }
  close(first);
  const int second = lock();
  EXPECT_GE(second, 0);
  close(second);
}

// A notification under way when poised ends is still delivered.
TEST_F(RunnerTest, programs_outlive_poised_and_the_process_ends_behind_them) {
  ASSERT_EQ(mkfifo(file("told").c_str(), 0666), 0);
  std::filesystem::permissions(file("told"), std::filesystem::perms::all);
  runner_->run(shell("sleep 0.3; echo told > " + file("told")), [](const JobResult&) {});
  runner_.reset();
  EXPECT_EQ(text_of(file("told")), "told\n");
}

}  // namespace
}  // namespace poise::control
