#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "config/model.hpp"
#include "config/types/time.hpp"
#include "control/runner/job.hpp"
#include "vrrp/actions.hpp"

namespace poise::control {

// Notifier - tells programs and mail boxes about changes of virtual routers and sync groups: programs one after the
// other, in the order in which it happened, each to its end or its timeout before the next begins; mails likewise,
// beside them. A mail that is not taken is sent again; the queues have a limit, and what does not fit is counted.
// Sans-io. Thread: control's.
class Notifier {
 public:
  using Done = std::function<void(const JobResult& result)>;
  struct Hooks {
    std::function<void(Job job, Done done)> run;
    std::function<void(const std::string& what, const std::string& why)> failed;
  };
  explicit Notifier(Hooks hooks) : hooks_(std::move(hooks)) {}

  void apply(const config::Config& config);
  // `priority`: the effective one.
  void on_change(const std::string& instance, const vrrp::Changed& changed, std::uint8_t priority);
  void on_deadline(Instant now);
  Instant deadline() const { return std::min(commands_.deadline(), mails_.deadline()); }
  bool is_empty() const { return queued() == 0; }

  struct Counters {
    std::uint64_t done = 0, failed = 0, dropped = 0;
  };
  const Counters& counters() const { return counters_; }
  std::size_t queued() const { return commands_.queue.size() + mails_.queue.size(); }

 private:
  struct Notice {
    Job job;
    std::string what;  // for the log
    int tries = 0;
  };
  struct Lane {
    std::deque<Notice> queue;
    bool is_running = false;  // its first
    Instant not_before{};
    Instant deadline() const { return queue.empty() || is_running ? never : not_before; }
  };
  void tell(const config::VrrpNotify& notify, const std::string& kind, const std::string& name, vrrp::State state,
            std::uint8_t priority);
  void push(Job job, std::string what);
  void go_on(Instant now, Lane& lane);
  void take(Lane& lane, const JobResult& result);
  void follow_group(const std::string& instance, vrrp::State state, std::uint8_t priority);

  Hooks hooks_;
  config::Vrrp vrrp_;
  std::optional<config::Mail> mail_;
  std::string node_;
  std::map<std::string, vrrp::State> states_, group_states_;
  Lane commands_, mails_;
  Instant now_{};
  Counters counters_;
};

}  // namespace poise::control
