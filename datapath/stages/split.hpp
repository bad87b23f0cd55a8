#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// Cuts an IPv4 packet without DF into fragments that fit its next hop's MTU (RFC 791 3.2, RFC 1812 4.2.2.7). The packet leaves the
// batch; its fragments are in worker.generated, bound for the same neighbor. Returns false, as a stage does for a packet that left.
bool split(Worker& worker, Batch& batch, Packet& packet);

}  // namespace poise::datapath
