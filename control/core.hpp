#pragma once
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/background.hpp"
#include "control/byte_stream.hpp"
#include "control/checks.hpp"
#include "control/group_memberships.hpp"
#include "control/health/health.hpp"
#include "control/health/prober.hpp"
#include "control/health/tcp_connections.hpp"
#include "control/heartbeats.hpp"
#include "control/machine.hpp"
#include "control/neighbors.hpp"
#include "control/notifier.hpp"
#include "control/proxy/proxies.hpp"
#include "control/runner/runner.hpp"
#include "control/transactions.hpp"
#include "control/virtual_routers.hpp"

namespace poise::control {

class HostPaths;

// Core - the control core's state and its heartbeat: carries out what the machines decide. No sockets, no clock:
// tick(now) is called by the event loop every millisecond or so. Thread: control's.
class Core {
 public:
  struct Startup {
    config::Config config;
    std::uint64_t revision = 0;
    Errors damaged;  // revisions or files that could not be read; shown until the next start
    Transactions::Storage storage;
    std::function<std::string()> clock;  // RFC 3339, for revisions and events
    std::function<Duration()> since_1970 = [] { return Duration{}; };
    std::string version;
    Runner* runner = nullptr;           // outlives Core; null: nothing outside is run
    proxy::Proxies* proxies = nullptr;  // likewise; null: there is no layer 7
  };
  Core(Machine& machine, Startup startup, Instant now);
  ~Core();

  // Where work is done that would hold up the protocols; null: on control's thread. It ticks meanwhile.
  void set_background(Background* background) { background_ = background; }
  // Runs what takes time and touches nothing that a tick does, see Background; returns when it is done.
  void aside(const std::function<void()>& work);
  void on_control(const std::function<void()>& part) const;  // from such work

  // Moves everything on; returns how many messages of workers were handled (0: the loop may take its time).
  std::size_t tick(Instant now);

  Transactions& transactions() { return transactions_; }
  const Transactions& transactions() const { return transactions_; }
  Machine& machine() const { return machine_; }
  const Neighbors& neighbors() const { return neighbors_; }
  const VirtualRouters& virtual_routers() const { return virtual_routers_; }
  bool switch_over(const std::string& instance) { return virtual_routers_.switch_over(now_, instance); }
  const Heartbeats& heartbeats() const { return heartbeats_; }
  // When tick must be called at the latest.
  Instant deadline() const {
    return std::min({virtual_routers_.deadline(), heartbeats_.deadline(), checks_.deadline(), notifier_.deadline(),
                     group_memberships_.deadline(), health_.deadline(), prober_.deadline(),
                     probe_connections_.deadline(), proxies_ == nullptr ? never : proxies_->deadline()});
  }
  const Checks& checks() const { return checks_; }
  const Notifier& notifier() const { return notifier_; }
  const proxy::Proxies* proxies() const { return proxies_; }
  proxy::Proxies* proxies() { return proxies_; }
  const health::Health& health() const { return health_; }
  const health::TcpConnections& probe_connections() const { return probe_connections_; }
  std::vector<const config::VrrpTracker*> trackers_of(const std::string& instance) const;  // its own and its group's
  vrrp::Tracked tracked(const config::VrrpTracker& tracker) const;
  const Errors& damaged() const { return damaged_; }
  const std::string& version() const { return version_; }
  Instant started() const { return started_; }
  Instant now() const { return shown_now_; }
  std::string wall_clock() const { return clock_(); }
  bool workers_alive() const { return stalled_worker_ < 0; }
  bool workers_make_progress() const { return !is_lagging_; }  // none stood still for two looks
  int stalled_worker() const { return stalled_worker_; }
  bool link_up(PortIndex port) const { return links_[port.value]; }

  // The part of the document that the API changes, as JSON (brief form), and one commit of it.
  nlohmann::json document() const;
  Transactions::Outcome commit(const nlohmann::json& document, Transactions::Request request);
  Transactions::Outcome rollback(std::optional<std::uint64_t> revision, Transactions::Request request);

  // Makes every service refuse new flows, and every frontend new clients, while old ones go on: the beginning of an
  // orderly stop.
  void drain_all();
  std::uint64_t connections() const;  // flows of all servers, and the proxies' clients
  // Gives up every virtual address: their next masters are told, and the addresses held until they speak.
  void leave_virtual_routers();
  bool has_left_virtual_routers();  // then the heartbeats say good-bye, too

  // Answers that are made while they are sent. Null: another capture or trace runs already.
  std::shared_ptr<ByteStream> open_events();
  struct FlowFilter {
    std::string service, client, server, protocol, state;
    std::uint64_t limit = ~0ull;
  };
  std::shared_ptr<ByteStream> open_flows(const FlowFilter& filter);
  struct Observe {
    std::shared_ptr<datapath::Observation> observation;
    std::uint64_t count = ~0ull;
    std::uint32_t seconds = 3600;
  };
  std::shared_ptr<ByteStream> open_observation(const Observe& wanted);
  void emit(const std::string& event, const nlohmann::json& data);

 private:
  struct FlowRequest {  // one GET /v1/flows under way
    std::uint32_t id = 0;
    FlowFilter filter;
    std::weak_ptr<ByteStream> stream;
    std::uint16_t worker = 0;
    std::uint64_t cursor = 0, rows = 0;
    bool asked = false;
    Instant asked_at{};
  };
  struct RunningObservation {
    std::shared_ptr<datapath::Observation> observation;
    std::weak_ptr<ByteStream> stream;
    std::uint64_t left = 0;
    Instant until{};
  };
  Transactions::Outcome announced(const Transactions::Request& request, Transactions::Outcome outcome);
  void make_run(const config::Config& config, std::uint64_t revision, const std::function<void()>& take);
  Errors apply_proxies();
  void on_applied();
  struct Drain {
    Instant since{}, deadline = never;
    std::uint32_t connections_before = 0;
    bool over = false;
  };
  using Drains = std::map<std::pair<std::string, std::string>, Drain>;  // (pool, server)
  Drains drains_in(const config::Config& config);
  bool is_busy() const { return background_ != nullptr && background_->is_busy(); }
  void revert_unconfirmed();
  void tidy();
  void carry_out(const NeighborActions& actions);
  VirtualRouters::Hooks vrrp_hooks();
  Heartbeats::Hooks heartbeat_hooks();
  Checks::Hooks check_hooks();
  Notifier::Hooks notifier_hooks();
  health::Health::Hooks health_hooks();
  health::Prober::Hooks prober_hooks();
  health::TcpConnections::Hooks connection_hooks();
  void take_on_proxies();
  void show_health(const std::string& pool, const std::string& server, const health::ServerHealth& health);
  std::optional<health::Prober::Path> path_to(const IpAddr& address);
  vrrp::Effect effect_on(const std::string& instance, std::uint8_t configured) const;
  void accept_virtual_macs();
  void run(Job job, const Runner::Done& done);
  Instant arrival_of(const datapath::Punt& punt) const;
  void on_punt(const datapath::Punt& punt);
  void on_probe_answer(const datapath::Punt& punt, std::span<const std::uint8_t> frame);
  void on_reply(WorkerId worker, const datapath::Reply& reply);
  void on_flow_row(FlowRequest& request, const datapath::FlowRow& row, WorkerId worker);
  void read_on(FlowRequest& request);
  void on_observed(const datapath::Punt& punt);
  void end_observation();
  void watch_workers();
  void watch_links();
  void watch_drains();
  void every_second();

  Machine& machine_;
  std::string version_;
  Errors damaged_;
  std::function<std::string()> clock_;
  std::function<Duration()> since_1970_;
  Instant started_, now_, last_tick_;
  std::atomic<Instant> shown_now_;
  Background* background_ = nullptr;
  Transactions transactions_;
  Neighbors neighbors_;
  Heartbeats heartbeats_;
  GroupMemberships group_memberships_;
  Runner* runner_;
  proxy::Proxies* proxies_;
  Checks checks_;
  Notifier notifier_;
  health::TcpConnections probe_connections_;
  health::Prober prober_;
  health::Health health_;
  VirtualRouters virtual_routers_;
  std::unique_ptr<HostPaths> host_paths_;
  std::vector<bool> links_;
  struct Progress {  // of a worker
    std::uint64_t loops = 0;
    Instant seen{};
  };
  std::vector<Progress> progress_;
  int stalled_worker_ = -1;
  bool is_lagging_ = false, runner_is_gone_ = false;
  bool draining_all_ = false;
  Drains drains_;
  Instant next_watch_{}, next_second_{};
  std::list<std::weak_ptr<ByteStream>> events_;
  std::map<std::uint32_t, std::unique_ptr<FlowRequest>> flow_requests_;
  std::uint32_t next_request_ = 1;
  std::unique_ptr<RunningObservation> observation_;

 public:
  const Drain* drain_of(const std::string& pool, const std::string& server) const;
};

}  // namespace poise::control
