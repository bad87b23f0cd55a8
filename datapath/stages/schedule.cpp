#include <netinet/in.h>

#include "datapath/flow_life.hpp"
#include "datapath/path.hpp"
#include "datapath/snat_ports.hpp"
#include "datapath/stages/reset.hpp"
#include "datapath/stages/stages.hpp"

namespace poise::datapath {
namespace {

using config::Mode;
using config::Scheduler;

bool is_hashed(Scheduler scheduler) {
  return scheduler == Scheduler::sh || scheduler == Scheduler::dh || scheduler == Scheduler::maglev;
}
bool is_one_way(Mode mode) { return mode == Mode::dr || mode == Mode::tunnel; }
// The server follows from the packet alone: a flow entry is a help, not a need.
bool is_stateless(const Service& service) { return is_hashed(service.scheduler) && is_one_way(service.mode); }

// A TCP segment in the middle of a connection that nobody here knows (after a restart, or a very late one).
bool may_open(const Service& service, const Packet& packet) {
  if (packet.key.protocol != IPPROTO_TCP || (packet.tcp_flags & (tcp_syn | tcp_ack | tcp_rst)) == tcp_syn) return true;
  if ((packet.tcp_flags & tcp_rst) != 0) return false;
  return packet.has(flag_rescheduled) || is_stateless(service) ||
         service.unknown_flow == config::UnknownFlowPolicy::schedule;
}

IpAddr client_network(const config::Persistence& persistence, const IpAddr& client) {
  return masked(client, client.is_v4() ? persistence.prefix_v4 : persistence.prefix_v6);
}

RealIndex pick_real(Worker& worker, const Service& service, const Packet& packet) {
  const Tables& tables = *worker.tables;
  IpAddr network;
  if (service.persistence) {
    network = client_network(*service.persistence, packet.key.source);
    const RealIndex kept = worker.persistence.find(service.index, network, worker.now_ms);
    if (kept.value != ~0u) {
      const Real& real = tables.reals[kept.value];
      if (real.service == service.index && !real.removed && worker.servers[real.server].takes_new_flows()) return kept;
    }
  }
  const RealIndex real = worker.schedulers.pick({tables, service, worker.servers, packet.key, next_random(worker)});
  if (service.persistence && real.value != ~0u)
    worker.persistence.insert(service.index, network, real, worker.now_ms, service.persistence->timeout_ms);
  return real;
}

// The addresses of a new flow by mode; false: none to be had, `reason` says why.
bool plan_flow(Worker& worker, const Service& service, const Real& real, FlowTable::New& flow) {
  flow.server = real.address;
  flow.server_port = real.port != 0 ? real.port : flow.client.destination_port;
  flow.local = flow.client.source;
  flow.local_port = flow.client.source_port;
  flow.two_keys = !is_one_way(service.mode);
  if (service.mode == Mode::fullnat) {
    const auto local =
        choose_local_end(worker, service.snat_pool, {flow.server, flow.server_port, flow.client.protocol});
    if (!local) return false;
    flow.local = local->address;
    flow.local_port = local->port;
  }
  flow.reply = {flow.server, flow.local, flow.server_port, flow.local_port, flow.client.protocol};
  return true;
}

// Count_: the packet has its flow. Else why not.
Drop enter_flow(Worker& worker, const Service& service, RealIndex real, Packet& packet) {
  FlowTable::New flow;
  flow.client = packet.key;
  if (!plan_flow(worker, service, worker.tables->reals[real.value], flow)) return Drop::no_snat_port;
  if (service.mode == Mode::nat && !reply_key_is_free(worker, flow.reply)) return Drop::flow_conflict;
  switch (admit(worker, flow)) {
    case Admission::embryonic_limit:
      return Drop::embryonic_limit;
    case Admission::table_full:
      return Drop::flow_table_full;
    case Admission::yes:
      break;
  }
  packet.flow = worker.flows.create(flow);
  if (!packet.flow.valid()) return Drop::flow_table_full;
  begin_flow(worker, packet.flow, real);
  FlowState& state = worker.flows.state(packet.flow);
  state.mode = std::uint8_t(service.mode);
  if ((packet.tcp_flags & tcp_syn) == 0 && packet.key.protocol == IPPROTO_TCP) {  // taken up in the middle
    state.tcp = TcpState::established;
    establish(worker, packet.flow);
  }
  refresh_path(worker, packet.flow);
  track(worker, packet.flow, packet);
  return Drop::count_;
}

bool schedule_packet(Worker& worker, Batch& batch, Packet& packet) {
  const Service& service = worker.tables->services[packet.service.value];
  // An earlier packet of this batch may have opened the flow meanwhile.
  const FlowTable::Found earlier = worker.flows.find(packet.key, worker.flows.hash(packet.key));
  if (earlier.flow.valid()) {
    packet.flow = earlier.flow;
    track(worker, packet.flow, packet);
    return true;
  }
  if (!may_open(service, packet)) {
    if (service.unknown_flow == config::UnknownFlowPolicy::reset) send_reset(worker, packet);
    drop(worker, batch, packet, Drop::no_flow);
    return false;
  }
  const RealIndex real = pick_real(worker, service, packet);
  if (real.value == ~0u) {
    worker.counters.services_no_server[service.index.value].add();
    drop(worker, batch, packet, Drop::no_server_available);
    return false;
  }
  const Drop failed = enter_flow(worker, service, real, packet);
  if (failed == Drop::count_) return true;
  if (is_stateless(service) && (failed == Drop::embryonic_limit || failed == Drop::flow_table_full)) {
    worker.counters.flows_stateless.add();
    packet.real = real;
    return true;
  }
  drop(worker, batch, packet, failed);
  return false;
}

}  // namespace

void schedule(Worker& worker, Batch& batch) {
  if (batch.all_in_flows) return;
  batch.keep_if([&](Packet& packet) {
    if (packet.service.value == ~0u || packet.flow.valid()) return true;
    return schedule_packet(worker, batch, packet);
  });
}

}  // namespace poise::datapath
