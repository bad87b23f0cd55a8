#pragma once
#include <cstdint>

namespace poise::datapath::wire {

// Be16, Be32 - numbers as they lie on the wire: the byte order is in the type, the alignment is 1. Compilers turn
// host() and the constructor into one load or store with a byte swap.
struct Be16 {
  std::uint8_t bytes[2];
  static constexpr Be16 from(std::uint16_t value) { return {{std::uint8_t(value >> 8), std::uint8_t(value)}}; }
  constexpr std::uint16_t host() const { return std::uint16_t(bytes[0] << 8 | bytes[1]); }
  constexpr void set(std::uint16_t value) { *this = from(value); }
  constexpr bool operator==(const Be16&) const = default;
};

struct Be32 {
  std::uint8_t bytes[4];
  static constexpr Be32 from(std::uint32_t value) {
    return {{std::uint8_t(value >> 24), std::uint8_t(value >> 16), std::uint8_t(value >> 8), std::uint8_t(value)}};
  }
  constexpr std::uint32_t host() const {
    return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16 | std::uint32_t(bytes[2]) << 8 | bytes[3];
  }
  constexpr void set(std::uint32_t value) { *this = from(value); }
  constexpr bool operator==(const Be32&) const = default;
};

static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1 && sizeof(Be32) == 4 && alignof(Be32) == 1);

// A header at an address. The caller has checked that sizeof(Header) bytes are there.
template <class Header>
Header& at(std::uint8_t* bytes) {
  static_assert(alignof(Header) == 1);
  return *reinterpret_cast<Header*>(bytes);
}
template <class Header>
const Header& at(const std::uint8_t* bytes) {
  static_assert(alignof(Header) == 1);
  return *reinterpret_cast<const Header*>(bytes);
}

}  // namespace poise::datapath::wire
