#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "config/types/huge_array.hpp"

namespace poise::l7::tcp {

// TimerWheel - one deadline for each of a fixed number of nodes, in milliseconds of a clock that wraps at 2^32; later
// deadlines than 2^31 ms from now make no sense. Lazy: a node that is scheduled for later than it was stays where it
// is, expires at the earlier time, and its owner schedules it again; so a deadline that every packet pushes back costs
// nothing. Two wheels of 1,024 slots, of 1 ms and of 1,024 ms;
// what lies further waits in the last slot of the second and comes round.
// Taking a node out is O(1). Sans-io; owner: one Stack. Source: Varghese and Lauck, 1987.
class TimerWheel {
 public:
  TimerWheel(std::uint32_t nodes, std::uint32_t now_ms);

  // At the earlier of this and what it had. A deadline that is over is one at the next tick.
  void schedule(std::uint32_t node, std::uint32_t at_ms);
  void cancel(std::uint32_t node);
  bool is_scheduled(std::uint32_t node) const;
  // Time goes on to `now_ms`: writes up to expired.size() nodes whose time is over, which are scheduled no more, and
  // returns how many; looks at a bounded number of nodes. May have left some: then next() is not after now.
  std::size_t advance(std::uint32_t now_ms, std::span<std::uint32_t> expired);
  // Not later than the earliest deadline, and never before the time that advance() last reached. None: nothing is
  // scheduled.
  std::optional<std::uint32_t> next() const;
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t slots = 1024, nobody = ~0u;
  struct Node {
    std::uint32_t next, before;
    std::uint32_t at_ms;
    std::uint32_t slot;  // of both wheels; `nowhere`: not scheduled
  };
  static constexpr std::uint32_t nowhere = ~0u;
  // Heads of the lists, and a bit for each that has something.
  struct Wheel {
    std::array<std::uint32_t, slots> heads;
    std::array<std::uint64_t, slots / 64> filled{};
    Wheel() { heads.fill(nobody); }
    // How many slots from this one on is the next that is filled? `slots`: none is.
    std::uint32_t distance(std::uint32_t from) const;
  };
  void link(std::uint32_t node);
  void unlink(std::uint32_t node);
  Wheel& wheel_of(std::uint32_t slot) { return slot < slots ? near_ : far_; }

  HugeArray<Node> nodes_;
  Wheel near_, far_;
  std::uint32_t reached_ms_;  // every tick up to here is done, but for what may be left in its slot
  std::size_t size_ = 0;
};

}  // namespace poise::l7::tcp
