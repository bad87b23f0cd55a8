#include "datapath/stages/stages.hpp"
#include "datapath/worker_commands.hpp"

namespace poise::datapath {

void send(Worker& worker, Batch& batch) {
  const Tables& tables = *worker.tables;
  batch.keep_if([&](Packet& packet) {
    const bool routed = packet.neighbor != NeighborTable::no_row;
    const PortIndex port =
        routed ? worker.neighbors[packet.neighbor].port : tables.interfaces[packet.out_interface.value].port;
    if (worker.observer.active()) observe_sent(worker, packet);
    if (packet.has(flag_traced)) trace_stage(worker, packet, worker.stage, Drop::count_);
    append_outgoing(worker, port, packet);
    return false;
  });
}

}  // namespace poise::datapath
