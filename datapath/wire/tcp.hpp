#pragma once
#include "datapath/wire/big_endian.hpp"

// TCP (RFC 9293 3.1). The flags are datapath::TcpFlag.
namespace poise::datapath::wire {

struct TcpHeader {
  Be16 source_port, destination_port;
  Be32 sequence, acknowledgment;
  std::uint8_t data_offset, flags;
  Be16 window, checksum, urgent;
  constexpr std::uint16_t header_length() const { return std::uint16_t((data_offset >> 4) * 4); }
};
static_assert(sizeof(TcpHeader) == 20 && alignof(TcpHeader) == 1);

inline constexpr std::uint16_t tcp_length = 20, tcp_length_max = 60;
inline constexpr std::uint8_t tcp_option_end = 0, tcp_option_nop = 1, tcp_option_mss = 2;

}  // namespace poise::datapath::wire
