#pragma once
#include "datapath/wire/big_endian.hpp"

// UDP (RFC 768). A checksum of 0 means none, which only IPv4 allows (RFC 8200 8.1).
namespace poise::datapath::wire {

struct UdpHeader {
  Be16 source_port, destination_port, length, checksum;
};
static_assert(sizeof(UdpHeader) == 8 && alignof(UdpHeader) == 1);

inline constexpr std::uint16_t udp_length = 8;

}  // namespace poise::datapath::wire
