#include "datapath/stages/stages.hpp"

namespace poise::datapath {

void find_service(Worker& worker, Batch& batch) {
  if (batch.all_in_flows) return;
  const Tables& tables = *worker.tables;
  batch.keep_if([&](Packet& packet) {
    if (packet.flow.valid() || packet.family == 0 || is_finished(packet)) return true;
    if (packet.has(flag_icmp_error)) {
      if (tables.local.find(packet.key.destination) == nullptr) return true;  // about somebody else's packet: forwarded
      drop(worker, batch, packet, Drop::icmp_error_unmatched);
      return false;
    }
    const FlowKey& key = packet.key;
    const ServiceTable::Answer answer = tables.service_table.find(key.destination, key.protocol, key.destination_port);
    if (answer.found != ServiceTable::Found::service) return true;
    const Service& service = tables.services[answer.service.value];
    if (!worker.holds.accepts(service.hold, worker.now)) return true;  // another node's now: forwarded
    packet.service = answer.service;
    if (service.enabled) return true;
    drop(worker, batch, packet, Drop::service_disabled);
    return false;
  });
}

}  // namespace poise::datapath
