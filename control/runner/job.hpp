#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"

namespace poise::control {

// Job - what poised has done outside of its own process: a program run, a file read, a mail sent. Whatever may wait,
// for a disk, a name server or a mail server, waits there.
struct Job {
  enum class Kind : std::uint8_t { run, read, mail };
  std::uint64_t id = 0;
  Kind kind = Kind::run;
  std::vector<std::string> command;      // run: program and arguments
  std::vector<std::string> environment;  // run: "NAME=value", besides PATH
  std::string user;                      // run: as whom, when poised is root
  std::string path;                      // read
  config::Mail mail;                     // mail
  std::string subject, body;             // mail
  std::uint32_t timeout_ms = 30'000;
  bool operator==(const Job&) const = default;
};

struct JobResult {
  enum class Outcome : std::uint8_t { done, failed, timed_out, unavailable };  // unavailable: it was not even begun
  std::uint64_t id = 0;
  Outcome outcome = Outcome::failed;
  std::string text;  // read: what the file begins with; failed: why
  bool operator==(const JobResult&) const = default;
};

// One message each between poised and its runner, JSON. Reading refuses what is not one.
inline constexpr std::size_t job_message_max = 128 * 1024;
std::string write_job(const Job& job);
std::optional<Job> read_job(std::string_view message);
std::string write_result(const JobResult& result);
std::optional<JobResult> read_result(std::string_view message);

}  // namespace poise::control
