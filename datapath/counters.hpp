#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "config/types/limits.hpp"
#include "datapath/drops.hpp"

namespace poise::datapath {

// Counter - written by one thread, read by any: a relaxed store, which costs what a plain add costs.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct PacketsBytes {
  Counter packets, bytes;
  void add(std::uint64_t length) {
    packets.add();
    bytes.add(length);
  }
};

// One per (worker, real): a cache line that only that worker writes.
struct alignas(64) RealCounters {
  PacketsBytes to_server, to_client;
  Counter flows_created, flows_closed;
};

struct alignas(64) PortCounters {
  PacketsBytes received, transmitted;
};

inline constexpr std::size_t stages_max = 16;

// WorkerCounters - everything one worker counts. Owner: the worker; control reads. `drops[i]` belongs to
// datapath::drops[i].
struct WorkerCounters {
  explicit WorkerCounters(std::size_t port_count)
      : ports(port_count), reals(limits::reals), services_no_server(limits::services) {}
  std::array<Counter, drop_count> drops;
  std::array<Counter, stages_max> stage_cycles, stage_packets;  // in the order of `pipeline`
  Counter loops, busy_loops;      // iterations; those that found packets. `loops` is the heartbeat
  Counter handed_off, handed_in;  // packets given to / taken from other workers
  Counter wrong_core;             // replies that a port with RSS should have brought to the owner but did not
  Counter punted, injected, host_path_frames;
  Counter terminated;  // packets for the proxies
  Counter flows_created, flows_expired, flows_evicted, flows_stateless;
  Counter flows_active, flows_embryonic;  // gauges
  Counter icmp_errors_sent, tcp_resets_sent, echo_replies;
  Counter arp_replies, neighbor_advertisements;
  Counter fragments_received, fragments_forwarded;
  Counter capture_lost, trace_lost;  // rows that did not fit their ring
  std::vector<PortCounters> ports;
  std::vector<RealCounters> reals;
  std::vector<Counter> services_no_server;  // by ServiceIndex: new flows refused for want of a server
};

}  // namespace poise::datapath
