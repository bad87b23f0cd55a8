#include "l7/http1/authority.hpp"

#include <charconv>
#include <string>

#include "config/types/ip.hpp"
#include "l7/http1/characters.hpp"

namespace poise::l7::http1 {
namespace {

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return false;
    const auto address = parse_ip(std::string(host.substr(1, host.size() - 2)));
    return address && address->is_v6();
  }
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (!is(host_character, host[i])) return false;
    if (host[i] != '%') continue;
    if (i + 2 >= host.size() || !all(hex_character, host.substr(i + 1, 2))) return false;
  }
  return true;
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', text.starts_with('[') && bracket != text.npos ? bracket : 0);
  Authority authority{text.substr(0, std::min(colon, text.size())), {}};
  if (!is_host(authority.host)) return std::nullopt;
  if (colon == text.npos) return authority;
  const std::string_view digits = text.substr(colon + 1);
  if (digits.empty()) return authority;  // RFC 3986 3.2.3: an empty port is the default
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!all(digit_character, digits) || error != std::errc{} || authority.host.empty()) return std::nullopt;
  authority.port = port;
  return authority;
}

bool is_same(const Authority& one, const Authority& other, std::uint16_t default_port) {
  if (one.host.size() != other.host.size()) return false;
  for (std::size_t i = 0; i < one.host.size(); ++i)
    if (lower(one.host[i]) != lower(other.host[i])) return false;
  return one.port.value_or(default_port) == other.port.value_or(default_port);
}

}  // namespace poise::l7::http1
