#pragma once
#include "config/types/mac.hpp"
#include "datapath/wire/big_endian.hpp"

// IPv6 neighbor discovery (RFC 4861 4).
namespace poise::datapath::wire {

enum NdType : std::uint8_t {
  nd_router_solicitation = 133,
  nd_router_advertisement = 134,
  nd_neighbor_solicitation = 135,
  nd_neighbor_advertisement = 136,
  nd_redirect = 137
};
constexpr bool is_nd(std::uint8_t type) { return type >= nd_router_solicitation && type <= nd_redirect; }

// Solicitation and advertisement have one shape; `flags` is reserved in a solicitation.
struct NeighborMessage {
  std::uint8_t type, code;
  Be16 checksum;
  Be32 flags;
  std::uint8_t target[16];

  static constexpr std::uint32_t router = 1u << 31, solicited = 1u << 30, override_old = 1u << 29;
};
static_assert(sizeof(NeighborMessage) == 24 && alignof(NeighborMessage) == 1);

struct LinkLayerOption {
  std::uint8_t type, length_in_8_bytes;
  MacAddr mac;

  static constexpr std::uint8_t source = 1, target = 2;
};
static_assert(sizeof(LinkLayerOption) == 8 && alignof(LinkLayerOption) == 1);

inline constexpr std::uint8_t nd_hop_limit = 255;

}  // namespace poise::datapath::wire
