#include "datapath/steering.hpp"

#include <cstring>

#include "config/types/result.hpp"

namespace poise::datapath {
namespace {

// The key of the Microsoft RSS verification suite: drivers and test equipment know its answers.
constexpr std::array<std::uint8_t, 40> verification_key{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                                        0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                                        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                                        0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

constexpr std::size_t address_bytes_v4 = 8, address_bytes_v6 = 32;

// 32 bits of the key from a bit position on.
std::uint32_t key_window(std::size_t bit) {
  std::uint64_t window = 0;
  for (std::size_t i = 0; i < 5; ++i) window = window << 8 | verification_key[(bit / 8 + i) % verification_key.size()];
  return std::uint32_t(window >> (8 - bit % 8));
}

}  // namespace

Steering::Steering(std::size_t workers) : workers_(workers), key_(verification_key) {
  ensure(workers > 0);
  for (std::size_t i = 0; i < table_size; ++i) table_[i] = std::uint16_t(i % workers);
  for (std::size_t position = 0; position < terms_.size(); ++position)
    for (std::size_t value = 0; value < 256; ++value) {
      std::uint32_t term = 0;
      for (std::size_t bit = 0; bit < 8; ++bit)
        if ((value & (0x80u >> bit)) != 0) term ^= key_window(position * 8 + bit);
      terms_[position][value] = term;
    }
}

std::uint32_t Steering::hash(const FlowKey& key, bool with_ports) const {
  const bool v4 = key.destination.is_v4();
  const std::size_t skip = v4 ? 12 : 0, length = 16 - skip;
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < length; ++i)
    hash ^= terms_[i][key.source.octets[skip + i]] ^ terms_[length + i][key.destination.octets[skip + i]];
  if (!with_ports) return hash;
  const std::size_t at = 2 * length;
  hash ^= terms_[at][key.source_port >> 8] ^ terms_[at + 1][key.source_port & 0xff];
  return hash ^ destination_port_term(v4, key.destination_port);
}

std::uint32_t Steering::destination_port_term(bool v4, std::uint16_t port) const {
  const std::size_t at = (v4 ? address_bytes_v4 : address_bytes_v6) + 2;
  return terms_[at][port >> 8] ^ terms_[at + 1][port & 0xff];
}

}  // namespace poise::datapath
