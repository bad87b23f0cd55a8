#pragma once
#include <array>

#include "datapath/wire/big_endian.hpp"

// PROXY protocol version 2 (haproxy.org, proxy-protocol.txt 2.2): tells a server the client's address ahead of the
// stream.
namespace poise::datapath::wire {

struct ProxyV2Header {
  std::array<std::uint8_t, 12> signature;
  std::uint8_t version_command, family_protocol;
  Be16 length;  // of what follows

  static constexpr std::array<std::uint8_t, 12> signature_bytes{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                                0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
  static constexpr std::uint8_t version2_proxy = 0x21;
  static constexpr std::uint8_t tcp_v4 = 0x11, udp_v4 = 0x12, tcp_v6 = 0x21, udp_v6 = 0x22;
};
static_assert(sizeof(ProxyV2Header) == 16 && alignof(ProxyV2Header) == 1);

struct ProxyV2Addresses4 {
  Be32 source, destination;
  Be16 source_port, destination_port;
};
static_assert(sizeof(ProxyV2Addresses4) == 12 && alignof(ProxyV2Addresses4) == 1);

struct ProxyV2Addresses6 {
  std::uint8_t source[16], destination[16];
  Be16 source_port, destination_port;
};
static_assert(sizeof(ProxyV2Addresses6) == 36 && alignof(ProxyV2Addresses6) == 1);

}  // namespace poise::datapath::wire
