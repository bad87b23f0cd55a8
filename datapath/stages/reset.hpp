#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// Answers a TCP segment with a RST to its sender, as the address it was sent to (RFC 9293 3.10.7.1). Nothing for a RST
// or another protocol; bounded by icmp.errors_per_second. The packet itself stays with the caller.
void send_reset(Worker& worker, const Packet& packet);

}  // namespace poise::datapath
