#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/check_l7.hpp"
#include "control/proxy/check_runner.hpp"
#include "control/proxy/health_event.hpp"
#include "l7/compile.hpp"
#include "l7/health/log_words.hpp"

namespace poise::control::proxy {

// BackendHealth - the health of every server of every backend, and what operators want of them at run time: when which
// check is due, what results make of the servers, what the proxies and the statistics are told. What is known and
// wanted goes on across configurations, by names. Sans-io: checks are begun and answered through hooks. Thread:
// control's.
class BackendHealth {
 public:
  using Admin = l7::health::Admin;
  using ServerHealth = l7::health::ServerHealth;
  struct Hooks {
    std::function<void(CheckId, const std::shared_ptr<const CheckPlan>&, config::ProxyTransport)> begin;
    std::function<void(CheckId, config::ProxyTransport)> cancel;  // it is not wanted any more
    std::function<void(const HealthEvent&)> tell;
    std::function<void()> wake;  // the proxies have something to look at
  };
  BackendHealth(l7::States& states, Hooks hooks) : states_(states), hooks_(std::move(hooks)) {}

  // After the states of the configuration are there, before the proxies get its tables.
  void apply(Instant now, const config::Config& config);
  void on_deadline(Instant now);
  Instant deadline() const;
  void on_found(Instant now, const CheckFound& found);

  struct Drain {
    Instant since{}, deadline = never;
    std::uint64_t sessions_before = 0;
    bool is_over = false;
  };
  using Key = std::pair<std::string, std::string>;  // backend, server
  struct Row {
    Row(const ServerHealth::Settings& wanted, Instant first) : health(wanted, first) {}
    Key key;
    std::shared_ptr<l7::ServerState> state;
    std::shared_ptr<l7::BackendState> backend_state;
    config::BackendServer settings;
    config::ProxyTransport transport = config::ProxyTransport::datapath;
    std::optional<config::BackendCheck> check;
    std::optional<config::AgentCheck> agent;
    config::HealthReaction reaction;
    std::uint32_t connect_ms = 0;  // part of what a check is
    std::shared_ptr<const CheckPlan> check_plan, agent_plan;
    CheckId check_id = 0, agent_id = 0;
    ServerHealth health;
    l7::health::Result last_check{.status = l7::health::Status::initializing},
        last_agent{.status = l7::health::Status::initializing};
    std::optional<Key> tracks;
    std::optional<std::uint32_t> weight_set, limit_set;
    bool is_check_off = false, is_agent_off = false;  // by an operator
    std::optional<Drain> drain;
    std::uint32_t error_limits = 0;  // that were seen
    Instant due = never;
  };
  const Row* find(const std::string& backend, const std::string& server) const;

  // What an operator wants at run time; the server is there. Why it can't be, or "".
  std::string set_admin(Instant now, const Key& key, Admin admin, std::optional<Duration> deadline);
  std::string force(Instant now, const Key& key, ServerHealth::Forced health);
  std::string force_agent(Instant now, const Key& key, bool is_up);
  void set_weight(Instant now, const Key& key, std::optional<std::uint32_t> weight);  // nothing: as configured
  std::string switch_check(Instant now, const Key& key, bool is_on);
  std::string switch_agent(Instant now, const Key& key, bool is_on);

 private:
  struct Usable {  // of one backend
    std::uint64_t active = 0, backups = 0;
    bool is_any() const { return active + backups > 0; }
  };
  struct Spread;  // the first checks over their intervals
  Row& put_row(Instant now, const Key& key, const config::Backend& backend, Spread& spread);
  void put_plans(Instant now, Row& row, const config::Backend& backend, const config::BackendServer& server);
  void remove_rows(const config::Config& config);
  ServerHealth::Settings settings_of(const Row& row) const;
  void start(Instant now, Row& row);
  void look_at_errors(Instant now);
  void watch_drains(Instant now);
  void follow(Instant now, Row& row, const ServerHealth::Step& step, const l7::health::Result* result);
  void take_agent_orders(Row& row, const l7::health::AgentReply& reply);
  void end_sessions(Row& row, char cause);
  void show(Row& row);
  void tell(Row& row, const ServerHealth::Step& step, const l7::health::Result* result, std::uint64_t requeued);
  void log_result(Row& row, const l7::health::Result& result, bool is_agent);
  l7::health::ServerWords words_of(const Row& row) const;
  Usable usable_of(const std::string& backend) const;
  void judge_backend(Instant now, Row& row, bool had_any);
  void arm(Row& row);

  l7::States& states_;
  const Hooks hooks_;
  std::map<Key, Row> rows_;
  std::unordered_map<CheckId, Row*> by_id_;
  std::map<Key, std::vector<Row*>> trackers_;  // by whom they track
  std::vector<Row*> observed_, draining_;
  std::set<std::pair<Instant, Row*>> due_;
  CheckId next_id_ = 1;
  Instant next_look_ = never;
};

}  // namespace poise::control::proxy
