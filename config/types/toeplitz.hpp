#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "config/types/ip.hpp"

namespace poise {

// Toeplitz - the hash that NICs compute for receive-side scaling, by a table of every input byte's part. Immutable
// after construction. Source: Microsoft RSS specification.
class Toeplitz {
 public:
  using Key = std::array<std::uint8_t, 40>;
  explicit constexpr Toeplitz(const Key& key) : key_(key) {
    for (std::size_t position = 0; position < terms_.size(); ++position)
      for (std::size_t value = 0; value < 256; ++value)
        for (std::size_t bit = 0; bit < 8; ++bit)
          if ((value & (0x80u >> bit)) != 0) terms_[position][value] ^= key_window(position * 8 + bit);
  }

  const Key& key() const { return key_; }
  // As for a packet on the wire: both addresses are of one family.
  std::uint32_t of_addresses(const IpAddr& source, const IpAddr& destination) const {
    const std::size_t skip = destination.is_v4() ? 12 : 0, length = 16 - skip;
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < length; ++i)
      hash ^= terms_[i][source.octets[skip + i]] ^ terms_[length + i][destination.octets[skip + i]];
    return hash;
  }
  // The hash is linear: with ports it is that of the addresses ^ the terms of both ports.
  std::uint32_t source_port_term(bool is_v4, std::uint16_t port) const { return port_term(is_v4 ? 8 : 32, port); }
  std::uint32_t destination_port_term(bool is_v4, std::uint16_t port) const { return port_term(is_v4 ? 10 : 34, port); }

 private:
  std::uint32_t port_term(std::size_t at, std::uint16_t port) const {
    return terms_[at][port >> 8] ^ terms_[at + 1][port & 0xff];
  }
  // 32 bits of the key from a bit position on.
  constexpr std::uint32_t key_window(std::size_t bit) const {
    std::uint64_t window = 0;
    for (std::size_t i = 0; i < 5; ++i) window = window << 8 | key_[(bit / 8 + i) % key_.size()];
    return std::uint32_t(window >> (8 - bit % 8));
  }

  Key key_;
  std::array<std::array<std::uint32_t, 256>, 36> terms_{};
};

}  // namespace poise
