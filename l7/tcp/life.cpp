#include <algorithm>

#include "config/types/result.hpp"
#include "l7/tcp/core.hpp"

namespace poise::l7::tcp {
namespace {

void give_port_back(Core& core, Connection& connection) {
  if (!connection.has(bit_port_taken)) return;
  connection.clear(bit_port_taken);
  core.source_ports.give_back(connection.tuple);
}

void leave_lookup(Core& core, Connection& connection) {
  if (connection.has(bit_detached)) return;
  connection.set(bit_detached);
  const Reference reference = Reference::of(Kind::connection, core.row_of(connection));
  core.lookup.erase(core.hash_of(connection.tuple), reference.value);
}

// It has no more to do with the network: no packet finds it, no timer runs, nothing is sent. The application hears of
// it.
void fall_silent(Core& core, Connection& connection) {
  leave_lookup(core, connection);
  give_port_back(core, connection);
  core.timers.cancel(core.row_of(connection));
  connection.loss_ms = connection.ack_ms = connection.life_ms = 0;
  connection.clear(bit_ack_now);
  make_ready(core, connection);
}

}  // namespace

Connection* make_connection(Core& core, const Tuple& tuple, std::uint8_t application) {
  const std::uint32_t row = core.free_connections.take();
  if (row == FreeRows::no_row) {
    core.counters.add(Counter::no_connection_row);
    return nullptr;
  }
  Connection& connection = core.connections[row];
  const std::uint32_t generation = connection.generation + 1;
  const std::uint32_t lists = connection.bits & (bit_outgoing | bit_ready);  // which the row may still be on
  connection = Connection{};
  connection.tuple = tuple;
  connection.generation = generation;
  connection.bits = bit_in_use | lists;
  connection.application = application;
  connection.receive_budget = core.settings.receive_initial;
  connection.ts_offset = timestamp_offset(core.secret, tuple);
  connection.round_began_us = core.now_us();
  const bool is_v4 = tuple.local.is_v4();
  const std::uint16_t mss = own_mss(core.settings, tuple.local);
  connection.path_mtu.begin(std::uint16_t(mss + (is_v4 ? 40 : 60)), is_v4);
  connection.rcv_mss = std::min<std::uint16_t>(mss, 536);
  return &connection;
}

void begin_congestion(Core& core, Connection& connection) {
  connection.congestion.begin(core.settings.cubic ? CongestionAlgorithm::cubic : CongestionAlgorithm::new_reno,
                              std::uint16_t(payload_max(connection)));
}

void make_ready(Core& core, Connection& connection) {
  if (connection.has(bit_ready)) return;
  connection.set(bit_ready);
  core.ready.push_back(core.row_of(connection));
}

void make_outgoing(Core& core, Connection& connection) {
  if (connection.has(bit_outgoing)) return;
  connection.set(bit_outgoing);
  core.outgoing.push_back(core.row_of(connection));
}

void acknowledge_now(Core& core, Connection& connection) {
  connection.set(bit_ack_now);
  make_outgoing(core, connection);
}

void drop_queues(Core& core, Connection& connection) {
  for (SliceQueue* queue : {&connection.sending, &connection.receiving})
    while (!queue->is_empty()) {
      const Slice slice = queue->take_front(core.arena);
      unhold(core, connection, *slice.buffer);
      release(core, *slice.buffer);
    }
  free_flight(core, connection);
  drop_out_of_order(core, connection);
}

void finish_connection(Core& core, Connection& connection, Closed reason) {
  if (connection.has(bit_over)) return;
  fall_silent(core, connection);
  end_splices(core, connection);
  drop_queues(core, connection);
  connection.state = State::closed;
  connection.set(bit_over);
  connection.retries = std::uint8_t(reason);  // nothing is counted any more
  core.counters.add(Counter::closed);
}

void linger(Core& core, Connection& connection) {
  fall_silent(core, connection);
  free_flight(core, connection);
  connection.state = State::time_wait;
}

void enter_time_wait(Core& core, Connection& connection) {
  add_time_wait(core, connection);
  connection.set(bit_detached);
  connection.clear(bit_port_taken);  // the record's now
  linger(core, connection);
}

void abort_connection(Core& core, Connection& connection, Closed reason) {
  if (connection.has(bit_over)) return;
  if (connection.state != State::syn_sent && connection.state != State::time_wait) send_reset(core, connection);
  finish_connection(core, connection, reason);
}

void want_fin(Core& core, Connection& connection) {
  if (connection.has(bit_fin_wanted)) return;
  connection.set(bit_fin_wanted);
  if (connection.state == State::established) connection.state = State::fin_wait_1;
  if (connection.state == State::close_wait) connection.state = State::last_ack;
  make_outgoing(core, connection);
}

}  // namespace poise::l7::tcp
