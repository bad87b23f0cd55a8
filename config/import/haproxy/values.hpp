#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/types/ip.hpp"
#include "config/types/result.hpp"

// Values as HAProxy writes them. What is wrong with one is an Error without a path.
namespace poise::config::importing::haproxy {

// A time in milliseconds: digits, and us, ms, s, m, h or d; without a unit it is in `default_unit`. Rounded up.
Result<std::uint64_t> read_time(std::string_view text, std::string_view default_unit = "ms");
// Bytes: digits, and k, m or g.
Result<std::uint64_t> read_size(std::string_view text);
Result<std::uint64_t> read_number(std::string_view text, std::uint64_t min, std::uint64_t max);

// Address - what HAProxy takes for an address: a host and perhaps ports.
struct Address {
  enum class Kind : std::uint8_t { ip, any, name, other } kind = Kind::any;
  IpAddr ip;           // of kind ip; of kind any: 0.0.0.0, or :: after "ipv6@"
  std::string text;    // of kind name: the host; of kind other: the whole, such as /run/x.sock, fd@3
  std::string prefix;  // "ipv4@", "tcp@", ...; "" without
  std::optional<std::uint16_t> port, port_last;
  char offset = 0;  // '+' or '-': ports count from the one of the client
};
// One address; `text` has no commas.
Result<Address> read_address(std::string_view text);

}  // namespace poise::config::importing::haproxy
