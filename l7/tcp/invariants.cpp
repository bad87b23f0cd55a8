#include "config/types/result.hpp"
#include "l7/tcp/core.hpp"

// What must hold between any two calls. For tests: looks at everything.
namespace poise::l7::tcp {
namespace {

void check_flight(const Core& core, const Connection& connection) {
  if (connection.flight == 0) return;
  Flight& flight = *flight_of(const_cast<Core&>(core), connection);
  ensure(flight.count > 0 && flight.first + flight.count <= flight.capacity);
  std::uint32_t pipe = 0, sacked = 0, sacked_count = 0;
  Sequence next = connection.snd_una;
  for (std::uint32_t i = 0; i < flight.count; ++i) {
    const Record& record = flight.at(i);
    ensure(record.left == next && record.length > 0);
    next = record.right();
    if (record.is_in_pipe()) pipe += record.length;
    if (!record.has(record_sacked)) continue;
    sacked += record.length;
    ++sacked_count;
  }
  ensure(next == connection.snd_nxt);
  ensure(pipe == flight.pipe && sacked == flight.sacked_bytes && sacked_count == flight.sacked_count);
}

void check_out_of_order(const Core& core, const Connection& connection) {
  if (connection.out_of_order == 0) return;
  auto& waiting = const_cast<Arena&>(core.arena).as<OutOfOrder>(connection.out_of_order);
  ensure(waiting.count > 0 || waiting.has_fin);
  Sequence next = connection.rcv_nxt;
  for (std::uint32_t i = 0; i < waiting.count; ++i) {
    const OutOfOrder::Piece& piece = waiting.pieces()[i];
    ensure(next <= piece.left && piece.slice.length > 0 && piece.right() <= connection.rcv_adv);
    next = piece.right();
  }
}

void check_connection(const Core& core, std::uint32_t row) {
  const Connection& connection = core.connections[row];
  ensure(connection.snd_una <= connection.snd_nxt && connection.rcv_nxt <= connection.rcv_adv + 1);
  if (!connection.has(bit_detached)) {
    const auto found = core.find(connection.tuple, core.hash_of(connection.tuple));
    ensure(found && found->kind() == Kind::connection && found->index() == row);
  }
  for (const std::uint32_t deadline : {connection.loss_ms, connection.ack_ms, connection.life_ms})
    ensure(deadline == 0 || core.timers.is_scheduled(row));
  const bool is_open = connection.has(bit_opened) && connection.state != State::time_wait;
  const bool is_in_flight = connection.snd_una != connection.snd_nxt;
  if (is_open) {
    ensure(is_in_flight == (connection.flight != 0));
    ensure(!is_in_flight || connection.loss_ms != 0);  // somebody looks after what is in flight
    ensure(unsent_bytes(connection) <= connection.sending.bytes());
    const bool has_more =
        unsent_bytes(connection) > 0 || (connection.has(bit_fin_wanted) && !connection.has(bit_fin_sent));
    ensure(!has_more || connection.loss_ms != 0 || connection.has(bit_outgoing));
  }
  check_flight(core, connection);
  check_out_of_order(core, connection);
}

}  // namespace

void check(const Core& core) {
  std::uint64_t held = 0;
  std::size_t in_use = 0;
  for (std::uint32_t row = 0; row < core.connections.size(); ++row) {
    const Connection& connection = core.connections[row];
    if (!connection.has(bit_in_use)) continue;
    ++in_use;
    held += connection.held;
    if (!connection.has(bit_over)) check_connection(core, row);
  }
  ensure(held == core.held);
  ensure(in_use + core.free_connections.rows.size() == core.connections.size());
}

}  // namespace poise::l7::tcp
