#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"

namespace poise::datapath {

// ServerState - what changes about a server without a new configuration. All but `connections`: control writes, workers
// read. `connections`: workers add and subtract once per flow (the one shared write of the datapath: limits and
// lc/wlc must be exact across workers, see docs/decisions/0003). Status is the operator's wish, health what the checks
// say: a configuration writes the one, control/health the other.
struct alignas(64) ServerState {
  enum Status : std::uint8_t { up, draining, down, removed };
  enum Health : std::uint8_t { healthy, inhibited, failed };  // inhibited: no new flows; failed: its flows go, too
  static constexpr std::uint32_t weight_configured = ~0u;
  static constexpr std::uint16_t share_whole = 256;
  std::atomic<std::uint8_t> status{down};
  std::atomic<std::uint8_t> health{healthy};
  std::atomic<std::uint16_t> weight{1};                           // configured
  std::atomic<std::uint32_t> weight_reported{weight_configured};  // by its health check: counts instead
  std::atomic<std::uint16_t> share{share_whole};                  // of the flows that it would get: slow start
  std::atomic<std::uint32_t> connections_max{0};                  // 0: no limit
  std::atomic<bool> reset_flows{false};  // drain deadline passed: workers reset the flows that are left
  std::atomic<std::uint32_t> connections{0};

  std::uint32_t weight_now() const {
    const std::uint32_t reported = weight_reported.load(std::memory_order_relaxed);
    return reported == weight_configured ? weight.load(std::memory_order_relaxed) : reported;
  }
  bool takes_new_flows() const {
    const std::uint32_t most = connections_max.load(std::memory_order_relaxed);
    return status.load(std::memory_order_relaxed) == up && health.load(std::memory_order_relaxed) == healthy &&
           weight_now() > 0 && (most == 0 || connections.load(std::memory_order_relaxed) < most);
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
