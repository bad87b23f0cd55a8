#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poise {

// MacAddr - a 48-bit Ethernet address in wire order.
struct MacAddr {
  std::array<std::uint8_t, 6> octets{};
  constexpr auto operator<=>(const MacAddr&) const = default;
  constexpr bool is_multicast() const { return (octets[0] & 1) != 0; }  // broadcast included
  constexpr bool is_zero() const { return *this == MacAddr{}; }
};

inline constexpr MacAddr broadcast_mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// "02:00:5e:10:00:01" (also with '-'); nothing else is accepted.
std::optional<MacAddr> parse_mac(std::string_view text);
std::string to_string(const MacAddr& mac);

}  // namespace poise
