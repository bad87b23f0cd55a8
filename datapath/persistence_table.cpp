#include "datapath/persistence_table.hpp"

#include <bit>

namespace poise::datapath {
namespace {

static_assert(std::has_single_bit(limits::persistence_entries));
constexpr ServiceIndex no_service{~0u};

}  // namespace

PersistenceTable::PersistenceTable(const HashKey& key) : key_(key), entries_(limits::persistence_entries) {}

// The first of the `probes` entries that may hold it: neighborhoods do not overlap, so that each is four whole cache
// lines.
std::size_t PersistenceTable::slot_of(ServiceIndex service, const IpAddr& client) const {
  const FlowKey key{client, IpAddr{}, std::uint16_t(service.value >> 16), std::uint16_t(service.value), 0};
  return keyed_hash(key, key_) & (entries_.size() - probes);
}

RealIndex PersistenceTable::find(ServiceIndex service, const IpAddr& client_network, std::uint32_t now_ms) {
  Entry* entry = &entries_[slot_of(service, client_network)];
  for (std::size_t i = 0; i < probes; ++i, ++entry) {
    if (entry->service != service || entry->client != client_network) continue;
    if (now_ms - entry->last_ms >= entry->timeout_ms) return {~0u};
    entry->last_ms = now_ms;
    return entry->real;
  }
  return {~0u};
}

PersistenceTable::Inserted PersistenceTable::insert(ServiceIndex service, const IpAddr& client_network, RealIndex real,
                                                    std::uint32_t now_ms, std::uint32_t timeout_ms) {
  Entry* const first = &entries_[slot_of(service, client_network)];
  Entry *free = nullptr, *oldest = first;
  for (Entry* entry = first; entry != first + probes; ++entry) {
    if (entry->service == service && entry->client == client_network) {
      *entry = {client_network, service, real, now_ms, timeout_ms};
      return Inserted::fresh;
    }
    const std::uint32_t idle_ms = now_ms - entry->last_ms;
    if (free == nullptr && (entry->service == no_service || idle_ms >= entry->timeout_ms)) free = entry;
    if (idle_ms > now_ms - oldest->last_ms) oldest = entry;
  }
  *(free != nullptr ? free : oldest) = {client_network, service, real, now_ms, timeout_ms};
  return free != nullptr ? Inserted::fresh : Inserted::replaced_live_entry;
}

void PersistenceTable::erase(ServiceIndex service, const IpAddr& client_network) {
  Entry* entry = &entries_[slot_of(service, client_network)];
  for (std::size_t i = 0; i < probes; ++i, ++entry)
    if (entry->service == service && entry->client == client_network) *entry = {};
}

}  // namespace poise::datapath
