#include "config/types/ip.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace poise {

std::optional<IpAddr> parse_ip(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  std::uint8_t wire[16];
  if (inet_pton(AF_INET, terminated.c_str(), wire) == 1)
    return IpAddr::v4(std::uint32_t(wire[0]) << 24 | std::uint32_t(wire[1]) << 16 | std::uint32_t(wire[2]) << 8 |
                      wire[3]);
  if (inet_pton(AF_INET6, terminated.c_str(), wire) != 1) return std::nullopt;
  const IpAddr address = IpAddr::v6(wire);
  if (address.is_v4()) return std::nullopt;  // ::ffff:a.b.c.d: write the IPv4 address instead
  return address;
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::uint8_t longest = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpPrefix{*address, longest};
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size() || length > longest) return std::nullopt;
  return IpPrefix{*address, std::uint8_t(length)};
}

std::string_view to_text(const IpAddr& address, IpText& room) {
  static_assert(std::tuple_size_v<IpText> >= INET6_ADDRSTRLEN);
  const bool is_v4 = address.is_v4();
  inet_ntop(is_v4 ? AF_INET : AF_INET6, address.octets.data() + (is_v4 ? 12 : 0), room.data(), INET6_ADDRSTRLEN);
  return room.data();
}

std::string to_string(const IpAddr& address) {
  IpText room;
  return std::string(to_text(address, room));
}

std::string to_string(const IpPrefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

IpAddr masked(const IpAddr& address, std::uint8_t length) {
  const unsigned kept = address.is_v4() ? 96u + length : length;
  IpAddr result = address;
  for (unsigned bit = kept; bit < 128; bit = (bit | 7) + 1)
    result.octets[bit / 8] &= std::uint8_t(bit % 8 == 0 ? 0 : 0xff << (8 - bit % 8));
  return result;
}

IpAddr IpPrefix::network() const { return masked(address, length); }

bool IpPrefix::contains(const IpAddr& other) const {
  return address.is_v4() == other.is_v4() && masked(other, length) == network();
}

}  // namespace poise
