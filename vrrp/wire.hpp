#pragma once
#include "datapath/wire/big_endian.hpp"

// VRRP on the wire (RFC 3768 5.1, RFC 9568 5.1).
namespace poise::vrrp {

inline constexpr std::uint8_t protocol_vrrp = 112, protocol_ah = 51;
inline constexpr std::uint8_t ttl_vrrp = 255;
inline constexpr std::uint8_t traffic_class_vrrp = 0xc0;  // CS6, as keepalived and FRR send it
inline constexpr std::uint16_t interval_v3_mask = 0x0fff;
inline constexpr std::size_t authentication_data_length = 8;  // behind the addresses, version 2

// What both versions begin with; IP addresses follow.
struct AdvertHeader {
  std::uint8_t version_type, vrid, priority, address_count;
  datapath::wire::Be16 interval;  // version 2: authentication type, seconds; version 3: reserved 4 bits, centiseconds
  datapath::wire::Be16 checksum;
};
static_assert(sizeof(AdvertHeader) == 8 && alignof(AdvertHeader) == 1);

}  // namespace poise::vrrp
