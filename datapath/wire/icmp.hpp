#pragma once
#include "datapath/wire/big_endian.hpp"

// ICMP (RFC 792, 1191) and ICMPv6 (RFC 4443): the same eight bytes, then the quoted packet or the echo's data.
namespace poise::datapath::wire {

struct IcmpHeader {
  std::uint8_t type, code;
  Be16 checksum;
  Be16 word1, word2;  // echo: identifier, sequence; ICMP fragmentation needed: unused, MTU

  // ICMPv6 packet too big and parameter problem have one 32-bit field here.
  constexpr std::uint32_t value() const { return std::uint32_t(word1.host()) << 16 | word2.host(); }
  constexpr void set_value(std::uint32_t value) {
    word1.set(std::uint16_t(value >> 16));
    word2.set(std::uint16_t(value));
  }
};
static_assert(sizeof(IcmpHeader) == 8 && alignof(IcmpHeader) == 1);

inline constexpr std::uint16_t icmp_length = 8;

enum IcmpType : std::uint8_t {
  icmp_echo_reply = 0,
  icmp_unreachable = 3,
  icmp_source_quench = 4,
  icmp_redirect = 5,
  icmp_echo_request = 8,
  icmp_time_exceeded = 11,
  icmp_parameter_problem = 12
};
enum IcmpUnreachable : std::uint8_t {
  icmp_unreachable_net = 0,
  icmp_unreachable_host = 1,
  icmp_unreachable_protocol = 2,
  icmp_unreachable_port = 3,
  icmp_fragmentation_needed = 4,
  icmp_source_route_failed = 5,
  icmp_unreachable_admin = 13
};
enum Icmpv6Type : std::uint8_t {
  icmpv6_unreachable = 1,
  icmpv6_packet_too_big = 2,
  icmpv6_time_exceeded = 3,
  icmpv6_parameter_problem = 4,
  icmpv6_echo_request = 128,
  icmpv6_echo_reply = 129
};
enum Icmpv6Unreachable : std::uint8_t {
  icmpv6_unreachable_route = 0,
  icmpv6_unreachable_admin = 1,
  icmpv6_unreachable_scope = 2,
  icmpv6_unreachable_address = 3,
  icmpv6_unreachable_port = 4
};
enum Icmpv6Problem : std::uint8_t {
  icmpv6_problem_field = 0,
  icmpv6_problem_next_header = 1,
  icmpv6_problem_option = 2
};

constexpr bool is_icmp_error(std::uint8_t type) {
  return type == icmp_unreachable || type == icmp_source_quench || type == icmp_redirect ||
         type == icmp_time_exceeded || type == icmp_parameter_problem;
}
constexpr bool is_icmpv6_error(std::uint8_t type) { return type < 128; }

}  // namespace poise::datapath::wire
