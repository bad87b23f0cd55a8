#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "control/proxy/check_run.hpp"

namespace poise::control::proxy {

using CheckId = std::uint64_t;

// What became of a check.
struct CheckFound {
  CheckId id = 0;
  l7::health::Result result;
  std::string reply;  // of an agent
};

// CheckRunner - carries out checks over a Connector's connections, many at a time. Thread: one, that of the connector's
// events.
class CheckRunner {
 public:
  using Done = std::function<void(CheckFound found)>;
  CheckRunner(health::Connector connector, Done done) : connector_(std::move(connector)), done_(std::move(done)) {}

  void begin(Instant now, CheckId id, std::shared_ptr<const CheckPlan> plan);
  void cancel(CheckId id);
  void set_clock(Instant now) { now_ = now; }  // before events of connections
  void on_deadline(Instant now);
  Instant deadline() const;
  std::size_t running() const { return runs_.size(); }

 private:
  struct Run {
    explicit Run(std::shared_ptr<const CheckPlan> plan) : check(std::move(plan)) {}
    CheckRun check;
    std::unique_ptr<health::Connection> connection;
    std::uint64_t connections = 0;  // events of those before the last are late
    Instant due = never;
  };
  void carry_out(CheckId id, const CheckActions& actions);
  void open(CheckId id, Run& run, const health::ConnectionTarget& target);
  void arm(CheckId id, Run& run);
  template <class Step>
  void step(CheckId id, std::uint64_t connection, Step&& step);

  const health::Connector connector_;
  const Done done_;
  Instant now_{};
  std::map<CheckId, Run> runs_;
  std::set<std::pair<Instant, CheckId>> due_;
  std::vector<std::unique_ptr<health::Connection>> ended_;  // one may be ended from within an event of its own
};

}  // namespace poise::control::proxy
