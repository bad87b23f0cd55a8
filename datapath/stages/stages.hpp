#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// The stages, in the order of `pipeline` (worker.cpp). Each takes the live packets of a batch one step further: it
// fills in what the next ones need, or takes a packet out of the batch (dropped, held, handed over, punted, sent).
// Worker thread only.
void parse(Worker& worker, Batch& batch);  // headers checked; family, offsets, key, flags
void local(Worker& worker,
           Batch& batch);  // ARP, ND and echo for our addresses answered; what is only for this link ends here
void steer(Worker& worker, Batch& batch);     // packets of another worker handed over
void fragment(Worker& worker, Batch& batch);  // later fragments get the ports of their first, or wait for it
void find_flow(Worker& worker, Batch& batch);
void terminate(Worker& worker, Batch& batch);  // segments that end here given to the worker's LocalTcp
void find_service(Worker& worker, Batch& batch);
void schedule(Worker& worker, Batch& batch);
void route(Worker& worker, Batch& batch);
void rewrite(Worker& worker, Batch& batch);
void resolve_neighbor(Worker& worker, Batch& batch);
void send(Worker& worker, Batch& batch);

// Outside the pipeline: the next hops of packets that this worker made itself, before they are sent. They start at
// their IP header (l3_offset) with room for an Ethernet header before it.
void route_generated(Worker& worker, Batch& batch);

// An answer made in place: its Ethernet header is complete, `out_interface` set; later stages leave it alone and `send`
// sends it.
inline bool is_finished(const Packet& packet) { return packet.has(flag_generated); }

}  // namespace poise::datapath
