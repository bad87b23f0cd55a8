#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/types/ip.hpp"

// The packets of probes without a connection, and what comes back: echo requests (RFC 792, RFC 4443), UDP datagrams,
// and ICMP errors about either.
namespace poise::control::health {

// Ends - who speaks to whom. Of an echo, `local_port` is its identifier and `port` its sequence number.
struct Ends {
  IpAddr local, peer;
  std::uint16_t local_port = 0, port = 0;
  auto operator<=>(const Ends&) const = default;
};

std::vector<std::uint8_t> make_echo_request(const Ends& ends, std::string_view data);
std::vector<std::uint8_t> make_datagram(const Ends& ends, std::string_view data);

struct Answer {
  bool is_echo = false;  // or about one
  Ends ends;             // as we sent it
  std::string error;     // an ICMP error says that it did not arrive; "": it was answered
  std::string data;
};

// Any IP packet. Nothing: cut short, a wrong checksum, or no answer to anything.
std::optional<Answer> read_answer(std::span<const std::uint8_t> packet);

}  // namespace poise::control::health
