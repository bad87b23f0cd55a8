#pragma once
#include <cstdint>

#include "config/types/ip.hpp"
#include "config/types/keyed_hash.hpp"

namespace poise::l7::tcp {

// Tuple - the two ends of a connection as this side sees them. Ports in host order.
struct Tuple {
  IpAddr local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  bool operator==(const Tuple&) const = default;
};
static_assert(sizeof(Tuple) == 36);

inline std::uint64_t keyed_hash(const Tuple& tuple, const HashKey& secret) {
  const std::uint64_t ports = std::uint64_t(tuple.local_port) << 16 | tuple.remote_port;
  return poise::keyed_hash(tuple.local, tuple.remote, ports, secret);
}

}  // namespace poise::l7::tcp
