#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"

namespace poise::datapath {

// ServerState - what changes about a server without a new configuration. Weight, status and limit: control writes,
// workers read. `connections`: workers add and subtract once per flow (the one shared write of the datapath: limits and
// lc/wlc must be exact across workers, see docs/decisions/0003). Status combines administration and health: control
// decides, workers obey.
struct alignas(64) ServerState {
  enum Status : std::uint8_t { up, draining, down, removed };
  std::atomic<std::uint8_t> status{down};
  std::atomic<std::uint16_t> weight{1};
  std::atomic<std::uint32_t> connections_max{0};  // 0: no limit
  std::atomic<bool> reset_flows{false};           // drain deadline passed: workers reset the flows that are left
  std::atomic<std::uint32_t> connections{0};

  bool takes_new_flows() const {
    const std::uint32_t most = connections_max.load(std::memory_order_relaxed);
    return status.load(std::memory_order_relaxed) == up && weight.load(std::memory_order_relaxed) > 0 &&
           (most == 0 || connections.load(std::memory_order_relaxed) < most);
  }
};

// ServerStates - one row per ServerIndex, at a fixed place for the life of the daemon.
class ServerStates {
 public:
  ServerStates() : rows_(limits::servers) {}
  ServerState& operator[](ServerIndex index) { return rows_[index.value]; }
  const ServerState& operator[](ServerIndex index) const { return rows_[index.value]; }

 private:
  std::vector<ServerState> rows_;
};

}  // namespace poise::datapath
