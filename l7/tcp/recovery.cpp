#include <algorithm>
#include <cstring>

#include "l7/tcp/core.hpp"

// The scoreboard: what is in flight, what of it is delivered, and what is lost. RFC 6675 and RFC 6582, or RFC 8985.
namespace poise::l7::tcp {
namespace {

constexpr unsigned order_first = 2;
constexpr std::uint32_t duplicates_threshold = 3;  // RFC 6675 2: DupThresh

std::uint32_t capacity_of(unsigned order) {
  return std::uint32_t(((Arena::unit << order) - sizeof(Flight)) / sizeof(Record));
}

Flight* make_flight(Core& core, Connection& connection) {
  connection.flight = core.arena.allocate(order_first);
  if (connection.flight == 0) return nullptr;
  Flight* flight = new (core.arena.at(connection.flight)) Flight{};
  flight->order = order_first;
  flight->capacity = capacity_of(order_first);
  flight->recover = flight->high_sacked = flight->ecn_until = connection.snd_una;
  return flight;
}

void move_to_front(Flight& flight) {
  std::memmove(flight.records(), flight.records() + flight.first, flight.count * sizeof(Record));
  flight.first = 0;
}

// Places for `more` behind the last record; none left: nullptr.
Flight* with_room(Core& core, Connection& connection, std::uint32_t more) {
  Flight* flight = flight_of(core, connection);
  if (flight->first + flight->count + more <= flight->capacity) return flight;
  const bool is_enough = flight->count + more <= flight->capacity;
  if (is_enough && flight->first > flight->capacity / 2) {
    move_to_front(*flight);
    return flight;
  }
  unsigned order = flight->order + 1u;
  while (order < Flight::order_max && capacity_of(order) < flight->count + more) ++order;
  const bool is_possible = order <= Flight::order_max && capacity_of(order) >= flight->count + more;
  const Arena::Block larger = is_possible ? core.arena.allocate(order) : 0;
  if (larger == 0) {
    if (is_enough) move_to_front(*flight);
    return is_enough ? flight : nullptr;
  }
  auto* grown = new (core.arena.at(larger)) Flight(*flight);
  std::copy_n(flight->records() + flight->first, flight->count, grown->records());
  core.arena.free(connection.flight, flight->order);
  connection.flight = larger;
  grown->first = 0;
  grown->order = std::uint8_t(order);
  grown->capacity = capacity_of(order);
  return grown;
}

// Was `left` sent after the other (RFC 8985 6.2, RACK_sent_after)?
bool is_sent_after(std::uint32_t sent_us, Sequence end, const Flight& than) {
  const auto later_by = std::int32_t(sent_us - than.rack_sent_us);
  return later_by > 0 || (later_by == 0 && end > than.rack_end);
}

// RFC 8985 6.2, steps 2 and 3.
void note_rack(Core& core, Connection& connection, Flight& flight, const Record& record, const Segment& segment) {
  const std::uint32_t elapsed_us = core.now_us() - record.sent_us;
  if (record.has(record_ever_resent)) {
    const std::uint32_t sent_ms = core.now_ms() - elapsed_us / 1000;
    const auto& timestamps = segment.options.timestamps;
    if (timestamps && std::int32_t(timestamps->echo - (sent_ms + connection.ts_offset)) < 0) return;
    if (elapsed_us < connection.round_trip.least_us() || !connection.round_trip.has_sample()) return;
  } else if (record.right() < flight.high_sacked && connection.reorder_steps == 0) {
    connection.reorder_steps = 1;
  }
  if (flight.has_rack && !is_sent_after(record.sent_us, record.right(), flight)) return;
  flight.has_rack = true;
  flight.rack_sent_us = record.sent_us;
  flight.rack_end = record.right();
  flight.rack_round_trip_us = elapsed_us;
}

void note_delivery(Core& core, Connection& connection, const Segment& segment, Record& record, Delivered& delivered) {
  if (record.has(record_sacked)) return;
  Flight& flight = *flight_of(core, connection);
  delivered.bytes += record.length;
  if (!record.has(record_ever_resent))
    delivered.round_trip_us = std::max<std::uint32_t>(core.now_us() - record.sent_us, 1);
  note_rack(core, connection, flight, record, segment);
}

// Takes `count` acknowledged bytes from the front of the flight.
void trim(Core& core, Connection& connection, Flight& flight, Record& front, std::uint32_t count) {
  if (front.is_in_pipe()) flight.pipe -= count;
  if (front.has(record_sacked)) flight.sacked_bytes -= count;
  connection.sending.skip(core.arena, front.place, count);
  front.left += count;
  front.length -= count;
}

void mark_acknowledged(Core& core, Connection& connection, const Segment& segment, Delivered& delivered) {
  Flight& flight = *flight_of(core, connection);
  const Sequence acknowledgment = segment.acknowledgment;
  bool has_resent = false;
  while (flight.count > 0 && flight.at(0).right() <= acknowledgment) {
    Record& front = flight.at(0);
    has_resent |= front.has(record_ever_resent);
    note_delivery(core, connection, segment, front, delivered);
    set_bits(flight, front, record_lost);  // out of the pipe and of what is SACKed
    ++flight.first;
    --flight.count;
  }
  if (flight.count > 0 && flight.at(0).left < acknowledgment) {
    const auto count = std::uint32_t(acknowledgment - flight.at(0).left);
    has_resent |= flight.at(0).has(record_ever_resent);
    if (!flight.at(0).has(record_sacked)) delivered.bytes += count;
    trim(core, connection, flight, flight.at(0), count);
  }
  if (has_resent) delivered.round_trip_us = 0;  // what came after it has waited for it at the peer
  flight.high_sacked = later(flight.high_sacked, acknowledgment);
}

void mark_sacked(Core& core, Connection& connection, const Segment& segment, Delivered& delivered) {
  Flight& flight = *flight_of(core, connection);
  const auto blocks = segment.options.sack_blocks();
  Sequence highest = flight.high_sacked;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Range& block = blocks[i];
    const bool is_within_next =
        i == 0 && blocks.size() > 1 && blocks[1].left <= block.left && block.right <= blocks[1].right;
    if (block.right <= segment.acknowledgment || is_within_next) {  // RFC 2883 4
      delivered.has_duplicate_sack |= i == 0;
      continue;
    }
    if (block.left < segment.acknowledgment || block.right > connection.snd_nxt) continue;
    Record* const begin = &flight.at(0);
    Record* record =
        std::partition_point(begin, begin + flight.count, [&](const Record& each) { return each.left < block.left; });
    for (; record != begin + flight.count && record->right() <= block.right; ++record) {
      if (record->has(record_sacked)) continue;
      note_delivery(core, connection, segment, *record, delivered);
      set_bits(flight, *record, std::uint8_t(record->bits | record_sacked));
      delivered.has_new_sack = true;
    }
    highest = later(highest, block.right);
  }
  flight.high_sacked = highest;
}

// RFC 6675 4, IsLost: three segments, or their bytes, were delivered that were sent later.
void detect_by_count(const Connection& connection, Flight& flight) {
  std::uint32_t segments = 0;
  std::uint64_t bytes = 0;
  for (std::uint32_t i = flight.count; i > 0; --i) {
    Record& record = flight.at(i - 1);
    if (record.has(record_sacked)) {
      ++segments;
      bytes += record.length;
    } else if (!record.has(record_lost) &&
               (segments >= duplicates_threshold || bytes > (duplicates_threshold - 1) * connection.mss)) {
      set_bits(flight, record, std::uint8_t(record.bits | record_lost));
    }
  }
}

// RFC 8985 6.2, step 4.
std::uint32_t reorder_window_us(const Connection& connection, const Flight& flight) {
  const bool is_urgent = flight.is_recovering || flight.is_after_timeout || flight.sacked_count >= duplicates_threshold;
  if (connection.reorder_steps == 0 && is_urgent) return 0;
  if (!connection.round_trip.has_sample()) return 0;
  const std::uint64_t window =
      std::uint64_t(std::max<std::uint8_t>(connection.reorder_steps, 1)) * connection.round_trip.least_us() / 4;
  return std::uint32_t(std::min<std::uint64_t>(window, connection.round_trip.smoothed_us()));
}

// RFC 8985 6.2, step 5.
void detect_by_time(Core& core, const Connection& connection, Flight& flight) {
  if (!flight.has_rack) return;
  const std::uint32_t patience_us = flight.rack_round_trip_us + reorder_window_us(connection, flight);
  for (std::uint32_t i = 0; i < flight.count; ++i) {
    Record& record = flight.at(i);
    if (record.has(record_sacked) || (record.has(record_lost) && !record.has(record_resent))) continue;
    if (is_sent_after(record.sent_us, record.right(), flight)) continue;
    if (record.sent_us == flight.rack_sent_us && record.right() == flight.rack_end) continue;
    const auto left_us = std::int32_t(record.sent_us + patience_us - core.now_us());
    if (left_us <= 0)
      set_bits(flight, record, std::uint8_t((record.bits | record_lost) & ~record_resent));
    else
      flight.reorder_wait_us = std::max(flight.reorder_wait_us, std::uint32_t(left_us));
  }
}

// RFC 6582: the first unacknowledged segment, at the third repeated acknowledgment and at every partial one.
void detect_by_repeats(const Connection& connection, Flight& flight, const Delivered& delivered) {
  if (flight.count == 0) return;
  const bool is_partial = flight.is_recovering && delivered.acked > 0;
  const bool is_third = !flight.is_recovering && connection.dup_acks >= duplicates_threshold;
  if ((is_partial || is_third) && !flight.at(0).has(record_lost))
    set_bits(flight, flight.at(0), std::uint8_t(flight.at(0).bits | record_lost));
}

bool has_unresent_loss(Flight& flight) {
  for (std::uint32_t i = 0; i < flight.count; ++i)
    if (flight.at(i).has(record_lost) && !flight.at(i).has(record_resent)) return true;
  return false;
}

}  // namespace

Flight* flight_of(Core& core, const Connection& connection) {
  return connection.flight == 0 ? nullptr : &core.arena.as<Flight>(connection.flight);
}

bool reserve_records(Core& core, Connection& connection, std::uint32_t count) {
  const bool has_flight = connection.flight != 0 || make_flight(core, connection) != nullptr;
  if (has_flight && with_room(core, connection, count) != nullptr) return true;
  core.counters.add(Counter::no_memory);
  return false;
}

void add_record(Core& core, Connection& connection, const Record& record) {
  Flight& flight = *flight_of(core, connection);
  ++flight.count;
  flight.back() = record;
  flight.pipe += record.length;
}

// Without SACK every repeated acknowledgment stands for a segment that has left the network (RFC 5681 3.2); but after a
// timeout it may as well be the answer to what was sent again and had arrived, and would let out more of the same.
std::uint32_t pipe_of(const Connection& connection, const Flight& flight) {
  const bool tells = !connection.has(bit_sack) && !flight.is_after_timeout;
  const std::uint32_t left = tells ? connection.dup_acks * std::uint32_t(connection.mss) : 0;
  return flight.pipe - std::min(flight.pipe, left);
}

void free_flight(Core& core, Connection& connection) {
  if (connection.flight == 0) return;
  core.arena.free(connection.flight, flight_of(core, connection)->order);
  connection.flight = 0;
}

void set_bits(Flight& flight, Record& record, std::uint8_t bits) {
  const Record before = record;
  record.bits = bits;
  flight.pipe += (record.is_in_pipe() ? record.length : 0) - (before.is_in_pipe() ? before.length : 0);
  if (record.has(record_sacked) == before.has(record_sacked)) return;
  const bool is_more = record.has(record_sacked);
  flight.sacked_bytes += is_more ? record.length : -record.length;
  flight.sacked_count += is_more ? 1 : -1;
}

bool split_record(Core& core, Connection& connection, std::uint32_t at, std::uint32_t length) {
  Flight* flight = with_room(core, connection, 1);
  if (flight == nullptr) return false;
  Record* const record = &flight->at(at);
  std::memmove(record + 2, record + 1, (flight->count - at - 1) * sizeof(Record));
  ++flight->count;
  Record& rest = record[1];
  rest = *record;
  connection.sending.skip(core.arena, rest.place, length);
  rest.left += length;
  rest.length -= length;
  record->length = length;
  record->bits &= std::uint8_t(~record_fin);
  if (record->has(record_sacked)) ++flight->sacked_count;
  return true;
}

Delivered mark_delivered(Core& core, Connection& connection, const Segment& segment) {
  Delivered delivered;
  delivered.acked = std::uint32_t(segment.acknowledgment - connection.snd_una);
  if (Flight* flight = flight_of(core, connection); flight != nullptr) {
    delivered.pipe_before = flight->pipe;
    if (delivered.acked > 0) mark_acknowledged(core, connection, segment, delivered);
    if (connection.has(bit_sack) && segment.options.sack_count > 0 && flight->count > 0)
      mark_sacked(core, connection, segment, delivered);
    if (delivered.has_duplicate_sack && connection.reorder_steps > 0 && connection.reorder_steps < 20)
      ++connection.reorder_steps;
  }
  const bool is_fin_acked = connection.has(bit_fin_sent) && segment.acknowledgment == connection.snd_nxt;
  const std::uint32_t bytes = delivered.acked - (is_fin_acked && delivered.acked > 0 ? 1 : 0);
  connection.sending.pop(core.arena, bytes, [&](const Slice& slice) {
    unhold(core, connection, *slice.buffer);
    release(core, *slice.buffer);
  });
  connection.snd_una = segment.acknowledgment;
  return delivered;
}

void detect_losses(Core& core, Connection& connection, const Delivered& delivered) {
  Flight& flight = *flight_of(core, connection);
  flight.reorder_wait_us = 0;
  const bool is_plain = flight.sacked_count == 0 && connection.dup_acks == 0;
  if (is_plain && !flight.is_recovering && !flight.is_after_timeout) return;
  if (!connection.has(bit_sack))
    detect_by_repeats(connection, flight, delivered);
  else if (core.settings.rack)
    detect_by_time(core, connection, flight);
  else if (delivered.has_new_sack || delivered.acked > 0)
    detect_by_count(connection, flight);
  const bool has_loss = flight.count > 0 && has_unresent_loss(flight);
  if (has_loss && !flight.is_recovering && !flight.is_after_timeout) {
    core.counters.add(Counter::fast_recoveries);
    flight.is_recovering = flight.must_resend = true;
    flight.can_undo = flight.has_undo_ts = false;
    flight.recover = connection.snd_nxt;
    const std::uint32_t outstanding = connection.snd_nxt.value - connection.snd_una.value;
    connection.congestion.on_recovery_begins(outstanding, core.now_us(), flight.episode);
  }
  if (flight.is_recovering)
    connection.congestion.on_recovery_ack(delivered.bytes, pipe_of(connection, flight),
                                          delivered.acked > 0 && !has_loss, flight.episode);
  if (flight.reorder_wait_us != 0 && connection.has(bit_sack)) set_loss_timer(core, connection);
}

void mark_all_lost(Core& core, Connection& connection) {
  Flight& flight = *flight_of(core, connection);
  // The first of them was acknowledged selectively, and still is not in order: the peer has dropped it (RFC 2018 8).
  const bool has_reneged = flight.count > 0 && flight.at(0).has(record_sacked);
  for (std::uint32_t i = 0; i < flight.count; ++i) {
    Record& record = flight.at(i);
    if (has_reneged || !record.has(record_sacked))
      set_bits(flight, record, std::uint8_t((record.bits | record_lost) & ~(record_resent | record_sacked)));
  }
  flight.has_rack = flight.has_tail_probe = false;
  flight.reorder_wait_us = 0;
}

}  // namespace poise::l7::tcp
