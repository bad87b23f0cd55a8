#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// Cuts an IPv4 packet without DF into fragments that fit its next hop's MTU (RFC 791 3.2, RFC 1812 4.2.2.7). The packet
// leaves the batch; its fragments are in worker.generated, bound for the same neighbor. Returns false, as a stage does
// for a packet that left.
bool split(Worker& worker, Batch& batch, Packet& packet);

// The same for an IPv6 packet that this box is the source of, or the translator of from IPv4 without DF (RFC 8200 4.5,
// RFC 7915 4): pieces with a fragment header of at most `most` bytes. It has no extension header but, perhaps, a
// fragment header, whose identification then stays.
struct FragmentsV6 {
  std::uint16_t most = 1280;
  std::uint32_t identification = 0;
};
bool split_v6(Worker& worker, Batch& batch, Packet& packet, const FragmentsV6& as);

}  // namespace poise::datapath
