#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/time.hpp"
#include "datapath/engine.hpp"
#include "tests/support/memory_port.hpp"

namespace poise::datapath {

// Bench - a whole datapath on a table: the real Engine and its workers, ports whose wires are memory, a virtual clock,
// and in place of control a stand-in that resolves neighbors. Deterministic: the same steps give the same frames. Port
// n (in the order of interface names) has the MAC address 02:00:00:00:01:<n + 1>; a neighbor answers with 02:00 and the
// last four octets of its address. Single-threaded: workers run one after the other until all are idle.
class Bench {
 public:
  struct Options {
    std::size_t workers = 1;
    bool hardware_rss = false;  // frames arrive at the worker that the NIC's hash names; else all at `arrive_at`
    std::size_t arrive_at = 0;
    FlowTable::Sizes flows{1024, 1024};  // per worker
    std::uint64_t seed = 1;
    std::set<IpAddr> silent;  // neighbors that do not answer by themselves: see answer() and give_up()
    Instant start{std::chrono::seconds(1000)};
  };
  Bench(const config::Config& config, Options options);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  std::size_t ports() const { return names_.size(); }
  const std::vector<std::string>& port_names() const { return names_; }
  PortIndex port(const std::string& name) const;  // an interface's name; must exist

  // Puts a frame on a port's wire: the workers see it at their next run. Several before one run make one burst.
  void receive(PortIndex port, std::span<const std::uint8_t> frame);
  // Lets time pass up to `now` (never back) and runs every worker until nothing is left to do.
  void run(Instant now);
  // A frame that arrives at `time`, and what comes of it.
  void receive(PortIndex port, std::span<const std::uint8_t> frame, Instant time) {
    run(time);
    receive(port, frame);
    run(time);
  }
  std::vector<Bytes> sent(PortIndex port);  // since the last call, in order
  Instant now() const { return now_; }

  void apply(const config::Config& config);  // a new configuration, under traffic
  void answer(const IpAddr& neighbor);       // a silent neighbor is resolved after all,
  void give_up(const IpAddr& neighbor);      // or never
  // Ends what still waits: silent neighbors are given up, fragments time out. Afterwards no packet buffer should be
  // out.
  void finish();

  Engine& engine() { return *engine_; }
  std::uint64_t drops(Drop reason) const;  // over all workers
  std::uint64_t total(Counter WorkerCounters::*counter) const;
  std::size_t buffers_out() const;

 private:
  struct Miss {
    InterfaceIndex interface;
    IpAddr address;
  };
  std::size_t run_workers();
  void settle();
  void handle(const Punt& punt);
  void set_neighbor(const Miss& miss, bool resolved);
  std::size_t worker_for(std::span<const std::uint8_t> frame) const;

  Options options_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<MemoryPool>> pools_;                // [worker]
  std::vector<std::vector<std::unique_ptr<MemoryPort>>> queues_;  // [worker][port]
  std::unique_ptr<Engine> engine_;
  std::vector<Miss> unanswered_;
  Instant now_;
  std::uint64_t revision_ = 0;
};

// The receive-side scaling of a NIC: the worker whose queue gets the frame. Addresses and ports of TCP and UDP,
// addresses alone for fragments and other protocols, worker 0 for what is not IP.
std::size_t rss_worker(const Steering& steering, std::span<const std::uint8_t> frame);

}  // namespace poise::datapath
