#include <algorithm>
#include <cstring>

#include "config/types/result.hpp"
#include "l7/tcp/core.hpp"

// What comes in: in order to the queue, out of order to the side, and the window that is told.
namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t small_payload = 256;        // copied rather than kept in a buffer of their own
constexpr std::uint32_t initial_round_us = 10'000;  // of autotuning, while no round trip was measured
constexpr std::uint64_t held_slack = 256u << 10;

using Piece = OutOfOrder::Piece;

OutOfOrder* out_of_order_of(Core& core, const Connection& connection) {
  return connection.out_of_order == 0 ? nullptr : &core.arena.as<OutOfOrder>(connection.out_of_order);
}

std::uint32_t capacity_of(unsigned order) {
  return std::uint32_t(((Arena::unit << order) - sizeof(OutOfOrder)) / sizeof(Piece));
}

OutOfOrder* make_out_of_order(Core& core, Connection& connection) {
  if (connection.out_of_order != 0) return out_of_order_of(core, connection);
  connection.out_of_order = core.arena.allocate(OutOfOrder::order_first);
  if (connection.out_of_order == 0) return nullptr;
  auto* made = new (core.arena.at(connection.out_of_order)) OutOfOrder{};
  made->order = OutOfOrder::order_first;
  made->capacity = capacity_of(made->order);
  return made;
}

OutOfOrder* grow(Core& core, Connection& connection, OutOfOrder* old) {
  if (old->count < old->capacity) return old;
  const unsigned order = old->order + 1u;
  const Arena::Block larger = order > OutOfOrder::order_max ? 0 : core.arena.allocate(order);
  if (larger == 0) return nullptr;
  std::memcpy(core.arena.at(larger), static_cast<const void*>(old), Arena::unit << old->order);
  core.arena.free(connection.out_of_order, old->order);
  connection.out_of_order = larger;
  OutOfOrder* grown = out_of_order_of(core, connection);
  grown->order = std::uint8_t(order);
  grown->capacity = capacity_of(order);
  return grown;
}

// Small bytes go behind others, into what is left of their buffer, if nothing else refers to it.
bool append_copy(Core& core, Slice& last, const Slice& slice) {
  if (slice.length > small_payload || last.buffer->references != 1) return false;
  if (last.buffer->size - last.offset - last.length < slice.length) return false;
  std::memcpy(last.begin() + last.length, slice.begin(), slice.length);
  last.length += slice.length;
  core.counters.add(Counter::bytes_copied, slice.length);
  return true;
}

// What a connection has received and nobody has taken, in buffers of this size.
std::uint64_t received_whole(Core& core, const Connection& connection, std::uint32_t buffer_size) {
  const OutOfOrder* waiting = out_of_order_of(core, connection);
  const std::uint64_t count = connection.receiving.count() + (waiting == nullptr ? 0 : waiting->count);
  return count * buffer_size;
}

std::uint64_t received_most(const Connection& connection) { return 4ull * connection.receive_budget + held_slack; }

// Of the memory for what comes in; the highest use of all is ended when even that is not enough.
bool may_hold(Core& core, const Connection& connection, const Slice& slice, unsigned percent) {
  const std::uint32_t size = slice.buffer->size;
  const bool is_too_much = received_whole(core, connection, size) + size > received_most(connection);
  if (!is_too_much && is_held_below(core, percent)) return true;
  core.counters.add(Counter::buffers_full);
  if (!is_held_below(core, 95)) {
    Connection& largest = core.connections[core.holds_most];
    if (largest.has(bit_in_use) && !largest.has(bit_over) && largest.held > 0) {
      largest.set(bit_abort_now);
      make_ready(core, largest);
    }
  }
  return false;
}

// Behind what waits to be read. `is_held`: its buffer is accounted for already.
bool append(Core& core, Connection& connection, const Slice& slice, bool is_held) {
  Slice* last = connection.receiving.last(core.arena);
  if (last != nullptr && append_copy(core, *last, slice)) {
    connection.receiving.grow_last(slice.length);
    return true;
  }
  if (!is_held && !may_hold(core, connection, slice, 100)) return false;
  if (!connection.receiving.push(core.arena, slice)) {
    core.counters.add(Counter::no_memory);
    return false;
  }
  retain(*slice.buffer);
  hold(core, connection, *slice.buffer);
  return true;
}

void take_fin(Core& core, Connection& connection) {
  connection.rcv_nxt += 1;
  connection.rcv_adv += 1;  // it takes no room
  connection.set(bit_peer_finished);
  acknowledge_now(core, connection);
  make_ready(core, connection);
  switch (connection.state) {
    case State::established:
      connection.state = State::close_wait;
      return;
    case State::fin_wait_1:  // ours is not acknowledged, else it were fin_wait_2
      connection.state = State::closing;
      return;
    case State::fin_wait_2:
      send_ack(core, connection);
      enter_time_wait(core, connection);
      return;
    default:
      ensure(false);
  }
}

// What waited for the byte that has come.
void join_out_of_order(Core& core, Connection& connection) {
  OutOfOrder* waiting = out_of_order_of(core, connection);
  std::uint32_t done = 0;
  for (; done < waiting->count; ++done) {
    Piece& piece = waiting->pieces()[done];
    if (piece.left > connection.rcv_nxt) break;
    const std::uint32_t known = std::min(connection.rcv_nxt.value - piece.left.value, piece.slice.length);
    piece = {piece.left + known, piece.slice.from(known)};
    if (piece.slice.length > 0) {
      if (!append(core, connection, piece.slice, true)) break;
      connection.rcv_nxt += piece.slice.length;
    }
    unhold(core, connection, *piece.slice.buffer);
    release(core, *piece.slice.buffer);
  }
  std::memmove(waiting->pieces(), waiting->pieces() + done, (waiting->count - done) * sizeof(Piece));
  waiting->count -= done;
  waiting->ranges.advance(connection.rcv_nxt);
  const bool is_fin_next = waiting->has_fin && waiting->fin == connection.rcv_nxt;
  if (waiting->count == 0 && (is_fin_next || !waiting->has_fin)) drop_out_of_order(core, connection);
  if (is_fin_next) take_fin(core, connection);
}

void decide_acknowledgment(Core& core, Connection& connection, std::uint32_t length, bool must_be_now) {
  connection.rcv_mss = std::max(connection.rcv_mss, std::uint16_t(std::min(length, 65535u)));
  const std::uint32_t pending = connection.rcv_nxt.value - connection.ack_sent.value;
  if (must_be_now || core.settings.quick_ack || pending >= 2u * connection.rcv_mss || connection.has(bit_ecn_echo)) {
    acknowledge_now(core, connection);
  } else if (connection.ack_ms == 0) {
    set_deadline(core, connection, connection.ack_ms,
                 std::uint32_t(core.settings.delayed_ack / std::chrono::microseconds(1)));
  }
}

void take_in_order(Core& core, Connection& connection, const Slice& payload, bool has_fin) {
  const bool fills_gap = connection.out_of_order != 0;
  if (payload.length > 0) {
    bool is_kept = append(core, connection, payload, false);
    if (!is_kept && fills_gap) {  // what cannot be read yet must not keep out what can
      core.counters.add(Counter::out_of_order_dropped);
      drop_out_of_order(core, connection);
      is_kept = append(core, connection, payload, false);
    }
    if (!is_kept) {
      acknowledge_now(core, connection);
      return;
    }
    connection.rcv_nxt += payload.length;
    core.counters.add(Counter::bytes_in, payload.length);
    connection.set(bit_unread);
    make_ready(core, connection);
  }
  decide_acknowledgment(core, connection, payload.length, fills_gap || has_fin);
  if (has_fin) {
    drop_out_of_order(core, connection);
    take_fin(core, connection);
  } else if (connection.out_of_order != 0) {
    join_out_of_order(core, connection);
  }
}

bool insert_piece(Core& core, Connection& connection, std::uint32_t at, const Piece& piece) {
  OutOfOrder* waiting = out_of_order_of(core, connection);
  if (at > 0) {
    Piece& before = waiting->pieces()[at - 1];
    if (before.right() == piece.left && append_copy(core, before.slice, piece.slice)) return true;
  }
  if (!may_hold(core, connection, piece.slice, 90)) return false;
  waiting = grow(core, connection, waiting);
  if (waiting == nullptr) return false;
  std::memmove(waiting->pieces() + at + 1, waiting->pieces() + at, (waiting->count - at) * sizeof(Piece));
  waiting->pieces()[at] = piece;
  ++waiting->count;
  retain(*piece.slice.buffer);
  hold(core, connection, *piece.slice.buffer);
  return true;
}

// The bytes of [left, left + slice.length) that are not here yet. Returns how far from `left` on all of them are here.
Sequence insert_pieces(Core& core, Connection& connection, Sequence left, Slice slice) {
  while (slice.length > 0) {
    OutOfOrder* waiting = out_of_order_of(core, connection);
    Piece* const begin = waiting->pieces();
    Piece* const after =
        std::partition_point(begin, begin + waiting->count, [&](const Piece& each) { return each.right() <= left; });
    const bool is_last = after == begin + waiting->count;
    if (!is_last && after->left <= left) {  // here already
      const std::uint32_t known = std::min(after->right().value - left.value, slice.length);
      left += known;
      slice = slice.from(known);
      continue;
    }
    const std::uint32_t gap = is_last ? slice.length : std::min(after->left.value - left.value, slice.length);
    if (!insert_piece(core, connection, std::uint32_t(after - begin), {left, slice.first(gap)})) break;
    left += gap;
    slice = slice.from(gap);
  }
  return left;
}

void take_out_of_order(Core& core, Connection& connection, Range range, const Arrival& arrival) {
  core.counters.add(Counter::out_of_order);
  acknowledge_now(core, connection);
  if (!connection.has(bit_sack)) connection.dup_acks_owed = std::uint8_t(std::min(connection.dup_acks_owed + 1, 255));
  OutOfOrder* waiting = make_out_of_order(core, connection);
  if (waiting == nullptr) {
    core.counters.add(Counter::no_memory);
    return;
  }
  if (arrival.segment.has(flag_fin) && arrival.segment.end() == range.right + 1) {
    waiting->has_fin = true;
    waiting->fin = range.right;
  }
  if (range.is_empty()) return;
  if (!waiting->ranges.would_keep(range)) {
    core.counters.add(Counter::out_of_order_dropped);
    return;
  }
  const Slice payload = arrival.payload.from(range.left.value - arrival.segment.sequence.value).first(range.length());
  const Sequence kept = insert_pieces(core, connection, range.left, payload);
  if (kept != range.right) core.counters.add(Counter::out_of_order_dropped);
  waiting = out_of_order_of(core, connection);
  if (kept == range.left) {
    if (waiting->count == 0 && !waiting->has_fin) drop_out_of_order(core, connection);
    return;
  }
  const auto insertion = waiting->ranges.insert({range.left, kept});
  if (insertion.duplicate && connection.has(bit_sack)) {
    core.counters.add(Counter::duplicate_bytes, insertion.duplicate->length());
    send_ack(core, connection, insertion.duplicate);
  }
}

// What of a segment is new and within the window.
struct News {
  Range range;
  bool has_fin;
};

void take_new(Core& core, Connection& connection, const Arrival& arrival, const News& news) {
  const Sequence left = later(arrival.segment.sequence, connection.rcv_nxt);
  if (left != connection.rcv_nxt) {
    take_out_of_order(core, connection, {left, later(left, news.range.right)}, arrival);
    return;
  }
  const std::uint32_t length = news.range.left < news.range.right ? news.range.length() : 0;
  const std::uint32_t known = length == 0 ? 0 : left.value - arrival.segment.sequence.value;
  take_in_order(core, connection, arrival.payload.from(known).first(length), news.has_fin);
}

// The window that autotuning would tell: twice what the reader took in a round trip (dynamic right-sizing).
void tune(Core& core, Connection& connection) {
  const std::uint32_t round_us =
      connection.round_trip.has_sample() ? connection.round_trip.smoothed_us() : initial_round_us;
  if (core.now_us() - connection.round_began_us < round_us) return;
  const std::uint64_t wanted = 2ull * connection.round_read;
  if (wanted > connection.receive_budget && is_held_below(core, 70))
    connection.receive_budget = std::uint32_t(std::min<std::uint64_t>(wanted, core.settings.receive_max));
  connection.round_read = 0;
  connection.round_began_us = core.now_us();
}

// Where the right edge could be; never before rcv_adv.
Sequence possible_edge(const Connection& connection) {
  const std::uint32_t unread = connection.receiving.bytes();
  const std::uint32_t room = connection.receive_budget > unread ? connection.receive_budget - unread : 0;
  return later(connection.rcv_nxt + room, connection.rcv_adv);
}

// RFC 9293 3.8.6.2.2: the edge moves by much or not at all.
std::uint32_t worthwhile(const Connection& connection) {
  return std::min(2u * connection.rcv_mss, connection.receive_budget / 2);
}

}  // namespace

void drop_out_of_order(Core& core, Connection& connection) {
  OutOfOrder* waiting = out_of_order_of(core, connection);
  if (waiting == nullptr) return;
  for (std::uint32_t i = 0; i < waiting->count; ++i) {
    Buffer& buffer = *waiting->pieces()[i].slice.buffer;
    unhold(core, connection, buffer);
    release(core, buffer);
  }
  core.arena.free(connection.out_of_order, waiting->order);
  connection.out_of_order = 0;
}

void take_data(Core& core, Connection& connection, const Arrival& arrival, bool has_fin) {
  const Sequence sequence = arrival.segment.sequence;
  const Range all{sequence, sequence + arrival.payload.length};
  const Range range{later(all.left, connection.rcv_nxt), earlier(all.right, connection.rcv_adv)};
  if (range.right != all.right) has_fin = false;
  const bool is_new = range.left < range.right || (has_fin && all.right >= connection.rcv_nxt);
  if (connection.has(bit_released) && range.left < range.right) {
    core.counters.add(Counter::data_after_close);
    abort_connection(core, connection, Closed::aborted);
    return;
  }
  const Range duplicate{all.left, later(all.left, earlier(all.right, connection.rcv_nxt))};
  if (is_new) take_new(core, connection, arrival, {range, has_fin});
  if (duplicate.is_empty()) return;
  core.counters.add(Counter::duplicate_bytes, duplicate.length());
  if (connection.has(bit_over) || connection.state == State::time_wait) return;
  acknowledge_now(core, connection);
  if (connection.has(bit_sack)) send_ack(core, connection, duplicate);
}

void on_read(Core& core, Connection& connection) {
  tune(core, connection);
  if (connection.has(bit_peer_finished) || !connection.has(bit_opened)) return;
  const auto gain = std::uint32_t(possible_edge(connection) - connection.rcv_adv);
  if (gain == 0 || gain < worthwhile(connection)) return;
  const std::uint32_t left = connection.rcv_adv.value - connection.rcv_nxt.value;
  const bool is_urgent = left <= connection.receive_budget / 8 || connection.receive_budget <= 8u * connection.rcv_mss;
  if (is_urgent || gain >= connection.receive_budget / 4) acknowledge_now(core, connection);
}

std::uint16_t window_to_tell(Core& core, Connection& connection) {
  const Sequence edge = possible_edge(connection);
  const auto gain = std::uint32_t(edge - connection.rcv_adv);
  const Slice* last = connection.receiving.last(core.arena);
  const std::uint64_t whole = last == nullptr ? 0 : received_whole(core, connection, last->buffer->size);
  const bool is_crowded = whole > received_most(connection) || !is_held_below(core, 95);
  if (gain > 0 && gain >= worthwhile(connection) && !is_crowded) connection.rcv_adv = edge;
  const std::uint32_t window = connection.rcv_adv.value - connection.rcv_nxt.value;
  const std::uint32_t unit = 1u << connection.rcv_shift;
  const std::uint32_t field = std::min((window + unit - 1) >> connection.rcv_shift, 65535u);
  connection.rcv_adv = later(connection.rcv_adv, connection.rcv_nxt + (field << connection.rcv_shift));
  return std::uint16_t(field);
}

}  // namespace poise::l7::tcp
