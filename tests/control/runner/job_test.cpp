#include "control/runner/job.hpp"

#include <gtest/gtest.h>

namespace poise::control {
namespace {

TEST(Job, what_is_written_is_read_back) {
  Job run;
  run.id = 7;
  run.command = {"/bin/echo", "two words", "\xff not UTF-8"};
  run.user = "nobody";
  run.timeout_ms = 250;
  Job read;
  read.kind = Job::Kind::read;
  read.path = "/run/drain";
  Job mail;
  mail.kind = Job::Kind::mail;
  mail.mail.server = "smtp.example.com";
  mail.mail.security = config::MailSecurity::tls;
  mail.mail.user = "poise";
  mail.mail.password = "secret";
  mail.mail.from = "poise@example.com";
  mail.mail.to = {"a@example.com", "b@example.com"};
  mail.subject = "[node] VI_1 is MASTER";
  mail.body = "line\nline\n";
  EXPECT_EQ(read_job(write_job(read)), read);
  EXPECT_EQ(read_job(write_job(mail)), mail);
  run.command[2] = "plain";
  EXPECT_EQ(read_job(write_job(run)), run);
  const JobResult result{7, JobResult::Outcome::timed_out, "why"};
  EXPECT_EQ(read_result(write_result(result)), result);
}

TEST(Job, what_is_no_message_is_refused) {
  for (const char* text : {"", "x", "[]", "{}", R"({"id": 1, "kind": 9, "timeout_ms": 1})",
                           R"({"id": 1, "kind": 0, "timeout_ms": 1, "command": [], "user": ""})",
                           R"({"id": 1, "kind": 0, "timeout_ms": 1})"})
    EXPECT_FALSE(read_job(text).has_value()) << text;
  for (const char* text : {"", "{}", R"({"id": 1, "outcome": 4, "text": ""})", R"({"id": 1, "outcome": 0, "text": 5})"})
    EXPECT_FALSE(read_result(text).has_value()) << text;
}

TEST(Job, bytes_that_are_no_text_do_not_stop_a_message) {
  Job job;
  job.command = {"/bin/true", "\xff\xfe"};
  EXPECT_TRUE(read_job(write_job(job)).has_value());
}

}  // namespace
}  // namespace poise::control
