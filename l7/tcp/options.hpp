#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "l7/tcp/sequence.hpp"

namespace poise::l7::tcp {

inline constexpr std::size_t options_length_max = 40, sack_blocks_max = 4;
inline constexpr std::uint8_t window_shift_max = 14;  // RFC 7323 2.3

struct Timestamps {  // RFC 7323 3.2
  std::uint32_t value = 0, echo = 0;
  bool operator==(const Timestamps&) const = default;
};

// Options - what a segment says besides its header (RFC 9293 3.2, RFC 7323, RFC 2018).
struct Options {
  std::optional<std::uint16_t> mss;          // only of a SYN
  std::optional<std::uint8_t> window_shift;  // only of a SYN; 0..14
  bool sack_permitted = false;               // only of a SYN
  std::optional<Timestamps> timestamps;
  std::array<Range, sack_blocks_max> sack{};  // the most recent first; a D-SACK block (RFC 2883) is the first
  std::uint8_t sack_count = 0;
  bool is_malformed = false;  // a length was wrong: what stood before it counts, nothing after

  std::span<const Range> sack_blocks() const { return std::span(sack).first(sack_count); }
  void add_sack(const Range& block) {
    if (sack_count < sack_blocks_max) sack[sack_count++] = block;
  }
  bool operator==(const Options&) const = default;
};

// Any bytes. Unknown options are skipped by their length; those of a SYN are ignored in other segments.
Options read_options(std::span<const std::uint8_t> bytes, bool is_syn);

// Returns the length, a multiple of 4. SACK blocks that find no room are left out. The order is Linux's, with padding
// that keeps 32-bit values aligned.
std::size_t write_options(const Options& options, std::span<std::uint8_t, options_length_max> to);

}  // namespace poise::l7::tcp
