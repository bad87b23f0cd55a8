#include <algorithm>
#include <array>

#include "l7/tcp/core.hpp"

// What goes out: RFC 9293 3.8 and 3.10.2, RFC 6675 5.
namespace poise::l7::tcp {
namespace {

constexpr std::size_t slices_max = 17;  // of one segment, or of one for the device to cut

struct Parts {
  std::array<Slice, slices_max> slices;
  std::size_t count = 0;
  std::uint32_t bytes = 0;
  std::span<const Slice> all() const { return std::span(slices).first(count); }
};

Parts gather(Core& core, const Connection& connection, SliceQueue::Place place, std::uint32_t bytes) {
  Parts parts;
  parts.count = connection.sending.gather(core.arena, place, bytes, parts.slices);
  for (const Slice& slice : parts.all()) parts.bytes += slice.length;
  return parts;
}

Segment segment_of(Core& core, Connection& connection, Sequence sequence, std::uint8_t flags) {
  Segment segment = segment_from(connection.tuple, flags);
  segment.sequence = sequence;
  segment.acknowledgment = connection.rcv_nxt;
  segment.window = window_to_tell(core, connection);
  if (connection.has(bit_ecn_echo)) segment.flags |= flag_ece;
  if (connection.has(bit_timestamps))
    segment.options.timestamps = Timestamps{core.now_ms() + connection.ts_offset, connection.ts_recent};
  return segment;
}

bool emit(Core& core, const Segment& segment, const Parts& parts, std::uint32_t segment_size = 0) {
  std::array<std::uint8_t, headers_length_max> headers;
  const std::size_t length = write_headers(segment, parts.bytes, headers);
  const Outgoing outgoing{std::span(headers).first(length), parts.all(), parts.bytes, segment_size};
  if (!core.env.transmit(outgoing)) {
    core.counters.add(Counter::transmit_full);
    return false;
  }
  core.counters.add(Counter::segments_out);
  core.counters.add(Counter::bytes_out, parts.bytes);
  return true;
}

// An acknowledgment went out, of its own or with data.
void note_acknowledged(Connection& connection) {
  connection.ack_sent = connection.rcv_nxt;
  connection.ack_ms = 0;
}

void note_data_sent(Core& core, Connection& connection) {
  connection.sent_ms = core.now_ms();
  note_acknowledged(connection);
  const bool has_more_to_say = connection.out_of_order != 0 || connection.dup_acks_owed > 0;
  if (!has_more_to_say) connection.clear(bit_ack_now);
}

bool is_last(const Connection& connection, Sequence end) {
  return connection.snd_una + connection.sending.bytes() == end;
}

bool may_send_data(State state) {
  return state == State::established || state == State::close_wait || state == State::fin_wait_1 ||
         state == State::closing || state == State::last_ack;
}

bool is_fin_due(const Connection& connection) {
  return connection.has(bit_fin_wanted) && !connection.has(bit_fin_sent);
}

// What was lost, as far as the congestion window goes (RFC 6675 5, NextSeg 1).
bool resend_lost(Core& core, Connection& connection) {
  Flight* flight = flight_of(core, connection);
  if (flight == nullptr || (!flight->is_recovering && !flight->is_after_timeout)) return true;
  for (std::uint32_t i = 0; i < flight->count; ++i) {
    const Record& record = flight->at(i);
    if (!record.has(record_lost) || record.has(record_resent) || record.has(record_sacked)) continue;
    const std::uint32_t length = std::min(record.length, payload_max(connection));
    const bool has_window = pipe_of(connection, *flight) + length <= connection.congestion.window();
    if (!has_window && !flight->must_resend) return true;
    if (!resend(core, connection, i)) return false;
    flight = flight_of(core, connection);  // it may have been split
    flight->must_resend = false;
  }
  return true;
}

// How many bytes of new data one segment, or one for the device to cut, may take now; 0: wait (RFC 9293 3.8.6.2.1 and
// 3.7.4).
std::uint32_t next_length(Core& core, const Connection& connection, std::uint32_t unsent) {
  const Flight* flight = flight_of(core, connection);
  const std::uint32_t pipe = flight == nullptr ? 0 : pipe_of(connection, *flight);
  const std::uint32_t congestion = connection.congestion.window();
  const std::uint32_t mss = payload_max(connection);
  const std::uint32_t unit = std::max(mss, core.settings.segmentation_max / mss * mss);
  const std::uint32_t window = usable_window(connection);
  const std::uint32_t credit = congestion > pipe ? congestion - pipe : 0;
  const std::uint32_t length = std::min({unsent, unit, window, credit});
  if (length >= mss && length < unsent) return length - length % mss;
  const bool is_idle = connection.snd_una == connection.snd_nxt;
  if (length == unsent) {
    const std::uint32_t tail = length % mss;
    const bool must_wait = core.settings.nagle && tail != 0 && !is_idle && !connection.has(bit_fin_wanted);
    return must_wait ? length - tail : length;
  }
  const bool is_for_window = length == window && length > 0 && length >= connection.snd_wnd_max / 2;
  return is_for_window ? length : 0;
}

void restart_after_idle(Core& core, Connection& connection) {
  if (connection.snd_una != connection.snd_nxt || connection.sent_ms == 0) return;
  const std::uint64_t idle_us = (core.now_ms() - connection.sent_ms) * 1000ull;
  const std::uint32_t timeout_us = connection.round_trip.timeout_us();
  if (idle_us > timeout_us)
    connection.congestion.on_idle(std::uint32_t(std::min<std::uint64_t>(idle_us, ~0u)), timeout_us);
}

bool send_fresh(Core& core, Connection& connection) {
  restart_after_idle(core, connection);
  if (connection.path_mtu.on_time(core.now_ms())) connection.congestion.set_mss(std::uint16_t(payload_max(connection)));
  bool has_sent = false, is_taken = true;
  while (true) {
    const std::uint32_t unsent = unsent_bytes(connection);
    const std::uint32_t length = unsent == 0 ? 0 : next_length(core, connection, unsent);
    const bool with_fin = is_fin_due(connection) && length == unsent && usable_window(connection) > length;
    if (length == 0 && !with_fin) break;
    const Sequence before = connection.snd_nxt;
    is_taken = send_new(core, connection, length, with_fin);
    if (connection.snd_nxt == before) break;
    has_sent = true;
  }
  const bool is_plain_timer = !connection.has(bit_loss_is_tail) && !connection.has(bit_loss_is_reorder) &&
                              !connection.has(bit_loss_is_persist) && connection.loss_ms != 0;
  if (has_sent && !is_plain_timer && !connection.has(bit_loss_is_reorder)) set_loss_timer(core, connection);
  return is_taken;
}

bool send_owed(Core& core, Connection& connection) {
  while (connection.has(bit_ack_now)) {
    const std::uint8_t owed = connection.dup_acks_owed;
    if (!send_ack(core, connection)) return false;
    connection.dup_acks_owed = std::uint8_t(owed > 0 ? owed - 1 : 0);
    if (connection.dup_acks_owed > 0) connection.set(bit_ack_now);
  }
  return true;
}

}  // namespace

std::uint32_t payload_max(const Connection& connection) {
  const std::uint32_t headers = connection.tuple.local.is_v4() ? 40 : 60;
  const std::uint32_t path = connection.path_mtu.mtu() - headers;
  return std::min<std::uint32_t>(connection.mss, path) - (connection.has(bit_timestamps) ? 12 : 0);
}

std::uint32_t unsent_bytes(const Connection& connection) {
  if (!connection.has(bit_opened)) return connection.sending.bytes();
  const std::uint32_t outstanding =
      connection.snd_nxt.value - connection.snd_una.value - (connection.has(bit_fin_sent) ? 1 : 0);
  if (connection.has(bit_fin_sent) && connection.snd_una == connection.snd_nxt) return 0;
  return connection.sending.bytes() - outstanding;
}

std::uint32_t usable_window(const Connection& connection) {
  const std::int32_t usable = connection.snd_una + connection.snd_wnd - connection.snd_nxt;
  return usable > 0 ? std::uint32_t(usable) : 0;
}

bool transmit(Core& core, Connection& connection) {
  if (connection.state == State::syn_sent || connection.state == State::syn_received) {
    if (!connection.has(bit_ack_now)) return true;
    return send_syn(core, connection);
  }
  if (may_send_data(connection.state)) {
    if (!resend_lost(core, connection) || !send_fresh(core, connection)) return false;
    const bool is_waiting = unsent_bytes(connection) > 0 || is_fin_due(connection);
    if (is_waiting && connection.snd_una == connection.snd_nxt && connection.loss_ms == 0)
      set_loss_timer(core, connection);
  }
  return send_owed(core, connection);
}

bool send_syn(Core& core, Connection& connection) {
  const bool is_answer = connection.state == State::syn_received;
  const Settings& settings = core.settings;
  Segment segment = segment_of(core, connection, connection.snd_una, flag_syn);
  if (is_answer)
    segment.flags |= std::uint8_t(flag_ack | (connection.has(bit_ecn) ? flag_ece : 0));
  else
    segment.acknowledgment = {};
  if (!is_answer && settings.ecn && connection.retries == 0) segment.flags |= flag_ece | flag_cwr;
  segment.window = initial_window(settings);
  segment.options.mss = own_mss(settings, connection.tuple.local);
  segment.options.sack_permitted = is_answer ? connection.has(bit_sack) : settings.sack;
  const bool has_scaling = is_answer ? connection.snd_shift != 0 || connection.rcv_shift != 0 : settings.window_scaling;
  if (has_scaling) segment.options.window_shift = window_shift_of(settings);
  if (is_answer ? connection.has(bit_timestamps) : settings.timestamps)
    segment.options.timestamps = Timestamps{core.now_ms() + connection.ts_offset, connection.ts_recent};
  if (!emit(core, segment, {})) return false;
  connection.clear(bit_ack_now);
  return true;
}

bool send_ack(Core& core, Connection& connection, std::optional<Range> duplicate) {
  Segment segment = segment_of(core, connection, connection.snd_nxt, flag_ack);
  if (duplicate) segment.options.add_sack(*duplicate);
  if (connection.has(bit_sack) && connection.out_of_order != 0) {
    std::array<Range, sack_blocks_max> blocks;
    const auto& ranges = core.arena.as<OutOfOrder>(connection.out_of_order).ranges;
    const std::size_t count = ranges.write_blocks(blocks);
    for (const Range& block : std::span(blocks).first(count)) segment.options.add_sack(block);
  }
  if (!emit(core, segment, {})) return false;
  note_acknowledged(connection);
  if (!duplicate) connection.clear(bit_ack_now);
  if (duplicate && connection.dup_acks_owed == 0) connection.clear(bit_ack_now);
  return true;
}

bool resend(Core& core, Connection& connection, std::uint32_t at) {
  const std::uint32_t most = payload_max(connection);
  Record* record = &flight_of(core, connection)->at(at);
  const std::uint32_t data = record->length - (record->has(record_fin) ? 1 : 0);
  if (data > most && !split_record(core, connection, at, most)) return true;  // later, when there is memory
  Flight* flight = flight_of(core, connection);
  record = &flight->at(at);
  const bool has_fin = record->has(record_fin);
  const Parts parts = gather(core, connection, record->place, record->length - (has_fin ? 1 : 0));
  Segment segment = segment_of(core, connection, record->left, flag_ack);
  if (has_fin) segment.flags |= flag_fin;
  if (is_last(connection, record->left + parts.bytes) && parts.bytes > 0) segment.flags |= flag_psh;
  if (!emit(core, segment, parts)) return false;
  core.counters.add(Counter::resent);
  if (parts.bytes + (has_fin ? 1 : 0) < record->length && parts.bytes > 0)
    split_record(core, connection, at, parts.bytes);  // of very many slices
  flight = flight_of(core, connection);
  record = &flight->at(at);
  const bool is_first = !flight->has_undo_ts && (flight->is_recovering || flight->is_after_timeout);
  if (is_first && connection.has(bit_timestamps)) {
    flight->has_undo_ts = flight->can_undo = true;
    flight->undo_ts = core.now_ms() + connection.ts_offset;
  }
  set_bits(*flight, *record,
           std::uint8_t(record->bits | record_ever_resent | (record->has(record_lost) ? record_resent : 0)));
  record->sent_us = core.now_us();
  if (record->times_sent < 255) ++record->times_sent;
  if (flight->is_recovering) connection.congestion.on_recovery_sent(record->length, flight->episode);
  note_data_sent(core, connection);
  if (connection.loss_ms == 0) set_loss_timer(core, connection);
  return true;
}

bool send_new(Core& core, Connection& connection, std::uint32_t bytes, bool with_fin) {
  const std::uint32_t mss = payload_max(connection);
  if (!reserve_records(core, connection, bytes / mss + 2)) return true;
  const Parts parts = gather(core, connection, connection.unsent, bytes);
  with_fin = with_fin && parts.bytes == bytes;
  Segment segment = segment_of(core, connection, connection.snd_nxt, flag_ack);
  if (with_fin) segment.flags |= flag_fin;
  if (parts.bytes > 0 && is_last(connection, connection.snd_nxt + parts.bytes)) segment.flags |= flag_psh;
  if (connection.has(bit_ecn) && parts.bytes > 0) segment.ecn = Ecn::ect0;
  if (connection.has(bit_ecn_reduced) && parts.bytes > 0) segment.flags |= flag_cwr;
  if (!emit(core, segment, parts, parts.bytes > mss ? mss : 0)) {
    if (flight_of(core, connection)->count == 0) free_flight(core, connection);
    return false;
  }
  if (parts.bytes > 0) connection.clear(bit_ecn_reduced);
  connection.clear(bit_probing);
  for (std::uint32_t left = parts.bytes, fin = with_fin ? 1 : 0; left + fin > 0;) {
    const std::uint32_t data = std::min(left, mss);
    left -= data;
    const std::uint32_t own_fin = left == 0 ? fin : 0;
    fin -= own_fin;
    add_record(core, connection,
               {.left = connection.snd_nxt,
                .length = data + own_fin,
                .sent_us = core.now_us(),
                .place = connection.unsent,
                .bits = std::uint8_t(own_fin != 0 ? record_fin : 0),
                .times_sent = 1});
    connection.sending.skip(core.arena, connection.unsent, data);
    connection.snd_nxt += data + own_fin;
  }
  if (with_fin) connection.set(bit_fin_sent);
  Flight& flight = *flight_of(core, connection);
  if (flight.is_recovering) connection.congestion.on_recovery_sent(parts.bytes, flight.episode);
  note_data_sent(core, connection);
  return true;
}

void send_reset(Core& core, Connection& connection) {
  Segment segment = segment_of(core, connection, connection.snd_nxt, flag_rst | flag_ack);
  segment.flags = flag_rst | flag_ack;
  core.counters.add(Counter::resets_out);
  emit(core, segment, {});
}

// RFC 9293 3.8.6.1: one byte, or the FIN, beyond the window. It is not in flight: whether it was taken, the next
// acknowledgment tells.
bool send_window_probe(Core& core, Connection& connection) {
  core.counters.add(Counter::window_probes);
  const bool has_data = unsent_bytes(connection) > 0;
  const Parts parts = has_data ? gather(core, connection, connection.unsent, 1) : Parts{};
  Segment segment = segment_of(core, connection, connection.snd_nxt, flag_ack);
  if (!has_data) segment.flags |= flag_fin;
  if (!emit(core, segment, parts)) return false;
  connection.set(bit_probing);
  note_data_sent(core, connection);
  return true;
}

bool send_keepalive(Core& core, Connection& connection) {
  core.counters.add(Counter::keepalives);
  return emit(core, segment_of(core, connection, connection.snd_nxt - 1, flag_ack), {});
}

Segment segment_from(const Tuple& tuple, std::uint8_t flags) {
  Segment segment;
  segment.source = tuple.local;
  segment.destination = tuple.remote;
  segment.source_port = tuple.local_port;
  segment.destination_port = tuple.remote_port;
  segment.flags = flags;
  return segment;
}

bool send_control(Core& core, const Segment& segment) { return emit(core, segment, {}); }

}  // namespace poise::l7::tcp
