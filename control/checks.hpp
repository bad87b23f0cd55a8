#pragma once
#include <functional>
#include <map>
#include <string>

#include "config/model.hpp"
#include "config/types/time.hpp"
#include "control/runner/job.hpp"
#include "vrrp/tracking.hpp"

namespace poise::control {

// Checks - the scripts and files of the configuration: when each is due, and whether it is up. Sans-io: what is due is
// handed to `run`, which answers when it has been done. Thread: control's.
class Checks {
 public:
  using Done = std::function<void(const JobResult& result)>;
  struct Hooks {
    std::function<void(Job job, Done done)> run;
    std::function<void(const std::string& kind, const std::string& name, bool up, const std::string& why)> changed;
  };
  explicit Checks(Hooks hooks) : hooks_(std::move(hooks)) {}

  void apply(Instant now, const config::Vrrp& vrrp);  // checks that stay go on
  void on_deadline(Instant now);
  Instant deadline() const;

  using State = vrrp::Tracked::State;
  struct Row {
    Job job;
    Duration interval{};
    std::uint8_t rise = 1, fall = 1;
    State state = State::unknown;
    std::int64_t value = 0;      // of a file
    std::uint32_t in_a_row = 0;  // results that speak against the state
    std::uint64_t runs = 0, failures = 0, timeouts = 0;
    std::string last_problem;  // "": the last one went well
    Instant next{};
    std::uint64_t running = 0;  // which run is under way; 0: none
  };
  using Rows = std::map<std::string, Row>;
  const Rows& scripts() const { return scripts_; }
  const Rows& files() const { return files_; }

 private:
  void start(Instant now, Rows& rows, const std::string& name);
  void take_script(Rows::iterator row, const JobResult& result);
  void take_file(Rows::iterator row, const JobResult& result);
  void change(const std::string& kind, Rows::iterator row, State state);

  Hooks hooks_;
  Rows scripts_, files_;
  std::uint64_t next_run_ = 1;
};

}  // namespace poise::control
