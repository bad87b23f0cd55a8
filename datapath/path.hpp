#pragma once
#include <cstdint>

#include "datapath/worker.hpp"

namespace poise::datapath {

// Next hops: from an address to a row of the worker's NeighborTable. Worker thread only.

// The row for a neighbor, made `incomplete` and asked for (punted miss) when it is new; no_row when the table is full.
NeighborIndex neighbor_for(Worker& worker, InterfaceIndex interface, const IpAddr& address);

// The row towards a destination by the routes; no_row when there is no route (or no room). `hash` picks among
// equal-cost hops.
NeighborIndex next_hop(Worker& worker, const IpAddr& destination, std::uint32_t hash);

// A flow's next hops, found again when routes or interfaces have changed since. `destination`s: where its packets go
// each way.
void refresh_path(Worker& worker, FlowRef flow);

// Rewrites the prepared Ethernet headers after interfaces changed (MAC, VLAN, MTU).
void refresh_neighbor_headers(Worker& worker);
void write_neighbor_header(const Tables& tables, Neighbor& neighbor, const MacAddr& mac);

}  // namespace poise::datapath
