#pragma once
#include <array>
#include <cstdint>

namespace poise::l7 {

// What is sent in both directions: one block again and again. peer.py has the same.
inline constexpr std::uint32_t block_piece = 1999, block_pieces = 32, block_bytes = block_piece * block_pieces;
constexpr std::uint8_t content_at(std::uint64_t offset) {
  const std::uint64_t at = offset % block_bytes;
  return std::uint8_t(at * 167 + (at >> 8) * 59 + (at * at >> 11));
}

}  // namespace poise::l7
