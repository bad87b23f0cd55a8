#pragma once
#include <emmintrin.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace poise {

// IpAddr - an IPv4 or IPv6 address as one 16-byte value.
// IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). Such an address may not appear in an IPv6 packet, so the family is
// never ambiguous; tables and keys need one form only.
struct IpAddr {
  std::array<std::uint8_t, 16> octets{};

  static constexpr IpAddr v4(std::uint32_t host_order) {
    if (!std::is_constant_evaluated()) return v4_of_word(__builtin_bswap32(host_order));
    IpAddr address;
    address.octets[10] = address.octets[11] = 0xff;
    for (int i = 0; i < 4; ++i) address.octets[12 + i] = std::uint8_t(host_order >> (24 - 8 * i));
    return address;
  }
  static IpAddr v4_at(const std::uint8_t* wire) {
    std::uint32_t word;
    std::memcpy(&word, wire, 4);
    return v4_of_word(word);
  }
  static IpAddr v6(const std::uint8_t* wire) {
    IpAddr address;
    std::memcpy(address.octets.data(), wire, 16);
    return address;
  }

  constexpr bool is_v4() const {
    if (!std::is_constant_evaluated()) {  // two loads: every packet asks
      std::uint64_t high;
      std::uint32_t middle;
      std::memcpy(&high, octets.data(), 8);
      std::memcpy(&middle, octets.data() + 8, 4);
      return high == 0 && middle == 0xffff0000u;
    }
    for (int i = 0; i < 10; ++i)
      if (octets[i] != 0) return false;
    return octets[10] == 0xff && octets[11] == 0xff;
  }
  constexpr bool is_v6() const { return !is_v4(); }
  constexpr std::uint32_t v4_value() const {  // host order; only for an IPv4 address
    return std::uint32_t(octets[12]) << 24 | std::uint32_t(octets[13]) << 16 | std::uint32_t(octets[14]) << 8 |
           octets[15];
  }
  constexpr bool is_unspecified() const { return *this == IpAddr{} || *this == v4(0); }
  constexpr bool is_multicast() const { return is_v4() ? (octets[12] & 0xf0) == 0xe0 : octets[0] == 0xff; }
  constexpr bool is_link_local() const {
    return is_v4() ? octets[12] == 169 && octets[13] == 254 : octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
  }
  constexpr bool is_loopback() const {
    IpAddr one;
    one.octets[15] = 1;
    return is_v4() ? octets[12] == 127 : *this == one;
  }
  constexpr bool operator==(const IpAddr& other) const {
    if (std::is_constant_evaluated()) return octets == other.octets;
    std::uint64_t own[2], others[2];  // rather than a call of memcmp: every look-up compares
    std::memcpy(own, octets.data(), sizeof own);
    std::memcpy(others, other.octets.data(), sizeof others);
    return ((own[0] ^ others[0]) | (own[1] ^ others[1])) == 0;
  }
  constexpr auto operator<=>(const IpAddr& other) const { return octets <=> other.octets; }

 private:
  // One store of 16 bytes: loads of all of them, as hashes and copies do, would wait for smaller ones to reach the
  // cache.
  static IpAddr v4_of_word(std::uint32_t wire_order) {
    IpAddr address;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(address.octets.data()),
                     _mm_set_epi32(int(wire_order), int(0xffff0000u), 0, 0));
    return address;
  }
};
static_assert(sizeof(IpAddr) == 16);

// IpPrefix - an address with a prefix length. `address` keeps its host bits: "192.0.2.1/24" is an interface address.
struct IpPrefix {
  IpAddr address;
  std::uint8_t length = 0;  // 0..32 for IPv4, 0..128 for IPv6

  IpAddr network() const;                    // host bits cleared
  bool contains(const IpAddr& other) const;  // false for the other family
  constexpr auto operator<=>(const IpPrefix&) const = default;
};

std::optional<IpAddr> parse_ip(std::string_view text);
std::optional<IpPrefix> parse_prefix(std::string_view text);  // a plain address is /32 or /128
std::string to_string(const IpAddr& address);                 // RFC 5952
using IpText = std::array<char, 46>;
std::string_view to_text(const IpAddr& address, IpText& room);  // the same, without an allocation
std::string to_string(const IpPrefix& prefix);

// The address with all bits after the first `length` cleared; `length` counts in the address's own family.
IpAddr masked(const IpAddr& address, std::uint8_t length);

}  // namespace poise

template <>
struct std::hash<poise::IpAddr> {
  std::size_t operator()(const poise::IpAddr& address) const noexcept {
    std::uint64_t high, low;
    std::memcpy(&high, address.octets.data(), 8);
    std::memcpy(&low, address.octets.data() + 8, 8);
    // Every octet must reach the low bits: tables mask the hash.
    std::uint64_t mixed = (high * 0x9e3779b97f4a7c15ull) ^ low;
    mixed = (mixed ^ mixed >> 32) * 0xbf58476d1ce4e5b9ull;
    return mixed ^ mixed >> 32;
  }
};
