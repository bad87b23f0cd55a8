#include <algorithm>

#include "l7/tcp/core.hpp"

// A segment and the connection that it is for: RFC 9293 3.10.7.3 (SYN-SENT) and 3.10.7.4 (the others), in their order.
namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t timestamp_lifetime_ms = 24u * 24 * 3600 * 1000;  // RFC 7323 5.5

void negotiate(Core& core, Connection& connection, const Segment& syn) {
  const Options& options = syn.options;
  connection.mss = std::min(peer_mss(syn), own_mss(core.settings, syn.destination));
  if (core.settings.timestamps && options.timestamps) {
    connection.set(bit_timestamps);
    connection.ts_recent = options.timestamps->value;
    connection.ts_recent_ms = core.now_ms();
  }
  if (core.settings.sack && options.sack_permitted) connection.set(bit_sack);
  if (core.settings.window_scaling && options.window_shift) {
    connection.snd_shift = *options.window_shift;
    connection.rcv_shift = window_shift_of(core.settings);
  }
  if (core.settings.ecn && syn.has(flag_ece) && syn.has(flag_ack) != syn.has(flag_cwr)) connection.set(bit_ecn);
  connection.rcv_nxt = connection.ack_sent = syn.sequence + 1;
  connection.rcv_adv = connection.rcv_nxt + initial_window(core.settings);
  connection.snd_wl1 = syn.sequence;
  connection.snd_wnd = connection.snd_wnd_max = syn.window;  // never scaled in a SYN
  begin_congestion(core, connection);
}

void receive_syn_sent(Core& core, Connection& connection, const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (segment.has(flag_ack) &&
      (segment.acknowledgment <= connection.snd_una || segment.acknowledgment > connection.snd_nxt)) {
    answer_with_reset(core, segment);
    return;
  }
  if (segment.has(flag_rst)) {
    if (!segment.has(flag_ack)) return;
    core.counters.add(Counter::resets_in);
    finish_connection(core, connection, Closed::refused);
    return;
  }
  if (!segment.has(flag_syn)) return;
  negotiate(core, connection, segment);
  const bool was_late = connection.retries > 0;
  if (!segment.has(flag_ack)) {  // simultaneous open (3.5, figure 8)
    connection.state = State::syn_received;
    acknowledge_now(core, connection);
    return;
  }
  connection.snd_una = segment.acknowledgment;
  if (!was_late) connection.round_trip.sample(std::chrono::microseconds(core.now_us() - connection.round_began_us));
  if (was_late) {
    connection.round_trip.on_late_handshake();
    connection.congestion.on_handshake_loss();
  }
  become_established(core, connection);
  acknowledge_now(core, connection);
  if (arrival.payload.length == 0 && !segment.has(flag_fin)) return;
  take_data(core, connection,
            {[&] {
               Segment rest = segment;
               rest.sequence += 1;
               rest.flags &= std::uint8_t(~flag_syn);
               return rest;
             }(),
             arrival.payload},
            segment.has(flag_fin));
}

bool is_acceptable(const Connection& connection, const Segment& segment) {
  const std::uint32_t length = segment.length();
  const Sequence left = connection.rcv_nxt, right = connection.rcv_adv;
  // A bare acknowledgment may stand at the right edge: that is where a peer is that has filled the window while a part
  // of it was lost.
  if (length == 0) {
    const bool is_bare = !segment.has(flag_rst);
    return segment.sequence == left || (segment.sequence >= left && segment.sequence < right + (is_bare ? 1 : 0));
  }
  return left != right && segment.sequence < right && segment.end() > left;
}

// A timestamp of the past (RFC 7323 5.3).
bool is_of_the_past(const Core& core, const Connection& connection, const Segment& segment) {
  if (!connection.has(bit_timestamps) || !segment.options.timestamps || segment.has(flag_rst)) return false;
  if (std::int32_t(segment.options.timestamps->value - connection.ts_recent) >= 0) return false;
  return core.now_ms() - connection.ts_recent_ms < timestamp_lifetime_ms;
}

void refuse(Core& core, Connection& connection, const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  core.counters.add(Counter::unacceptable);
  if (segment.has(flag_rst)) return;
  const Range range{segment.sequence, segment.sequence + arrival.payload.length};
  if (arrival.payload.length != 0 && range.right <= connection.rcv_nxt) {
    core.counters.add(Counter::duplicate_bytes, arrival.payload.length);
    if (connection.has(bit_sack)) {
      send_ack(core, connection, range);
      return;
    }
  }
  if (arrival.payload.length != 0 || segment.has(flag_fin))
    acknowledge_now(core, connection);
  else if (may_challenge(core, core.row_of(connection)))
    acknowledge_now(core, connection);
}

void note_timestamp(Core& core, Connection& connection, const Segment& segment) {
  if (!connection.has(bit_timestamps) || !segment.options.timestamps || segment.sequence > connection.ack_sent) return;
  if (std::int32_t(segment.options.timestamps->value - connection.ts_recent) < 0 &&
      core.now_ms() - connection.ts_recent_ms < timestamp_lifetime_ms)
    return;
  connection.ts_recent = segment.options.timestamps->value;
  connection.ts_recent_ms = core.now_ms();
}

void receive_reset(Core& core, Connection& connection, const Segment& segment) {
  if (segment.sequence != connection.rcv_nxt) {
    challenge(core, connection);
    return;
  }
  core.counters.add(Counter::resets_in);
  finish_connection(core, connection, connection.state == State::syn_received ? Closed::refused : Closed::reset);
}

void note_ecn(Connection& connection, const Segment& segment, bool has_data) {
  if (!connection.has(bit_ecn)) return;
  if (segment.has(flag_cwr)) connection.clear(bit_ecn_echo);
  if (segment.ecn == Ecn::congestion && has_data) connection.set(bit_ecn_echo);
}

// Is the acknowledgment of something that is, or lately was, in flight (RFC 5961 5)?
bool is_plausible(const Connection& connection, Sequence acknowledgment) {
  const std::uint32_t probed = connection.has(bit_probing) ? 1 : 0;
  return acknowledgment >= connection.snd_una - connection.snd_wnd_max && acknowledgment <= connection.snd_nxt + probed;
}

// The ACK field; false: nothing more of the segment is looked at.
bool receive_acknowledgment(Core& core, Connection& connection, const Segment& segment) {
  if (!segment.has(flag_ack)) return false;
  if (connection.state == State::syn_received) {
    if (segment.acknowledgment <= connection.snd_una || segment.acknowledgment > connection.snd_nxt) {
      answer_with_reset(core, segment);
      return false;
    }
    connection.snd_una += 1;  // the SYN
    become_established(core, connection);
  }
  if (!is_plausible(connection, segment.acknowledgment)) {
    core.counters.add(Counter::acks_old_or_future);
    challenge(core, connection);
    return false;
  }
  take_acknowledgment(core, connection, segment);
  return !connection.has(bit_over) && connection.state != State::time_wait;
}

// Of a simultaneous open: the peer's SYN again, with or without an ACK. True: it has been dealt with.
bool receive_syn_again(Core& core, Connection& connection, Arrival& arrival) {
  Segment& segment = arrival.segment;
  if (connection.state != State::syn_received || !segment.has(flag_syn) || segment.has(flag_rst)) return false;
  if (segment.sequence + 1 != connection.rcv_nxt) return false;
  acknowledge_now(core, connection);
  if (!segment.has(flag_ack)) return true;
  segment.sequence += 1;
  segment.flags &= std::uint8_t(~flag_syn);
  return false;
}

void receive_synchronized(Core& core, Connection& connection, Arrival arrival) {
  if (receive_syn_again(core, connection, arrival)) return;
  const Segment& segment = arrival.segment;
  if (is_of_the_past(core, connection, segment)) {
    core.counters.add(Counter::paws);
    acknowledge_now(core, connection);
    return;
  }
  bool has_text = arrival.payload.length != 0 || segment.has(flag_fin);
  if (!is_acceptable(connection, segment)) {
    const bool is_window_closed = connection.rcv_nxt == connection.rcv_adv && segment.sequence == connection.rcv_nxt;
    if (!is_window_closed || segment.has(flag_syn)) {
      refuse(core, connection, arrival);
      return;
    }
    core.counters.add(Counter::unacceptable);  // a probe: only its ACK and RST count (3.10.7.4, MUST-66)
    if (!segment.has(flag_rst)) acknowledge_now(core, connection);
    has_text = false;
  }
  note_timestamp(core, connection, segment);
  if (segment.has(flag_rst)) {
    receive_reset(core, connection, segment);
    return;
  }
  if (segment.has(flag_syn)) {
    challenge(core, connection);
    return;
  }
  note_ecn(connection, segment, arrival.payload.length != 0);
  if (!receive_acknowledgment(core, connection, segment)) return;
  const bool may_send = connection.state == State::established || connection.state == State::fin_wait_1 ||
                        connection.state == State::fin_wait_2;
  if (has_text && may_send) take_data(core, connection, arrival, segment.has(flag_fin));
}

}  // namespace

void become_established(Core& core, Connection& connection) {
  core.counters.add(Counter::established);
  connection.set(bit_opened);
  connection.state = connection.has(bit_fin_wanted) ? State::fin_wait_1 : State::established;
  connection.retries = 0;
  connection.life_ms = 0;
  connection.round_began_us = core.now_us();
  make_ready(core, connection);
  make_outgoing(core, connection);
}

void receive(Core& core, Connection& connection, const Arrival& arrival) {
  if (connection.state == State::syn_sent)
    receive_syn_sent(core, connection, arrival);
  else
    receive_synchronized(core, connection, arrival);
  if (connection.has(bit_over) || !connection.has(bit_opened) || connection.state == State::time_wait) return;
  const bool is_waiting_for_fin = connection.state == State::fin_wait_2 && connection.has(bit_released);
  if (core.settings.keepalive_idle > Duration::zero() && !is_waiting_for_fin) {
    const auto idle = std::uint32_t(core.settings.keepalive_idle / std::chrono::milliseconds(1));
    connection.life_ms = std::max(core.now_ms() + idle, 1u);
    if (connection.flight == 0) connection.retries = 0;
    core.timers.schedule(core.row_of(connection), connection.life_ms);
  }
}

}  // namespace poise::l7::tcp
