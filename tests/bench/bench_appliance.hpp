#pragma once
#include <memory>
#include <random>
#include <string>

#include "datapath/engine.hpp"
#include "tests/bench/bench_port.hpp"

namespace poise::bench {

// BenchAppliance - one worker with two ports in memory (clients behind "wan", eight servers on "lan") and one service:
// the pipeline of the daemon without a NIC driver. Neighbors are resolved by itself.
class BenchAppliance {
 public:
  struct Settings {
    config::Mode mode = config::Mode::nat;
    bool v6 = false;
    std::uint32_t flows = 1000;
    config::Scheduler scheduler = config::Scheduler::rr;
    config::Timeouts timeouts;
  };
  static constexpr std::uint32_t servers = 8, snat_addresses = 64;

  explicit BenchAppliance(const Settings& settings);
  // Enters `flows` established flows into the table, as if their handshakes had passed.
  void establish_flows();
  // IPv4 segments of flows drawn at random, waiting on "wan".
  void queue_requests(std::size_t packets, std::mt19937& random);
  // Runs the worker until everything queued has been received; advances the virtual clock.
  void run(std::chrono::nanoseconds per_loop);
  // Takes all sent frames back into the pool.
  void recycle();
  datapath::Worker& worker() { return engine->worker(0); }
  config::Config configuration() const { return config_; }

  Settings settings;
  BenchMemory memory;
  BenchPort wan, lan;
  MacAddr wan_mac, lan_mac;
  std::unique_ptr<datapath::Engine> engine;
  Instant now{std::chrono::seconds(1)};

 private:
  void resolve_neighbors();
  config::Config config_;
};

}  // namespace poise::bench
