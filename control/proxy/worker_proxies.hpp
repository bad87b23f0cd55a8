#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "control/machine.hpp"
#include "l7/access_log.hpp"
#include "l7/worker_host.hpp"

namespace poise::control::proxy {

// WorkerProxies - layer 7 on the polling workers: a WorkerHost each, made when there is the first frontend or backend
// for them, and there until the end. Outlives the workers' use of it. Thread: control's, but where it says otherwise.
class WorkerProxies {
 public:
  struct Settings {
    Machine* machine = nullptr;
    std::function<Instant()> clock;
    std::uint32_t connections_max = 0;  // of each
    std::size_t first_number = 0;       // of the proxies, in the states
    l7::Proxy::Page stats_page;
    l7::ProcessState* process = nullptr;  // that all proxies share
    const l7::WallClock* wall_clock = nullptr;
  };
  explicit WorkerProxies(Settings settings) : settings_(std::move(settings)) {}

  // Makes what the configuration needs and is not there yet: this takes a while and memory. May run beside control's
  // thread, as long as nothing else is called meanwhile.
  Result<void> prepare(const config::Config& config);
  // What was prepared goes to the workers, and these tables with it.
  void apply(std::shared_ptr<const l7::Tables> tables);
  // What did not find room before; frees tables that no worker has any more.
  void poll();

  std::size_t size() const { return hosts_.size(); }
  const l7::WorkerHost& operator[](std::size_t worker) const { return *hosts_[worker]; }
  l7::AccessLog& log(std::size_t worker) { return *logs_[worker]; }
  const l7::AccessLog& log(std::size_t worker) const { return *logs_[worker]; }

 private:
  l7::WorkerHost::Settings settings_of(std::size_t worker, const config::Config& config) const;
  const Settings settings_;
  std::vector<std::unique_ptr<l7::AccessLog>> logs_;       // by worker; they outlive the hosts
  std::vector<std::unique_ptr<l7::WorkerHost>> hosts_;     // likewise; empty: not needed yet
  std::vector<bool> is_handed_over_;                       // to its worker
  std::vector<std::shared_ptr<const l7::Tables>> tables_;  // all that workers may have, the newest last
  std::vector<std::size_t> behind_;                        // workers that have not been sent the newest
};

}  // namespace poise::control::proxy
