#include <netinet/in.h>

#include "datapath/flow_life.hpp"
#include "datapath/stages/reset.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/stages/steer.hpp"

namespace poise::datapath {
namespace {

bool wants_flow(const Packet& packet) { return packet.family != 0 && !is_finished(packet); }

// A SYN on a connection that is over starts a new one (RFC 9293 3.6.1): the old entry goes.
bool starts_anew(const FlowState& state, const Packet& packet) {
  return (packet.tcp_flags & (tcp_syn | tcp_ack)) == tcp_syn && !packet.has(flag_to_client) &&
         !packet.has(flag_icmp_error) && (is_over(state) || state.tcp == TcpState::fin_wait);
}

// A virtual address that this node does not hold any more: the client's packet is forwarded to who does.
bool belongs_to_another_node(const Worker& worker, const Packet& packet, const FlowState& state) {
  if (state.has(flow_snat) || packet.has(flag_to_client)) return false;
  return !worker.holds.accepts(worker.tables->real_facts[state.real.value].hold, worker.now);
}

enum class Fate { goes_on, forgotten, dropped };

// What the service wants with the flows of a server that fails its health checks.
config::RemovedServerPolicy as_removed(config::FailedServerPolicy policy) {
  switch (policy) {
    case config::FailedServerPolicy::reset:
      return config::RemovedServerPolicy::reset;
    case config::FailedServerPolicy::reschedule:
      return config::RemovedServerPolicy::reschedule;
    case config::FailedServerPolicy::keep:
      break;
  }
  return config::RemovedServerPolicy::keep;
}

// Flows of a server that was removed or taken down, that fails, or whose drain deadline has passed: what the service's
// policy says.
Fate apply_server_policy(Worker& worker, Batch& batch, Packet& packet, const FlowState& state) {
  if (state.has(flow_snat)) return Fate::goes_on;
  const RealFacts& real = worker.tables->real_facts[state.real.value];
  const ServerState& server = worker.servers[real.server];
  const bool drained = server.reset_flows.load(std::memory_order_relaxed);
  const bool gone = real.removed || server.status.load(std::memory_order_relaxed) >= ServerState::down;
  const bool failed = server.health.load(std::memory_order_relaxed) == ServerState::failed;
  if (!drained && !gone && !failed) [[likely]]
    return Fate::goes_on;
  config::RemovedServerPolicy policy = gone ? real.removed_server : as_removed(real.failed_server);
  if (drained) policy = config::RemovedServerPolicy::reset;
  if (policy == config::RemovedServerPolicy::keep) return Fate::goes_on;
  if (policy == config::RemovedServerPolicy::reset) send_reset(worker, packet);
  end_flow(worker, packet.flow);
  packet.flow = {};
  if (policy == config::RemovedServerPolicy::reschedule) {
    packet.set(flag_rescheduled);
    return Fate::forgotten;
  }
  drop(worker, batch, packet, drained ? Drop::drained : gone ? Drop::server_removed : Drop::server_failed);
  return Fate::dropped;
}

// What rewrite will read and write of this flow's packet, besides the packet.
void prefetch_for_rewrite(Worker& worker, const Packet& packet, const FlowState& state) {
  __builtin_prefetch(&worker.counters.reals[state.real.value % limits::reals], 1);
  const NeighborIndex next = packet.has(flag_to_client) ? state.to_client : state.to_server;
  if (next != NeighborTable::no_row) __builtin_prefetch(&worker.neighbors[next]);
  if (config::Mode(state.mode) == config::Mode::tunnel)
    __builtin_prefetch(packet.data - 64, 1);  // where the outer headers will be
}

// A reply for an address of ours that the NIC should have brought to its owner: handed there and counted.
bool brought_to_wrong_core(Worker& worker, Batch& batch, Packet& packet) {
  const Tables& tables = *worker.tables;
  if (tables.steering->workers() == 1 || packet.has(flag_steered) || !packet.has(flag_ports_known)) return false;
  const LocalAddress* local = tables.local.find(packet.key.destination);
  if (local == nullptr || local->kind == LocalAddress::service_address) return false;
  const WorkerId owner = owner_of(tables, packet);
  if (owner == worker.id) return false;
  worker.counters.wrong_core.add();
  hand_off(worker, batch, packet, owner);
  return true;
}

}  // namespace

void find_flow(Worker& worker, Batch& batch) {
  for (std::uint8_t i = 0; i < batch.live_count; ++i) {
    Packet& packet = batch.packets[batch.live[i]];
    if (packet.has(flag_fragment)) packet.flow_hash = worker.flows.hash(packet.key);  // its ports came after parse
    worker.flows.prefetch_entry(packet.flow_hash);
  }
  bool all_in_flows = true;
  batch.keep_if([&](Packet& packet) {
    if (!wants_flow(packet)) return true;
    packet.hash = std::uint32_t(packet.flow_hash);
    const FlowTable::Found found = worker.flows.find(packet.key, packet.flow_hash);
    if (!found.flow.valid()) {
      all_in_flows = false;
      return !brought_to_wrong_core(worker, batch, packet);
    }
    packet.flow = found.flow;
    if (found.to_client) packet.set(flag_to_client);
    FlowState& state = worker.flows.state(found.flow);
    if (starts_anew(state, packet)) {
      all_in_flows = false;
      end_flow(worker, found.flow);
      packet.flow = {};
      return true;
    }
    if (belongs_to_another_node(worker, packet, state)) [[unlikely]] {
      packet.flow = {};
      all_in_flows = false;
      return true;
    }
    switch (apply_server_policy(worker, batch, packet, state)) {
      case Fate::dropped:
        return false;
      case Fate::forgotten:
        all_in_flows = false;
        return true;
      case Fate::goes_on:
        break;
    }
    prefetch_for_rewrite(worker, packet, state);
    if (!packet.has(flag_icmp_error)) track(worker, packet.flow, packet);
    return true;
  });
  batch.all_in_flows = all_in_flows;
}

}  // namespace poise::datapath
