#pragma once
#include <optional>

#include "l7/health/agent_reply.hpp"
#include "l7/health/check.hpp"
#include "l7/health/report.hpp"

namespace poise::l7::health {

// ServerHealth - what checks, an agent, the one it tracks, clients' sessions and operators make of one server. Sans-io;
// time is a parameter. Every step says what changed.
class ServerHealth {
 public:
  struct Settings {
    std::optional<Check::Settings> check, agent;
    Check::Start start = Check::Start::up;
    Duration slow_start{};
    bool is_disabled = false;  // by the configuration: like maintenance
    bool is_tracking = false;
    bool operator==(const Settings&) const = default;
  };
  // `first`: when the first check is due.
  ServerHealth(const Settings& settings, Instant first);
  void continue_with(const Settings& settings, Instant first);

  struct State {
    Operation operation = Operation::running;
    Admin admin = Admin::ready;
    bool is_admin_tracked = false;
    bool is_up() const { return operation != Operation::stopped; }
    bool operator==(const State&) const = default;
  };
  struct Step {  // from one state to another, maybe the same
    State before, after;
    bool is_counted = false;  // a check's counter moved
    bool went_down() const { return before.is_up() && !after.is_up(); }
    bool came_up() const { return !before.is_up() && after.is_up(); }
    bool is_change() const { return !(before == after); }
  };

  Step on_check(Instant now, const Result& result);
  Step on_agent(Instant now, const Result& result, const AgentReply& reply);
  Step on_tracked(Instant now, const State& other);
  enum class Errors : std::uint8_t { hurry, fail, fragile, down };
  Step on_errors(Instant now, Errors what);  // too many errors of sessions, one after the other
  Step set_admin(Instant now, Admin admin);
  enum class Forced : std::uint8_t { up, stopping, down };
  Step force(Instant now, Forced health);  // until checks say otherwise
  Step refresh(Instant now);               // after its settings, or its agent, were changed
  void advance(Instant now);               // slow start

  const State& state() const { return state_; }
  Admin admin_wanted() const { return admin_; }  // by an operator
  std::optional<Check>& check() { return check_; }
  const std::optional<Check>& check() const { return check_; }
  std::optional<Check>& agent() { return agent_; }
  const std::optional<Check>& agent() const { return agent_; }
  // Of the configured weight, in 256ths; and when it changes next.
  std::uint32_t share() const { return share_; }
  Instant share_deadline() const { return next_share_; }

 private:
  Step settle(Instant now);
  Operation operation_of() const;
  Admin admin_of() const;

  Settings settings_;
  std::optional<Check> check_, agent_;
  State state_, tracked_;
  Admin admin_ = Admin::ready, agent_admin_ = Admin::ready;
  bool is_stopping_ = false, is_forced_down_ = false;
  std::uint32_t share_ = 256;
  Instant started_at_{}, next_share_ = never;
};

}  // namespace poise::l7::health
