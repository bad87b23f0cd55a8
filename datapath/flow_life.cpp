#include "datapath/flow_life.hpp"

#include <netinet/in.h>

#include <algorithm>

namespace poise::datapath {
namespace {

constexpr std::uint32_t sweep_period_ms = 2000;              // the table is visited once in so long,
constexpr std::uint32_t sweep_slots_per_second = 2'000'000;  // but not faster than this,
constexpr std::uint32_t sweep_slots_per_call = 64;           // nor more at once
constexpr int eviction_places = 16;                          // looked at for an embryonic flow to give way,
constexpr std::uint32_t eviction_neighbors =
    2;  // and so many slots at each: neighbors come with the same page and prefetch

bool counts_as_connection(TcpState state) { return state != TcpState::time_wait && state != TcpState::closed; }

void set_tcp_state(Worker& worker, FlowState& state, TcpState next) {
  const bool before = counts_as_connection(state.tcp), after = counts_as_connection(next);
  state.tcp = next;
  if (before == after || state.has(flow_snat)) return;
  std::atomic<std::uint32_t>& connections = worker.servers[worker.tables->reals[state.real.value].server].connections;
  after ? connections.fetch_add(1, std::memory_order_relaxed) : connections.fetch_sub(1, std::memory_order_relaxed);
}

bool replies_pass_here(const FlowState& state) { return state.has(flow_two_keys); }

void track_tcp(Worker& worker, FlowRef flow, const Packet& packet) {
  FlowState& state = worker.flows.state(flow);
  const bool to_client = packet.has(flag_to_client);
  const std::uint8_t flags = packet.tcp_flags;
  if ((flags & tcp_rst) != 0) {
    if (state.tcp != TcpState::closed) set_tcp_state(worker, state, TcpState::closed);
    return;
  }
  if ((flags & tcp_syn) != 0) {
    if (to_client && state.tcp == TcpState::syn_sent) set_tcp_state(worker, state, TcpState::syn_received);
    return;
  }
  if (state.tcp == TcpState::syn_received || (state.tcp == TcpState::syn_sent && !replies_pass_here(state))) {
    if (to_client) return;
    set_tcp_state(worker, state, TcpState::established);
    establish(worker, flow);
  } else if (state.tcp == TcpState::closed && (flags & tcp_fin) == 0) {
    // The RST was not believed (out of window): the connection goes on.
    set_tcp_state(worker, state, TcpState::established);
  }
  if ((flags & tcp_fin) == 0) return;
  state.set(to_client ? flow_fin_server : flow_fin_client);
  const bool both = state.has(flow_fin_client) && state.has(flow_fin_server);
  set_tcp_state(worker, state, both ? TcpState::time_wait : TcpState::fin_wait);
}

// Ends an idle flow, or one whose server's drain deadline has passed.
bool is_over(const Worker& worker, const FlowState& state) {
  if (idle_ms(worker, state) >= timeout_ms(worker, state)) return true;
  if (state.has(flow_snat)) return false;
  return worker.servers[worker.tables->reals[state.real.value].server].reset_flows.load(std::memory_order_relaxed);
}

// One array of the flow table.
struct Share {
  std::uint32_t first = 0, slots = 0, used = 0, embryonic = 0;
};
Share share_of(const Worker& worker, bool wide) {
  const FlowTable& flows = worker.flows;
  if (wide) return {flows.sizes().v4, flows.sizes().wide, flows.used() - flows.used_v4(), worker.embryonic_wide};
  return {0, flows.sizes().v4, flows.used_v4(), worker.embryonic - worker.embryonic_wide};
}

}  // namespace

void establish(Worker& worker, FlowRef flow) {
  FlowState& state = worker.flows.state(flow);
  if (!state.has(flow_embryonic)) return;
  state.clear(flow_embryonic);
  --worker.embryonic;
  worker.embryonic_wide -= flow.wide() ? 1 : 0;
  worker.counters.flows_embryonic.set(worker.embryonic);
}

void track_change(Worker& worker, FlowRef flow, const Packet& packet) {
  const FlowState& state = worker.flows.state(flow);
  if (state.protocol == IPPROTO_TCP)
    track_tcp(worker, flow, packet);
  else if (state.has(flow_embryonic) &&
           (packet.has(flag_to_client) || (!replies_pass_here(state) && state.packets_to_server > 1)))
    establish(worker, flow);
}

void begin_flow(Worker& worker, FlowRef flow, RealIndex real) {
  FlowState& state = worker.flows.state(flow);
  state.real = real;
  state.created_s = worker.now_ms / 1000;
  state.last_seen_ms = worker.now_ms;
  state.tcp = state.protocol == IPPROTO_TCP ? TcpState::syn_sent : TcpState::none;
  state.set(flow_embryonic);
  ++worker.embryonic;
  worker.embryonic_wide += flow.wide() ? 1 : 0;
  worker.counters.flows_created.add();
  worker.counters.flows_active.set(worker.flows.used());
  worker.counters.flows_embryonic.set(worker.embryonic);
  if (real.value == ~0u) {
    state.set(flow_snat);
    return;
  }
  worker.servers[worker.tables->reals[real.value].server].connections.fetch_add(1, std::memory_order_relaxed);
  worker.counters.reals[real.value].flows_created.add();
}

void end_flow(Worker& worker, FlowRef flow) {
  FlowState& state = worker.flows.state(flow);
  if (!state.has(flow_snat)) {
    if (counts_as_connection(state.tcp))
      worker.servers[worker.tables->reals[state.real.value].server].connections.fetch_sub(1, std::memory_order_relaxed);
    worker.counters.reals[state.real.value].flows_closed.add();
  }
  establish(worker, flow);
  worker.flows.erase(flow);
  worker.counters.flows_active.set(worker.flows.used());
}

bool reply_key_is_free(Worker& worker, const FlowKey& reply) {
  const FlowTable::Found other = worker.flows.find(reply, worker.flows.hash(reply));
  if (!other.flow.valid()) return true;
  if (!is_over(worker.flows.state(other.flow))) return false;
  end_flow(worker, other.flow);
  return true;
}

Admission admit(Worker& worker, const FlowTable::New& flow) {
  const Share share = share_of(worker, FlowTable::needs_wide(flow));
  const std::uint64_t most = std::uint64_t(share.slots) * worker.tables->embryonic_percent / 100;
  const bool flooded = share.embryonic >= std::max<std::uint64_t>(most, 1);
  if (!flooded && share.used < share.slots) return Admission::yes;
  for (int place = 0; place < eviction_places && share.slots != 0; ++place) {
    const auto slot = std::uint32_t(next_random(worker) % share.slots);
    for (std::uint32_t i = slot; i < std::min(slot + eviction_neighbors, share.slots); ++i) {
      const FlowRef candidate = worker.flows.at(share.first + i);
      if (!candidate.valid()) continue;
      const FlowState& state = worker.flows.state(candidate);
      const bool idle = is_over(worker, state);
      if (!idle && !state.has(flow_embryonic)) continue;
      (idle ? worker.counters.flows_expired : worker.counters.flows_evicted).add();
      end_flow(worker, candidate);
      return Admission::yes;
    }
  }
  return flooded ? Admission::embryonic_limit : Admission::table_full;
}

std::uint32_t timeout_ms(const Worker& worker, const FlowState& state) {
  static const config::Timeouts gateway;  // SNAT flows have no service: the defaults
  const bool of_service = !state.has(flow_snat);
  const config::Timeouts& timeouts =
      of_service ? worker.tables->services[worker.tables->reals[state.real.value].service.value].timeouts : gateway;
  if (state.protocol == IPPROTO_UDP) return state.has(flow_embryonic) ? timeouts.udp_one_way_ms : timeouts.udp_ms;
  if (state.protocol != IPPROTO_TCP) return timeouts.other_ms;
  switch (state.tcp) {
    case TcpState::established:
      return timeouts.tcp_established_ms;
    case TcpState::fin_wait:
    case TcpState::time_wait:
      return timeouts.tcp_fin_ms;
    case TcpState::closed:
      return timeouts.tcp_closed_ms;
    case TcpState::none:
    case TcpState::syn_sent:
    case TcpState::syn_received:
      break;
  }
  return timeouts.tcp_syn_ms;
}

void expire_flows(Worker& worker) {
  const std::uint32_t slots = worker.flows.slots();
  if (slots == 0) return;
  const std::uint32_t elapsed_ms = worker.now_ms - worker.sweep_ms;
  if (elapsed_ms == 0 && worker.sweep_credit == 0) return;
  worker.sweep_ms = worker.now_ms;
  const std::uint64_t per_second =
      std::min<std::uint64_t>(std::uint64_t(slots) * 1000 / sweep_period_ms + 1, sweep_slots_per_second);
  const std::uint64_t earned =
      worker.sweep_credit + per_second * std::min<std::uint32_t>(elapsed_ms, 1000) / 1000 + (elapsed_ms != 0);
  const auto now = std::uint32_t(std::min<std::uint64_t>({earned, sweep_slots_per_call, slots}));
  worker.sweep_credit = std::uint32_t(std::min<std::uint64_t>(earned - now, slots));
  for (std::uint32_t i = 0; i < now; ++i) {
    std::uint32_t& cursor = worker.sweep_cursor;
    worker.flows.prefetch_slot(cursor + 8);
    const FlowRef flow = worker.flows.at(cursor);
    cursor = cursor + 1 == slots ? 0 : cursor + 1;
    if (!flow.valid() || !is_over(worker, worker.flows.state(flow))) continue;
    worker.counters.flows_expired.add();
    end_flow(worker, flow);
  }
}

}  // namespace poise::datapath
