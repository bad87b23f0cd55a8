#pragma once
#include <cstdint>

#include "datapath/worker.hpp"

namespace poise::datapath {

// A flow's life: made by the first packet, kept by every other, ended by its timeout. Worker thread only.

// Follows the connection for one packet of the flow (last seen, packet counts, TCP state). RFC 9293 states as a
// middlebox sees them.
void track_change(Worker& worker, FlowRef flow,
                  const Packet& packet);  // the rest of track, for a packet that may change the state
inline void track(Worker& worker, FlowRef flow, const Packet& packet) {
  FlowState& state = worker.flows.state(flow);
  state.last_seen_ms = worker.now_ms;
  ++(packet.has(flag_to_client) ? state.packets_to_client : state.packets_to_server);
  const bool steady = state.tcp == TcpState::established && (packet.tcp_flags & (tcp_fin | tcp_syn | tcp_rst)) == 0;
  if (!steady) track_change(worker, flow, packet);
}

// Counts a new flow in (server connections, embryonic, gauges); the entry is already in the table.
void begin_flow(Worker& worker, FlowRef flow, RealIndex real);
// Ends a flow now: counts it out and frees the entry.
void end_flow(Worker& worker, FlowRef flow);

// Both sides have closed, or one has reset: only stray segments may still come.
inline bool is_over(const FlowState& state) {
  return state.tcp == TcpState::time_wait || state.tcp == TcpState::closed;
}

// Whether replies with this key belong to no flow yet; one that is over is ended and makes room.
bool reply_key_is_free(Worker& worker, const FlowKey& reply);

// The flow is no longer embryonic: it cannot be evicted any more.
void establish(Worker& worker, FlowRef flow);

// Whether another not yet established flow may enter; makes room by ending old embryonic flows when it must (never
// established ones). Narrow and wide entries are counted apart: a flood of one family leaves the other alone.
enum class Admission { yes, embryonic_limit, table_full };
Admission admit(Worker& worker, const FlowTable::New& flow);

// How long the flow may be idle in its present state, and how long it has been.
std::uint32_t timeout_ms(const Worker& worker, const FlowState& state);
inline std::uint32_t idle_ms(const Worker& worker, const FlowState& state) {
  return worker.now_ms - state.last_seen_ms;
}

// One bounded step of the sweep that ends idle flows: the whole table is visited every few seconds.
void expire_flows(Worker& worker);

}  // namespace poise::datapath
