#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.hpp"

// What the settings of a health check mean: for the rules, and for who runs the checks.
namespace poise::config {

struct StatusRange {
  std::uint16_t first = 0, last = 0;
  auto operator<=>(const StatusRange&) const = default;
};
// "204" or "200-299", within 100..599 and in order; else nothing.
std::optional<StatusRange> parse_statuses(std::string_view text);

// The bytes that a payload stands for: "\x00PING\\"; nothing when a backslash is followed by anything else.
std::optional<std::string> payload_bytes(std::string_view text);

// Why RE2 cannot use the pattern, or "".
std::string why_no_pattern(const std::string& pattern);

// The checks of one server: its own, else the pool's.
const Named<Check>& checks_of(const Pool& pool, const Server& server);

bool uses_port(CheckKind kind);
bool uses_tcp(CheckKind kind);

// The one port of the services of each pool; pools whose services have several are not in it.
std::map<std::string_view, std::uint16_t> service_ports(const Config& config);

// The port that a probe goes to: the check's, the server's, the service's, the kind's own. Nothing when none is known.
std::optional<std::uint16_t> probe_port(const Check& check, const Server& server,
                                        std::optional<std::uint16_t> service_port);

}  // namespace poise::config
