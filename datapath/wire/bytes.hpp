#pragma once
#include <cstdint>
#include <cstring>

// Big-endian numbers at any address: one load and one byte swap, no alignment needed.
namespace poise::datapath::wire {

inline std::uint16_t load16(const std::uint8_t* bytes) {
  std::uint16_t value;
  std::memcpy(&value, bytes, 2);
  return __builtin_bswap16(value);
}
inline std::uint32_t load32(const std::uint8_t* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, 4);
  return __builtin_bswap32(value);
}
inline void store16(std::uint8_t* bytes, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(bytes, &value, 2);
}
inline void store32(std::uint8_t* bytes, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(bytes, &value, 4);
}

}  // namespace poise::datapath::wire
