#pragma once
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <tuple>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "control/health/connection.hpp"
#include "control/proxy/health_event.hpp"
#include "control/proxy/inherited_sockets.hpp"
#include "control/proxy/kernel_worker.hpp"
#include "control/proxy/log_sender.hpp"
#include "control/proxy/rule_files.hpp"
#include "control/proxy/worker_proxies.hpp"
#include "l7/compile.hpp"

namespace poise::control::proxy {

class BackendHealth;
class CheckRunner;
class KernelChecks;

// Proxies - layer 7 as control has it: the states of what is configured, the proxies that run, and where they listen.
// Thread: control's.
class Proxies {
 public:
  struct Settings {
    std::function<Instant()> clock;
    std::function<Duration()> since_1970;
    std::string version;
    std::uint32_t connections_max = 16384;                     // of each proxy
    std::uint64_t open_files = UINT64_MAX;                     // which the process may have
    Machine* machine = nullptr;                                // null: there are no workers
    std::function<std::uint64_t()> available_bytes = nullptr;  // of the machine's memory; unset: nobody asks
    InheritedSockets sockets = {};                             // which the process was started with
  };
  explicit Proxies(Settings settings);
  ~Proxies();

  // What is wrong with a valid configuration on this machine, such as files and sockets that are not there.
  Errors check(const config::Config& config) const;
  // Makes what the configuration needs and is not there yet; what that takes may be done beside control's thread, see
  // WorkerProxies.
  Errors prepare(const config::Config& config);
  // What a valid configuration says, at once; nothing that goes on is cut. What can't be done, such as a port that is
  // taken, is tried again by retry().
  Errors apply(const config::Config& config, std::uint64_t revision);
  Errors retry();
  // Sends what the proxies have logged; how many lines there were.
  std::size_t poll(Instant now);
  // Of checks; in the time of the settings' clock.
  Instant deadline() const;
  // How checks of backends on the datapath connect; and who hears of what they find.
  void set_connector(health::Connector connector);
  void set_listener(std::function<void(const HealthEvent&)> listener) { listener_ = std::move(listener); }
  const BackendHealth& health() const { return *health_; }
  BackendHealth& health() { return *health_; }
  Instant now() const { return settings_.clock(); }
  bool has_failed_listeners() const { return !failed_.empty(); }
  const l7::States& states() const { return states_; }
  l7::States& states() { return states_; }
  std::uint32_t clients() const { return process_.connections.load(std::memory_order_relaxed); }  // at present
  std::uint64_t log_lines_lost() const;
  // Of the kernel's transport and of the workers'; null: nothing was applied yet.
  const l7::Tables* kernel_tables() const { return kernel_tables_.get(); }
  const l7::Tables* worker_tables() const { return worker_tables_.get(); }
  const WorkerProxies& workers() const { return workers_; }
  const InheritedSockets& sockets() const { return settings_.sockets; }

 private:
  void make_health();
  std::size_t poll_health();
  void tell(const HealthEvent& event);
  struct Key {  // of what is listened on: address and port, or an inherited socket alone
    IpAddr address;
    std::uint16_t port = 0;
    std::optional<std::uint32_t> fd;
    auto operator<=>(const Key&) const = default;
  };
  static std::vector<Key> listeners_of(const config::Config& config);
  Errors prepare_stick_tables(const config::Config& config);
  void each_log(const std::function<void(l7::AccessLog&)>& look);
  Errors apply_read(const config::Config& config, std::uint64_t revision, ReadRuleFiles read);
  void make_kernel_proxy(Errors& errors);
  Errors open_listeners(const std::vector<Key>& wanted);
  std::string stats_page(const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) const;
  const Settings settings_;
  const Instant started_;
  l7::AccessLog log_;
  l7::WallClock wall_clock_;
  LogSender sender_;
  std::int16_t utc_offset_minutes_ = 0;
  Instant next_look_{};
  l7::States states_;
  l7::ProcessState process_;
  std::unique_ptr<BackendHealth> health_;
  std::unique_ptr<KernelChecks> kernel_checks_;   // none before the first check
  std::unique_ptr<CheckRunner> datapath_checks_;  // none without a connector
  std::function<void(const HealthEvent&)> listener_ = [](const HealthEvent&) {};
  std::optional<l7::States::StickTables> prepared_;
  std::shared_ptr<const l7::Tables> kernel_tables_, worker_tables_;
  WorkerProxies workers_;
  std::unique_ptr<KernelWorker> kernel_;
  std::map<Key, std::uint64_t> listeners_;
  std::vector<Key> failed_;
  std::uint64_t next_id_ = 1;
};

}  // namespace poise::control::proxy
