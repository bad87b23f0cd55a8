#include <algorithm>

#include "l7/tcp/core.hpp"

// Acknowledgments that come in: what was delivered, what congestion control makes of it, and how the window moves.
namespace poise::l7::tcp {
namespace {

// The byte that went out beyond the window has been taken after all: it was sent now.
void note_probe(Core& core, Connection& connection, Sequence acknowledgment) {
  if (!connection.has(bit_probing) || acknowledgment != connection.snd_nxt + 1) return;
  connection.clear(bit_probing);
  if (unsent_bytes(connection) > 0)
    connection.sending.skip(core.arena, connection.unsent, 1);
  else
    connection.set(bit_fin_sent);
  connection.snd_nxt += 1;
}

// RFC 9293 3.10.7.4; WL2 would never be after SND.UNA, and nothing older comes here.
bool update_window(Connection& connection, const Segment& segment) {
  if (segment.sequence < connection.snd_wl1) return false;
  const std::uint32_t window = std::uint32_t(segment.window) << connection.snd_shift;
  const bool is_changed = window != connection.snd_wnd;
  connection.snd_wnd = window;
  connection.snd_wnd_max = std::max(connection.snd_wnd_max, window);
  connection.snd_wl1 = segment.sequence;
  return is_changed;
}

void measure(Core& core, Connection& connection, const Segment& segment, const Delivered& delivered) {
  if (delivered.round_trip_us != 0) {
    connection.round_trip.sample(std::chrono::microseconds(delivered.round_trip_us));
  } else if (delivered.acked > 0 && connection.has(bit_timestamps) && segment.options.timestamps) {
    const std::uint32_t elapsed_ms = core.now_ms() + connection.ts_offset - segment.options.timestamps->echo;
    if (elapsed_ms < 600'000) connection.round_trip.sample(std::chrono::milliseconds(elapsed_ms));
  } else if (delivered.acked > 0) {
    connection.round_trip.on_progress();
  }
}

// RFC 3522: the acknowledgment is of a segment that was sent before the first one was sent again, so nothing was lost.
void undo_if_spurious(Core& core, Connection& connection, Flight& flight, const Segment& segment) {
  if (!flight.can_undo || !segment.options.timestamps) return;
  flight.can_undo = false;
  if (std::int32_t(segment.options.timestamps->echo - flight.undo_ts) >= 0) return;
  core.counters.add(Counter::spurious_timeouts);
  connection.congestion.undo(flight.episode);
  connection.round_trip.on_progress();
  flight.is_recovering = flight.is_after_timeout = flight.must_resend = false;
  connection.dup_acks = 0;
  for (std::uint32_t i = 0; i < flight.count; ++i) {
    Record& record = flight.at(i);
    if (record.has(record_lost) && !record.has(record_resent))
      set_bits(flight, record, std::uint8_t(record.bits & ~record_lost));
  }
}

void note_mark(Core& core, Connection& connection, Flight& flight, const Segment& segment) {
  if (!connection.has(bit_ecn) || !segment.has(flag_ece) || segment.has(flag_syn)) return;
  if (segment.acknowledgment < flight.ecn_until || flight.is_recovering) return;
  core.counters.add(Counter::ecn_marks);
  connection.congestion.on_congestion_mark(connection.snd_nxt.value - connection.snd_una.value, core.now_us());
  flight.ecn_until = connection.snd_nxt;
  connection.set(bit_ecn_reduced);
}

bool is_held_back_by_window(const Connection& connection, std::uint32_t pipe_before) {
  const std::uint32_t window = connection.congestion.window();
  if (connection.congestion.is_in_slow_start()) return window < 2 * pipe_before + connection.mss;
  return pipe_before + 2u * connection.mss >= window;
}

void grow(Core& core, Connection& connection, Flight& flight, const Delivered& delivered) {
  const Acked acked{.bytes = delivered.acked,
                    .flight_before = delivered.pipe_before,
                    .now_us = core.now_us(),
                    .round_trip_us = delivered.round_trip_us,
                    .smoothed_us = connection.round_trip.smoothed_us(),
                    .is_window_limited = is_held_back_by_window(connection, delivered.pipe_before)};
  connection.congestion.on_ack(acked, flight.round, connection.snd_una.value, connection.snd_nxt.value);
}

// RFC 8985 7.4.2: did the tail loss probe mend a loss? Then it was one like any other.
void judge_tail_probe(Core& core, Connection& connection, Flight& flight, const Segment& segment,
                      const Delivered& delivered) {
  if (!flight.has_tail_probe || segment.acknowledgment < flight.tail_probe_end) return;
  const bool is_bare_repeat =
      segment.acknowledgment == flight.tail_probe_end && delivered.acked == 0 && segment.options.sack_count == 0;
  if (!flight.tail_probe_is_resent || delivered.has_duplicate_sack || is_bare_repeat) {
    flight.has_tail_probe = false;  // both copies arrived, or it was new data
    return;
  }
  if (segment.acknowledgment == flight.tail_probe_end) return;  // not known yet
  flight.has_tail_probe = false;
  if (flight.is_recovering || flight.is_after_timeout) return;
  core.counters.add(Counter::fast_recoveries);
  const std::uint32_t outstanding = connection.snd_nxt.value - connection.snd_una.value;
  connection.congestion.on_recovery_begins(outstanding, core.now_us(), flight.episode);
  connection.congestion.on_recovery_ends(flight.pipe);
}

// RFC 5681 2: says nothing but that something else has arrived.
bool is_duplicate(const Connection& connection, const Segment& segment, bool is_window_changed) {
  return segment.acknowledgment == connection.snd_una && segment.payload.empty() && !segment.has(flag_fin) &&
         !is_window_changed;
}

void follow(Core& core, Connection& connection, Flight& flight, const Delivered& delivered) {
  const bool is_progress = delivered.acked > 0;
  if ((flight.is_recovering || flight.is_after_timeout) && connection.snd_una >= flight.recover) {
    if (flight.is_recovering) connection.congestion.on_recovery_ends(flight.pipe);
    flight.is_recovering = flight.is_after_timeout = flight.can_undo = false;
    flight.episode = {};
    connection.dup_acks = 0;
    if (connection.reorder_steps > 1) --connection.reorder_steps;
    for (std::uint32_t i = 0; i < flight.count; ++i) flight.at(i).bits &= std::uint8_t(~record_tail);
  } else if (flight.is_recovering && is_progress && !connection.has(bit_sack)) {  // RFC 6582: a partial one
    const std::uint32_t segments = delivered.acked / std::max<std::uint32_t>(connection.mss, 1);
    connection.dup_acks = std::uint8_t(connection.dup_acks - std::min<std::uint32_t>(connection.dup_acks, segments));
  } else if (!flight.is_recovering && is_progress) {
    connection.dup_acks = 0;
  }
  if (!flight.is_recovering && is_progress) grow(core, connection, flight, delivered);
  detect_losses(core, connection, delivered);
}

void note_fin_acknowledged(Core& core, Connection& connection) {
  if (!connection.has(bit_fin_sent) || connection.snd_una != connection.snd_nxt) return;
  switch (connection.state) {
    case State::fin_wait_1:
      connection.state = State::fin_wait_2;
      if (connection.has(bit_released))
        set_deadline(core, connection, connection.life_ms,
                     std::uint32_t(std::min<std::int64_t>(core.settings.fin_wait_2 / std::chrono::microseconds(1),
                                                          2'000'000'000)));
      return;
    case State::closing:
      enter_time_wait(core, connection);
      return;
    case State::last_ack:
      linger(core, connection);
      return;
    default:
      return;
  }
}

}  // namespace

void take_acknowledgment(Core& core, Connection& connection, const Segment& segment) {
  const Sequence acknowledgment = segment.acknowledgment;
  if (acknowledgment < connection.snd_una) return;
  note_probe(core, connection, acknowledgment);
  const bool is_window_changed = update_window(connection, segment);
  const bool was_repeat = is_duplicate(connection, segment, is_window_changed);
  if (acknowledgment > connection.snd_una || connection.snd_wnd == 0 || connection.flight == 0) connection.retries = 0;
  Delivered delivered = mark_delivered(core, connection, segment);
  measure(core, connection, segment, delivered);
  if (Flight* flight = flight_of(core, connection); flight != nullptr) {
    if (was_repeat && flight->count > 0 && connection.dup_acks < 255) {
      ++connection.dup_acks;
      if (!connection.has(bit_sack)) delivered.bytes = connection.mss;
    }
    if (delivered.acked > 0) undo_if_spurious(core, connection, *flight, segment);
    note_mark(core, connection, *flight, segment);
    judge_tail_probe(core, connection, *flight, segment, delivered);
    follow(core, connection, *flight, delivered);
    if (flight->count == 0) free_flight(core, connection);
  }
  const bool is_window_news = is_window_changed && connection.flight == 0;
  if (is_window_news) connection.round_trip.on_progress();  // persist had backed it off
  if (delivered.acked > 0 || is_window_news) set_loss_timer(core, connection);
  if (connection.has(bit_wants_room)) make_ready(core, connection);
  wake_source(core, connection);
  make_outgoing(core, connection);
  note_fin_acknowledged(core, connection);
}

}  // namespace poise::l7::tcp
