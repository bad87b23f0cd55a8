#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include "config/types/ids.hpp"
#include "config/types/mac.hpp"
#include "control/health/connection.hpp"
#include "control/health/datagram.hpp"
#include "control/health/health.hpp"
#include "control/runner/runner.hpp"

namespace poise::control::health {

// Prober - carries out what probes want: datagrams and pings as packets through the datapath's ports, connections
// through a Connector, programs through the runner. Answers find their probe by the ends of the packet that they
// answer. Thread: control's.
class Prober {
 public:
  struct Path {  // to a server
    InterfaceIndex interface;
    MacAddr mac;  // of the next hop
  };
  struct Hooks {
    std::function<std::optional<IpAddr>(const IpAddr& to)> source;  // ours to speak with it; nothing: no route
    std::function<std::optional<Path>(const IpAddr& to)> path;      // nothing: its next hop is not known yet
    std::function<bool(const Path&, const std::vector<std::uint8_t>& packet)> send;  // false: no room, now
    std::function<void(Job, const Runner::Done&)> run;
    std::function<void(TargetId, const Verdict&)> done;
    std::function<void(TargetId)> not_done;
  };
  explicit Prober(Hooks hooks) : hooks_(std::move(hooks)) {}

  void set_connector(Connector connector) { connector_ = std::move(connector); }
  bool can_probe(config::CheckKind kind) const;

  void begin(Instant now, TargetId id, const std::shared_ptr<const Plan>& plan);
  void cancel(TargetId id);
  // An IP packet that may be an answer; false: to nothing that we asked.
  bool on_packet(Instant now, std::span<const std::uint8_t> packet);
  void on_deadline(Instant now);
  Instant deadline() const { return due_.empty() ? never : due_.begin()->first; }
  std::size_t running() const { return runs_.size(); }

 private:
  struct Run {
    std::shared_ptr<const Plan> plan;
    std::unique_ptr<Probe> probe;  // null: a program runs
    std::unique_ptr<Connection> connection;
    std::optional<Ends> ends;
    std::string unsent;  // waits for the next hop
    bool is_sent = false;
    Instant retry_at = never, due = never;
    std::uint64_t job = 0;
  };
  using Key = std::pair<bool, Ends>;  // echo?
  static bool is_echo(const Run& run) { return run.plan->target.check.kind == config::CheckKind::icmp; }

  void carry_out(Instant now, TargetId id, const Actions& actions);
  void connect(TargetId id, Run& run);
  void send_packet(Instant now, TargetId id, Run& run, const std::string& bytes);
  bool choose_ends(TargetId id, Run& run);
  void run_program(TargetId id, Run& run);
  void finish(TargetId id);
  void arm(TargetId id, Run& run);
  template <class Step>
  void step(Instant now, TargetId id, Step&& step);

  Hooks hooks_;
  Connector connector_;
  std::map<TargetId, Run> runs_;
  std::map<Key, TargetId> asked_;
  std::set<std::pair<Instant, TargetId>> due_;
  std::vector<std::unique_ptr<Connection>> ended_;  // one may be ended from within an event of its own
  std::uint64_t next_job_ = 1;
  std::uint16_t next_port_ = 0, next_sequence_ = 0;
  Instant now_{};
};

}  // namespace poise::control::health
