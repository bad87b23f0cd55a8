#include "datapath/stages/stages.hpp"
#include "datapath/worker_commands.hpp"

namespace poise::datapath {

void send(Worker& worker, Batch& batch) {
  const Tables& tables = *worker.tables;
  const bool observed = worker.observer.active();
  for (std::uint8_t i = 0; i < batch.live_count; ++i) {
    const Packet& packet = batch.packets[batch.live[i]];
    const bool routed = packet.neighbor != NeighborTable::no_row;
    const PortIndex port =
        routed ? worker.neighbors[packet.neighbor].port : tables.interfaces[packet.out_interface.value].port;
    if (observed) [[unlikely]] {
      observe_sent(worker, packet);
      if (packet.has(flag_traced)) trace_stage(worker, packet, worker.stage, Drop::count_);
    }
    append_outgoing(worker, port, packet);
  }
  batch.live_count = 0;
}

}  // namespace poise::datapath
