#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// The worker that owns a packet's flow: by the client's prefix for services steered so, else by the hash that NICs
// compute.
WorkerId owner_of(const Tables& tables, const Packet& packet);

// Gives the packet to another worker (dropped and counted when its ring is full); it leaves this worker either way.
void hand_off(Worker& worker, Batch& batch, Packet& packet, WorkerId owner);

}  // namespace poise::datapath
