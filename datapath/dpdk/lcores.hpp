#pragma once
#include <memory>
#include <span>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "config/types/time.hpp"
#include "datapath/dpdk/port.hpp"
#include "datapath/engine.hpp"

namespace poise::datapath::dpdk {

// WorkerThreads - runs every worker of the engine on its lcore (worker i on lcore i + 1) until its Stop command. Owner:
// control. busy: polls without pause. adaptive: after 64 empty rounds a worker rests, so that several appliances share
// a small machine: until a packet comes or another worker has something for it, at most 1 ms, where every port can
// tell; else 50 us growing to 200 us. An exception on a worker ends the process.
class WorkerThreads {
 public:
  // Engine and ports must outlive this.
  static Result<std::unique_ptr<WorkerThreads>> launch(Engine& engine,
                                                       std::span<const std::unique_ptr<DevicePort>> ports,
                                                       config::Polling polling);
  ~WorkerThreads();  // stop(), which must succeed
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  // Sends Stop and waits until every worker has ended; false when one has not in time: it hangs, and memory that it
  // uses must stay.
  bool stop(Duration patience = std::chrono::seconds(5));

 private:
  struct Lane;
  WorkerThreads(Engine& engine, config::Polling polling);
  void watch(std::span<const std::unique_ptr<DevicePort>> ports);
  static int run(void* lane) noexcept;

  Engine& engine_;
  config::Polling polling_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // by worker
  bool running_ = false;
};

}  // namespace poise::datapath::dpdk
