#pragma once
#include <atomic>
#include <cstdint>

#include "l7/counters.hpp"
#include "l7/health/shared_text.hpp"
#include "l7/health/status.hpp"

// What control knows of the health of servers and backends, for whoever makes statistics. Written by control, read by
// any thread.
namespace poise::l7::health {

// CheckReport - of a check, or of an agent.
struct CheckReport {
  std::atomic<bool> is_there{false}, is_running{false};
  std::atomic<Status> status{Status::unknown};
  std::atomic<std::uint16_t> code{0};
  std::atomic<std::uint32_t> took_ms{0};
  std::atomic<std::uint32_t> health{0}, rise{0}, fall{0};
  SharedText output;
};

enum class Operation : std::uint8_t { running, starting, stopping, stopped };
enum class Admin : std::uint8_t { ready, drain, maint };

// Changes - when a state changed, and how long it was down in all.
struct Changes {
  Count at_ms;    // of the monotonic clock; 0: it never changed
  Count down_ms;  // in all, without the time since at_ms
  Count downs;
  std::atomic<bool> is_down{false};
};

struct ServerReport {
  CheckReport check, agent;
  std::atomic<Operation> operation{Operation::running};
  std::atomic<Admin> admin{Admin::ready};     // of an operator or an agent, beyond the configuration
  std::atomic<bool> is_admin_tracked{false};  // it is that of the server that this one tracks
  std::atomic<std::uint16_t> throttle{0};     // percent, while it starts slowly; 0: it does not
  Changes changes;
  Count failed_checks, observed_failures;
};

}  // namespace poise::l7::health
