#include "vrrp/tracking.hpp"

#include <algorithm>

#include "vrrp/types.hpp"

namespace poise::vrrp {
namespace {

constexpr std::int64_t weight_max = 253;

bool is_down(const Tracked& each) { return each.state == (each.reverse ? Tracked::State::up : Tracked::State::down); }
bool is_up(const Tracked& each) { return each.state == (each.reverse ? Tracked::State::down : Tracked::State::up); }

// A number counts with its sign; below the least priority difference there is, it is a fault.
std::int64_t change_of(const Tracked& each) {
  if (each.state == Tracked::State::unknown) return 0;
  if (each.is_number) {
    const std::int64_t value = std::clamp<std::int64_t>(each.value, -weight_max - 1, weight_max + 1);
    return each.weight * (each.reverse ? -value : value);
  }
  return (each.weight > 0 ? is_up(each) : is_down(each)) ? each.weight : 0;
}

}  // namespace

Effect effect_of(std::uint8_t configured, std::span<const Tracked> tracked) {
  Effect effect{configured, false};
  std::int64_t priority = configured;
  for (const Tracked& each : tracked) {
    if (each.weight == 0) {
      effect.fault |= is_down(each) || each.state == Tracked::State::unknown;
      continue;
    }
    const std::int64_t change = change_of(each);
    effect.fault |= change < -weight_max;
    priority += change;
  }
  if (configured != priority_owner)
    effect.priority = std::uint8_t(std::clamp<std::int64_t>(priority, 1, priority_owner - 1));
  return effect;
}

}  // namespace poise::vrrp
