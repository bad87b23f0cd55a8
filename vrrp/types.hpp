#pragma once
#include <cstdint>
#include <string_view>

#include "config/types/ids.hpp"
#include "config/types/strong.hpp"
#include "config/types/time.hpp"

// The words of VRRP: RFC 9568 and 5798 (version 3), RFC 3768 (version 2).
namespace poise::vrrp {

using VirtualRouterId = Strong<struct VirtualRouterIdTag, std::uint8_t>;  // 1..255

enum class Version : std::uint8_t { v2 = 2, v3 = 3 };
enum class State : std::uint8_t { init, backup, master, fault };  // fault: a tracked thing is down

constexpr std::string_view name_of(State state) {
  constexpr std::string_view names[] = {"init", "backup", "master", "fault"};
  return names[std::size_t(state)];
}

// Priorities on the wire (RFC 9568 5.2.4): 0 says "I leave", 255 "the addresses are my own", 1..254 are backups.
inline constexpr std::uint8_t priority_leaving = 0, priority_owner = 255, priority_default = 100;

// 256 - priority 256ths of a second (version 2, whatever the interval) or of the master's interval (version 3): the
// time that orders backups among one another. Not rounded (RFC 3768 6.1, RFC 9568 6.1).
constexpr Duration skew_time(Version version, std::uint8_t priority, Duration interval) {
  const Duration whole = version == Version::v2 ? Duration(std::chrono::seconds(1)) : interval;
  return whole * (256 - priority) / 256;
}

}  // namespace poise::vrrp
