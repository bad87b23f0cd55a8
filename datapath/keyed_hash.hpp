#pragma once
#include <cstdint>

#include "config/types/keyed_hash.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// Of a packet's 5-tuple.
inline std::uint64_t keyed_hash(const FlowKey& key, const HashKey& secret) {
  const std::uint64_t rest =
      std::uint64_t(key.source_port) << 32 | std::uint64_t(key.destination_port) << 16 | key.protocol;
  return poise::keyed_hash(key.source, key.destination, rest, secret);
}

}  // namespace poise::datapath
