#pragma once
#include <compare>
#include <cstdint>

namespace poise::config {

struct PortRange {
  std::uint16_t first = 0, last = 0;  // 0,0: any port
  auto operator<=>(const PortRange&) const = default;
};

}  // namespace poise::config
