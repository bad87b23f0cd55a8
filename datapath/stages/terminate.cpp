#include <netinet/in.h>

#include "datapath/stages/stages.hpp"
#include "datapath/worker_commands.hpp"

namespace poise::datapath {
namespace {

// For the worker's TCP: to where a frontend listens, or of a connection that it has. What opens no connection of ours
// is looked up only when no frontend is bound there; so are all others' connections to addresses of ours.
bool is_for_local_tcp(const Worker& worker, const Packet& packet) {
  const LocalAddress* local = worker.tables->local.find(packet.key.destination);
  if (local == nullptr || !worker.holds.accepts(local->hold, worker.now)) return false;
  if (worker.tables->proxy_bindings.contains(packet.key.destination, packet.key.destination_port)) return true;
  const bool opens = !packet.has(flag_icmp_error) && (packet.tcp_flags & (tcp_syn | tcp_ack)) == tcp_syn;
  return !opens && worker.local_tcp->knows(packet.key);
}

bool take(Worker& worker, Batch& batch, Packet& packet) {
  if (packet.has(flag_fragment)) {
    drop(worker, batch, packet, Drop::fragment_unsupported);
    return false;
  }
  worker.counters.terminated.add();
  if (packet.has(flag_traced)) trace_stage(worker, packet, worker.stage, Drop::count_);
  if (packet.has(flag_icmp_error)) {
    worker.local_tcp->take_error({packet.l3(), packet.l3_length}, worker.now);
    batch.free_later(packet);
    return false;
  }
  worker.local_tcp->take(packet, packet.l3_offset);
  packet.buffer = nullptr;
  return false;
}

}  // namespace

void terminate(Worker& worker, Batch& batch) {
  if (worker.local_tcp == nullptr || batch.all_in_flows) return;
  batch.keep_if([&](Packet& packet) {
    const bool is_tcp = packet.family != 0 && packet.key.protocol == IPPROTO_TCP && packet.has(flag_ports_known);
    if (!is_tcp || packet.flow.valid() || is_finished(packet) || packet.has(flag_rescheduled)) return true;
    return !is_for_local_tcp(worker, packet) || take(worker, batch, packet);
  });
}

}  // namespace poise::datapath
