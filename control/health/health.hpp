#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/model.hpp"
#include "control/health/checker.hpp"
#include "control/health/plan.hpp"
#include "control/health/pool_health.hpp"

namespace poise::control::health {

using TargetId = std::uint32_t;

// What the workers are told of a server.
struct ServerHealth {
  ServerUse use = ServerUse::healthy;
  std::uint16_t share = share_whole;    // of the flows it would get, while it starts slowly
  std::optional<std::uint16_t> weight;  // instead of the configured one
  static constexpr std::uint16_t share_whole = 256;
  bool operator==(const ServerHealth&) const = default;
};

struct Change {  // of a server, or of a whole pool
  std::string pool, server;
  bool is_up = false;
  std::string reason;
};

// Health - the health of every server of every pool: what is probed and when, what the verdicts say, and what the rules
// of the pools make of them. A configuration that leaves a check as it was leaves what is known as it was. Sans-io:
// probes are begun and answered through hooks. Thread: control's.
class Health {
 public:
  struct Hooks {
    std::function<bool(config::CheckKind)> can_probe;  // false: such checks are not run, and count as passed
    std::function<void(TargetId, const std::shared_ptr<const Plan>&)> begin;  // to be answered by on_verdict
    std::function<void(TargetId)> cancel;                                     // it is not wanted any more
    std::function<void(const std::string& pool, const std::string& server, const ServerHealth&)> apply;
    std::function<void(const Change&)> changed;
  };
  explicit Health(Hooks hooks) : hooks_(std::move(hooks)) {}

  void apply(Instant now, const config::Config& config);
  void on_deadline(Instant now);
  Instant deadline() const;
  void on_verdict(Instant now, TargetId id, const Verdict& verdict);
  void on_no_verdict(Instant now, TargetId id);  // it could not be probed at all

  struct Watched {
    std::shared_ptr<const Plan> plan;
    Checker checker;
    bool is_run = true;
    std::uint64_t passed = 0, failed = 0;
    Verdict last;
    Duration took{};  // the last probe
    Instant began{}, changed_at{};
    std::vector<std::size_t> pools;  // that use it
    std::uint64_t wanted_by = 0;     // the configuration that wanted it last
  };
  struct Server {
    config::Server settings;
    std::map<std::string, TargetId> checks;
    bool passes = true;
    Instant changed_at{};
    std::optional<Instant> rises_from;  // it starts slowly since
    ServerHealth shown;                 // what the workers were told last
  };
  struct Pool {
    std::string name;
    config::Pool settings;
    std::optional<std::uint16_t> service_port;
    std::map<std::string, Server> servers;
    PoolState state;
    bool is_judged = false, is_changed = true;
  };
  const std::vector<Pool>& pools() const { return pools_; }
  const Pool* find_pool(const std::string& name) const;
  const Watched& target(TargetId id) const { return targets_.at(id); }
  std::size_t targets() const { return targets_.size(); }
  std::size_t targets_not_run() const;

 private:
  using Targets = std::unordered_map<TargetId, Watched>;
  struct Applying;
  void apply_pool(Applying& applying, const std::string& name, const config::Pool& pool);
  bool take_over(Applying& applying, Pool& before, const config::Pool& pool, std::optional<std::uint16_t> service_port);
  std::map<std::string, TargetId> claim_checks(Applying& applying, const Pool& pool, const config::Server& server,
                                               bool was_up);
  bool passes(TargetId id) const;
  void want(TargetId id);
  TargetId claim(Applying& applying, const Target& target, bool server_was_up);
  void judge(Instant now, Pool& pool, const std::string& reason);
  void show(Instant now, Pool& pool);
  ServerHealth health_of(Instant now, Server& server, ServerUse use) const;
  void arm(TargetId id);
  void finish(Instant now, TargetId id, const Verdict& verdict);

  Hooks hooks_;
  Targets targets_;
  std::multimap<std::pair<IpAddr, std::uint16_t>, TargetId> by_end_;
  std::set<std::pair<Instant, TargetId>> due_;
  std::map<TargetId, Instant> due_at_;
  std::vector<Pool> pools_;
  std::string node_name_, script_user_;
  std::uint64_t configurations_ = 0;
  TargetId next_id_ = 1;
  Instant next_share_ = never;  // when slow starts go on
};

}  // namespace poise::control::health
