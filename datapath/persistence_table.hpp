#pragma once
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "config/types/limits.hpp"
#include "datapath/keyed_hash.hpp"

namespace poise::datapath {

// PersistenceTable - (service, client prefix) -> real, with a timeout that each use renews. Exact across workers
// because a service with persistence is steered by the client's prefix: one worker sees all of a client. Owner: one
// worker. Bounded: limits::persistence_entries; when the neighborhood of an entry is full the oldest there gives way
// (counted by the caller through insert's answer).
class PersistenceTable {
 public:
  explicit PersistenceTable(const HashKey& key);
  RealIndex find(ServiceIndex service, const IpAddr& client_network,
                 std::uint32_t now_ms);  // ~0: none or timed out; renews
  enum class Inserted { fresh, replaced_live_entry };
  Inserted insert(ServiceIndex service, const IpAddr& client_network, RealIndex real, std::uint32_t now_ms,
                  std::uint32_t timeout_ms);
  void erase(ServiceIndex service, const IpAddr& client_network);

 private:
  struct alignas(32) Entry {
    IpAddr client;
    ServiceIndex service{~0u};
    RealIndex real{~0u};
    std::uint32_t last_ms = 0, timeout_ms = 0;
  };
  static_assert(sizeof(Entry) == 32);
  static constexpr std::size_t probes = 8;
  std::size_t slot_of(ServiceIndex service, const IpAddr& client) const;
  HashKey key_;
  std::vector<Entry> entries_;
};

}  // namespace poise::datapath
