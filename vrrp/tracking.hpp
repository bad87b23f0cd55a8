#pragma once
#include <cstdint>
#include <span>

namespace poise::vrrp {

// Tracked - something outside of the protocol that a virtual router looks at, and how it counts.
struct Tracked {
  enum class State : std::uint8_t { unknown, up, down };  // unknown: not looked at yet
  State state = State::unknown;
  std::int64_t value = 1;  // what a weight is multiplied with: of a file, the number in it
  bool is_number = false;  // the weight counts whatever the state is
  int weight = 0;          // >0: added while up; <0: while down; 0: down is a fault
  bool reverse = false;    // up counts as down, down as up
};

// What all of them together make of the configured priority: 1..254, or 255 as it is. A weighted thing that is not
// known yet changes nothing; one without a weight is a fault until it is known.
struct Effect {
  std::uint8_t priority = 0;
  bool fault = false;
  bool operator==(const Effect&) const = default;
};
Effect effect_of(std::uint8_t configured, std::span<const Tracked> tracked);

}  // namespace poise::vrrp
