#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "config/types/ip.hpp"
#include "config/types/mac.hpp"

namespace poise::datapath {

// NeighborFacts - a neighbor solicitation or advertisement that passed the checks of RFC 4861 7.1.
struct NeighborFacts {
  bool advertisement = false;
  std::uint32_t flags = 0;  // wire::NeighborMessage: router, solicited, override_old
  IpAddr source, destination, target;
  std::optional<MacAddr> source_mac, target_mac;  // from the options
};

// The one door for neighbor messages, from their IPv6 header on (padding behind it is ignored). Nothing: another
// message, or one that fails a check: hop limit 255, checksum, code, lengths, multicast target, the rules for an
// unspecified source, and no extension or fragment header (RFC 6980).
std::optional<NeighborFacts> read_neighbor_message(std::span<const std::uint8_t> packet);

}  // namespace poise::datapath
