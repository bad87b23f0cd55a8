#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace poise::l7::http1 {

// Authority - a host and a port (RFC 3986 3.2, without user information, which RFC 9110 4.2.4 forbids here).
struct Authority {
  std::string_view host;              // a name, an IPv4 address, or an IPv6 address in brackets; may be empty
  std::optional<std::uint16_t> port;  // unset: the scheme's
};
std::optional<Authority> parse_authority(std::string_view text);

// Whether both name the same host and port; `default_port` is what an unset port means.
bool is_same(const Authority& one, const Authority& other, std::uint16_t default_port);

}  // namespace poise::l7::http1
