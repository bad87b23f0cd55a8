#include "datapath/steering.hpp"

#include "config/types/result.hpp"

namespace poise::datapath {
namespace {

// The key of the Microsoft RSS verification suite: drivers and test equipment know its answers.
constexpr std::array<std::uint8_t, 40> verification_key{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                                        0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                                        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                                        0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

}  // namespace

Steering::Steering(std::size_t workers) : workers_(workers), toeplitz_(verification_key) {
  ensure(workers > 0);
  for (std::size_t i = 0; i < table_size; ++i) table_[i] = std::uint16_t(i % workers);
}

std::uint32_t Steering::hash(const FlowKey& key, bool with_ports) const {
  const std::uint32_t hash = toeplitz_.of_addresses(key.source, key.destination);
  if (!with_ports) return hash;
  const bool is_v4 = key.destination.is_v4();
  return hash ^ toeplitz_.source_port_term(is_v4, key.source_port) ^
         toeplitz_.destination_port_term(is_v4, key.destination_port);
}

std::uint32_t Steering::destination_port_term(bool v4, std::uint16_t port) const {
  return toeplitz_.destination_port_term(v4, port);
}

}  // namespace poise::datapath
