#pragma once
#include <array>

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

// RFC 2402 2, with HMAC-MD5-96.
inline constexpr std::size_t ah_digest_length = 12;
struct AuthenticationHeader {
  std::uint8_t next_header, length;  // length: in 32-bit words, less 2
  datapath::wire::Be16 reserved;
  datapath::wire::Be32 spi, sequence;
  std::array<std::uint8_t, ah_digest_length> digest;
};
static_assert(sizeof(AuthenticationHeader) == 24 && alignof(AuthenticationHeader) == 1);

inline constexpr std::size_t hmac_digest_length = 16;
struct HmacTrailerHeader {
  std::uint8_t scheme, key_id;
  datapath::wire::Be16 reserved;
  datapath::wire::Be32 seconds;  // since 1970
  datapath::wire::Be16 fraction, counter;
  std::array<std::uint8_t, hmac_digest_length> digest;
};
static_assert(sizeof(HmacTrailerHeader) == 28 && alignof(HmacTrailerHeader) == 1);

}  // namespace poise::vrrp
