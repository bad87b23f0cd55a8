#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "l7/tcp/stack.hpp"
#include "tests/packetdrill/so_flags.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::l7::tcp {

// VirtualHost - a Stack whose time stands still until somebody asks for it to pass. Two threads share it, under
// `mutex`: the script's, which alone moves the clock, and one whose calls may block. Before the clock moves, that one
// gets a moment of real time to do what it is about to do.
class VirtualHost {
 public:
  using Lock = std::unique_lock<std::mutex>;
  explicit VirtualHost(const SoFlags& flags);

  std::mutex mutex;
  Stack& stack() { return stack_; }
  const Stack& stack() const { return stack_; }
  MemoryEnv& env() { return env_; }
  Instant now() const { return now_; }

  // All below: with the mutex held.
  void turn();                                       // after anything was asked of the stack
  void input(std::span<const std::uint8_t> packet);  // one that came in: TCP, or an ICMP error
  void pass(Lock& lock, Duration time);              // the clock moves on
  void tick() { now_ += std::chrono::microseconds(1); }

  struct Left {
    Bytes packet;
    Instant at;
  };
  // The next packet that left, if need be after waiting for it; none within `patience` of virtual time: an empty one.
  Left next(Lock& lock, Duration patience);

  // Blocks until `is_ready` or the time is `until`. Returns the last answer of is_ready.
  template <class Ready>
  bool wait(Lock& lock, Instant until, Ready&& is_ready) {
    const auto alarm = alarms_.insert(until);
    changed_.notify_all();
    while (!is_ready() && now_ < until) changed_.wait(lock);
    alarms_.erase(alarm);
    return is_ready();
  }

 private:
  void settle(Lock& lock);
  void step(Instant to);
  Instant next_event() const;

  Instant now_;
  MemoryEnv env_;
  Stack stack_;
  std::condition_variable changed_;
  std::deque<Left> left_;
  std::multiset<Instant> alarms_;  // of calls that block
};

}  // namespace poise::l7::tcp
