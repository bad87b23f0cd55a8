#include "datapath/tables.hpp"

namespace poise::datapath {

std::optional<IpAddr> Interface::source_for(const IpAddr& destination) const {
  if (destination.is_v6() && destination.is_link_local()) return link_local;
  const IpPrefix* best = nullptr;
  for (const IpPrefix& own : addresses)
    if (own.contains(destination) && (best == nullptr || own.length > best->length)) best = &own;
  if (best != nullptr) return best->address;
  for (const IpPrefix& own : addresses)
    if (own.address.is_v4() == destination.is_v4() && !own.address.is_link_local()) return own.address;
  if (destination.is_v6()) return link_local;
  return std::nullopt;
}

const Hop* find_hop(const Tables& tables, const IpAddr& destination, std::uint32_t hash) {
  const PrefixTable& routes = destination.is_v4() ? tables.routes_v4 : tables.routes_v6;
  const std::uint32_t row = routes.find(destination);
  if (row == PrefixTable::none) return nullptr;
  const std::vector<Hop>& hops = tables.route_groups[row].hops;
  return &hops[hash % hops.size()];
}

}  // namespace poise::datapath
