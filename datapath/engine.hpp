#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "datapath/compile.hpp"
#include "datapath/worker.hpp"

namespace poise::datapath {

// Engine - all workers, their rings and snapshots, seen from the control core. Everything here is called by control's
// thread only; workers are driven from outside (an lcore's loop under DPDK, step() in tests), so that tests and the
// daemon run the same code.
class Engine {
 public:
  struct WorkerParts {  // what the machine gives one worker
    BufferPool* pool = nullptr;
    std::vector<PortQueue*> ports;
    FlowTable::Sizes flows;
  };
  struct Parts {
    std::vector<WorkerParts> workers;
    std::vector<PortFacts> ports;  // what the devices told: MAC, RSS
    HashKey hash_key;
    std::uint64_t seed = 1;
  };
  Engine(Parts parts, const config::Config& first);
  ~Engine();  // the workers have stopped; frames they still hold go back to their pools

  // Publishes a configuration: server rows first, then one snapshot that all workers take at their next batch. Never
  // blocks.
  void apply(const config::Config& config, std::uint64_t revision);
  // The same in two steps. prepare() takes its time: it may run on another thread than control's, as long as control
  // neither publishes nor tidies up meanwhile, and asks for no row.
  std::unique_ptr<const Tables> prepare(const config::Config& config, std::uint64_t revision);
  void publish(std::unique_ptr<const Tables> tables);
  bool settled() const;  // every worker runs on the newest snapshot
  const Tables& tables() const;
  ServerStates& servers();
  Holds& holds();  // of virtual addresses: control extends them, see Tables::virtual_routers
  // The row of a server, for health and drain; invalid (~0) when there is none of that name.
  ServerIndex server_index(const std::string& pool, const std::string& server) const;

  std::size_t workers() const;
  Worker& worker(std::size_t index);  // for the thread that drives it, and for reading counters
  const WorkerCounters& counters(std::size_t index) const;

  // Rings. Handlers run on the caller; at most `most` items per worker a call. Returns how many were handled.
  std::size_t poll_punts(const std::function<void(WorkerId, const Punt&)>& handler, std::size_t most = 256);
  std::size_t poll_replies(const std::function<void(WorkerId, const Reply&)>& handler, std::size_t most = 4096);
  bool inject(PortIndex port, std::span<const std::uint8_t> frame);  // false: ring full or frame too long
  bool send(WorkerId worker, const Command& command);                // false: ring full; nothing sent
  void send_all(const Command& command);  // to every worker; what does not fit is retried by reclaim()
  // Capture and trace: a filter (libpcap program) for all workers, or none. See observer.hpp.
  void observe(std::shared_ptr<const Observation> observation);

  // To be called now and then (every few ms): frees old snapshots, retries commands, recycles rows of removed servers.
  void maintain();
  // The same in two parts: the quick one, and the one that takes its time and may run like prepare(). tidy() returns
  // tables to publish, or null.
  void retry_commands();
  bool is_tidy() const;
  std::unique_ptr<const Tables> tidy();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace poise::datapath
