#include "config/import/haproxy/values.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace poise::config::importing::haproxy {
namespace {

constexpr std::uint64_t time_max_ms = 2147483647;  // as in HAProxy

tl::unexpected<Error> wrong(std::string problem, std::string fix) {
  return tl::unexpected(Error{"", std::move(problem), std::move(fix)});
}
std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// The digits that a text begins with; what follows is left in `text`.
std::optional<std::uint64_t> leading_digits(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(std::size_t(end - text.data()));
  return value;
}

// Microseconds of a unit; 0: there is none.
std::uint64_t unit_us(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> units = {
      {{"us", 1}, {"ms", 1000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}, {"d", 86'400'000'000}}};
  for (const auto& [name, us] : units)
    if (name == unit) return us;
  return 0;
}

struct Prefix {
  std::string_view text;
  bool is_ip;
};
constexpr std::array prefixes = {
    Prefix{"ip@", true},     Prefix{"ipv4@", true},    Prefix{"ipv6@", true},   Prefix{"tcp@", true},
    Prefix{"tcp4@", true},   Prefix{"tcp6@", true},    Prefix{"udp@", true},    Prefix{"udp4@", true},
    Prefix{"udp6@", true},   Prefix{"unix@", false},   Prefix{"uxst@", false},  Prefix{"uxdg@", false},
    Prefix{"abns@", false},  Prefix{"abnsz@", false},  Prefix{"fd@", false},    Prefix{"sockpair@", false},
    Prefix{"ring@", false},  Prefix{"quic4@", false},  Prefix{"quic6@", false}, Prefix{"rhttp@", false},
    Prefix{"mptcp@", false}, Prefix{"mptcp4@", false}, Prefix{"mptcp6@", false}};

Result<std::uint16_t> read_port(std::string_view text) {
  const auto port = read_number(text, 1, 65535);
  if (!port) return wrong(quoted(text) + " is no port", "use 1..65535");
  return std::uint16_t(*port);
}

Result<void> read_ports(std::string_view text, Address& address) {
  if (text.starts_with('+') || text.starts_with('-')) {
    address.offset = text.front();
    return {};
  }
  const std::size_t dash = text.find('-');
  const Result<std::uint16_t> first = read_port(text.substr(0, dash));
  if (!first) return tl::unexpected(first.error());
  address.port = *first;
  if (dash == std::string_view::npos) return {};
  const Result<std::uint16_t> last = read_port(text.substr(dash + 1));
  if (!last) return tl::unexpected(last.error());
  if (*last < *first) return wrong(quoted(text) + " ends before it begins", "write the lower port first");
  address.port_last = *last;
  return {};
}

}  // namespace

Result<std::uint64_t> read_time(std::string_view text, std::string_view default_unit) {
  std::string_view rest = text;
  const auto number = leading_digits(rest);
  const std::uint64_t unit = unit_us(rest.empty() ? default_unit : rest);
  if (!number || unit == 0) return wrong(quoted(text) + " is no time", "write digits and us, ms, s, m, h or d");
  if (*number > time_max_ms * 1000 / unit) return wrong(quoted(text) + " is longer than 24 days", "write less, or 0");
  return (*number * unit + 999) / 1000;
}

Result<std::uint64_t> read_size(std::string_view text) {
  std::string_view rest = text;
  const auto number = leading_digits(rest);
  const int shift = rest == "k" || rest == "K"   ? 10
                    : rest == "m" || rest == "M" ? 20
                    : rest == "g" || rest == "G" ? 30
                                                 : 0;
  if (!number || (!rest.empty() && shift == 0))
    return wrong(quoted(text) + " is no size", "write digits and perhaps k, m or g");
  if (*number > (UINT64_MAX >> shift)) return wrong(quoted(text) + " is too large", "write less");
  return *number << shift;
}

Result<std::uint64_t> read_number(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::string_view rest = text;
  const auto number = leading_digits(rest);
  const std::string range = "use " + std::to_string(min) + ".." + std::to_string(max);
  if (!number || !rest.empty()) return wrong(quoted(text) + " is no whole number", range);
  if (*number < min || *number > max) return wrong(quoted(text) + " is out of range", range);
  return *number;
}

Result<Address> read_address(std::string_view text) {
  Address address;
  std::string_view host = text;
  bool is_ip = true;
  for (const Prefix& prefix : prefixes) {
    if (!host.starts_with(prefix.text)) continue;
    address.prefix = prefix.text;
    is_ip = prefix.is_ip;
    host.remove_prefix(prefix.text.size());
    break;
  }
  const bool is_v6 = address.prefix.find('6') != std::string::npos;
  const bool is_v4 = address.prefix.find('4') != std::string::npos;
  if (!is_ip || host.starts_with('/') || text == "stdout" || text == "stderr") {
    address.kind = Address::Kind::other;
    address.text = text;
    return address;
  }
  const std::size_t colon = host.find_last_of(":]");
  if (colon != std::string_view::npos && host[colon] == ':') {
    if (colon + 1 < host.size())
      if (const auto ports = read_ports(host.substr(colon + 1), address); !ports) return tl::unexpected(ports.error());
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.ip = is_v6 ? IpAddr{} : IpAddr::v4(0);
  if (host.empty() || host == "*") return address;
  if (const auto ip = parse_ip(std::string(host))) {
    if ((is_v6 && ip->is_v4()) || (is_v4 && ip->is_v6()))
      return wrong(quoted(host) + " is not of the family that " + address.prefix + " asks for",
                   "remove " + address.prefix);
    address.kind = Address::Kind::ip;
    address.ip = *ip;
    return address;
  }
  address.kind = Address::Kind::name;
  address.text = host;
  return address;
}

}  // namespace poise::config::importing::haproxy
