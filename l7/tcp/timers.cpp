#include <algorithm>

#include "l7/tcp/core.hpp"

// The three deadlines of a connection: of what is in flight, of a delayed acknowledgment, and of the connection itself.
namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t peer_delay_us = 200'000;  // of an acknowledgment, where nothing better is known (RFC 8985 7.2)

void arm(Core& core, const Connection& connection) {
  const std::uint32_t row = core.row_of(connection);
  for (const std::uint32_t deadline : {connection.loss_ms, connection.ack_ms, connection.life_ms})
    if (deadline != 0) core.timers.schedule(row, deadline);
}

// RFC 8985 7.2: is the loss of the last segments to be found out before the timeout?
bool may_probe_tail(const Core& core, const Connection& connection, const Flight& flight) {
  return core.settings.rack && connection.has(bit_sack) && connection.round_trip.has_sample() &&
         !flight.is_recovering && !flight.is_after_timeout && !flight.has_tail_probe && flight.sacked_count == 0 &&
         connection.retries == 0;
}

std::uint32_t tail_timeout_us(const Connection& connection, const Flight& flight) {
  const std::uint32_t delay_us = flight.count == 1 ? peer_delay_us : 2'000;
  return std::min(2 * connection.round_trip.smoothed_us() + delay_us, connection.round_trip.timeout_us());
}

// An MSS that is another from now on.
void use_path_mtu(Connection& connection) { connection.congestion.set_mss(std::uint16_t(payload_max(connection))); }

void on_timeout(Core& core, Connection& connection) {
  if (++connection.retries > core.settings.retries_max) {
    abort_connection(core, connection, Closed::timed_out);
    return;
  }
  core.counters.add(Counter::timeouts);
  Flight& flight = *flight_of(core, connection);
  const std::uint32_t headers = (connection.tuple.local.is_v4() ? 40 : 60) + (connection.has(bit_timestamps) ? 12 : 0);
  const Record& first = flight.at(0);
  const std::uint32_t size = headers + first.length - (first.has(record_fin) ? 1 : 0);
  if (connection.path_mtu.on_timeout(connection.retries, size, core.now_ms())) {
    core.counters.add(Counter::black_holes);
    use_path_mtu(connection);
  }
  const std::uint32_t outstanding = connection.snd_nxt.value - connection.snd_una.value;
  connection.congestion.on_timeout(outstanding, core.now_us(), !flight.is_after_timeout, flight.episode);
  flight.is_recovering = flight.can_undo = false;
  flight.has_undo_ts = flight.is_after_timeout;  // only the first of a row of timeouts is undone
  flight.is_after_timeout = flight.must_resend = true;
  flight.recover = connection.snd_nxt;
  connection.dup_acks = 0;
  mark_all_lost(core, connection);
  connection.round_trip.back_off();
  set_loss_timer(core, connection);
  make_outgoing(core, connection);
}

void on_tail_timeout(Core& core, Connection& connection) {
  Flight& flight = *flight_of(core, connection);
  core.counters.add(Counter::tail_probes);
  flight.has_tail_probe = true;
  const std::uint32_t unsent = unsent_bytes(connection);
  const std::uint32_t length = std::min({unsent, payload_max(connection), usable_window(connection)});
  flight.tail_probe_is_resent = length == 0;
  if (length > 0)
    send_new(core, connection, length, false);
  else
    resend(core, connection, flight.count - 1);
  Flight* now = flight_of(core, connection);
  now->tail_probe_end = connection.snd_nxt;
  set_loss_timer(core, connection);
}

void on_reorder_timeout(Core& core, Connection& connection) {
  Flight& flight = *flight_of(core, connection);
  detect_losses(core, connection, {});
  if (flight.reorder_wait_us == 0) set_loss_timer(core, connection);
  make_outgoing(core, connection);
}

void on_persist_timeout(Core& core, Connection& connection) {
  if (usable_window(connection) > 0) {  // RFC 9293 3.8.6.2.1: less than wanted, but it has waited for long
    const std::uint32_t unsent = unsent_bytes(connection);
    const std::uint32_t length = std::min({unsent, payload_max(connection), usable_window(connection)});
    const bool with_fin = connection.has(bit_fin_wanted) && length == unsent && usable_window(connection) > length;
    send_new(core, connection, length, with_fin);
  } else if (++connection.retries > core.settings.retries_max) {
    abort_connection(core, connection, Closed::timed_out);
    return;
  } else {
    send_window_probe(core, connection);
    connection.round_trip.back_off();
  }
  set_loss_timer(core, connection);
}

void on_loss_timer(Core& core, Connection& connection) {
  connection.loss_ms = 0;
  if (connection.has(bit_loss_is_persist)) {
    if (connection.snd_una == connection.snd_nxt) on_persist_timeout(core, connection);
    return;
  }
  const Flight* flight = flight_of(core, connection);
  if (flight == nullptr || flight->count == 0) return;
  if (connection.has(bit_loss_is_tail))
    on_tail_timeout(core, connection);
  else if (connection.has(bit_loss_is_reorder))
    on_reorder_timeout(core, connection);
  else
    on_timeout(core, connection);
}

void on_handshake_timer(Core& core, Connection& connection) {
  if (++connection.retries > core.settings.syn_retries_max) {
    finish_connection(core, connection, Closed::timed_out);
    return;
  }
  core.counters.add(Counter::resent);
  connection.round_trip.back_off();
  acknowledge_now(core, connection);
  set_deadline(core, connection, connection.life_ms, connection.round_trip.timeout_us());
}

void on_life_timer(Core& core, Connection& connection) {
  connection.life_ms = 0;
  switch (connection.state) {
    case State::syn_sent:
    case State::syn_received:
      on_handshake_timer(core, connection);
      return;
    case State::fin_wait_2:
      if (!connection.has(bit_released)) break;
      finish_connection(core, connection, Closed::finished);
      return;
    default:
      break;
  }
  if (core.settings.keepalive_idle == Duration::zero() || connection.flight != 0) return;
  if (++connection.retries > core.settings.keepalive_probes_max) {
    abort_connection(core, connection, Closed::timed_out);
    return;
  }
  send_keepalive(core, connection);
  set_deadline(core, connection, connection.life_ms,
               std::uint32_t(core.settings.keepalive_interval / std::chrono::microseconds(1)));
}

bool is_due(const Core& core, std::uint32_t deadline_ms) {
  return deadline_ms != 0 && is_over(deadline_ms, core.now_ms());
}

}  // namespace

void set_deadline(Core& core, Connection& connection, std::uint32_t& deadline_ms, std::uint32_t from_now_us) {
  const auto at = std::uint32_t((core.clock_us + from_now_us + 999) / 1000);
  deadline_ms = at == 0 ? 1 : at;
  core.timers.schedule(core.row_of(connection), deadline_ms);
}

void set_loss_timer(Core& core, Connection& connection) {
  connection.bits &= ~std::uint32_t(bit_loss_is_persist | bit_loss_is_tail | bit_loss_is_reorder);
  const Flight* flight = flight_of(core, connection);
  if (flight == nullptr || flight->count == 0) {
    const bool has_more =
        unsent_bytes(connection) > 0 || (connection.has(bit_fin_wanted) && !connection.has(bit_fin_sent));
    connection.loss_ms = 0;
    if (!has_more) return;
    connection.set(bit_loss_is_persist);
    set_deadline(core, connection, connection.loss_ms, connection.round_trip.timeout_us());
    return;
  }
  std::uint32_t wait_us = connection.round_trip.timeout_us();
  if (flight->reorder_wait_us != 0) {
    connection.set(bit_loss_is_reorder);
    wait_us = flight->reorder_wait_us;
  } else if (may_probe_tail(core, connection, *flight)) {
    connection.set(bit_loss_is_tail);
    wait_us = tail_timeout_us(connection, *flight);
  }
  set_deadline(core, connection, connection.loss_ms, wait_us);
}

void on_timer(Core& core, Connection& connection) {
  if (!connection.has(bit_in_use) || connection.has(bit_over)) return;
  if (is_due(core, connection.ack_ms)) {
    connection.ack_ms = 0;
    acknowledge_now(core, connection);
  }
  if (is_due(core, connection.loss_ms)) on_loss_timer(core, connection);
  if (!connection.has(bit_over) && is_due(core, connection.life_ms)) on_life_timer(core, connection);
  if (!connection.has(bit_over)) arm(core, connection);
}

}  // namespace poise::l7::tcp
