#include <algorithm>
#include <array>

#include "config/types/result.hpp"
#include "l7/tcp/core.hpp"

// Bytes that go from one connection to another without anybody looking at them: descriptors move, nothing is copied.
// What the target has no room for stays with the source, whose window closes by it.
namespace poise::l7::tcp {
namespace {

constexpr unsigned splice_order = 0;
static_assert(sizeof(Splice) <= Arena::unit);

Splice* splice_of(Core& core, const Connection& connection) {
  return connection.splice == 0 ? nullptr : &core.arena.as<Splice>(connection.splice);
}

Splice* make_splice(Core& core, Connection& connection) {
  if (connection.splice == 0) {
    connection.splice = core.arena.allocate(splice_order);
    if (connection.splice == 0) return nullptr;
    core.arena.as<Splice>(connection.splice) = {};
  }
  return splice_of(core, connection);
}

void free_if_unused(Core& core, Connection& connection) {
  const std::uint32_t used = bit_splice_source | bit_splice_target | bit_splice_done;
  if (connection.splice == 0 || (connection.bits & used) != 0) return;
  core.arena.free(connection.splice, splice_order);
  connection.splice = 0;
}

void end_splice(Core& core, Connection& from) {
  Splice& splice = *splice_of(core, from);
  Connection* to = core.find(splice.to);
  splice.to = {};
  from.clear(bit_splice_source);
  if (to != nullptr) {
    to->clear(bit_splice_target);
    free_if_unused(core, *to);
  }
  free_if_unused(core, from);
}

// A part of the slice in front: both hold it now.
Slice share_front(Core& core, Connection& from, std::uint32_t bytes) {
  std::array<Slice, 1> front;
  SliceQueue::Place place = from.receiving.begin();
  from.receiving.gather(core.arena, place, bytes, front);
  retain(*front[0].buffer);
  from.receiving.pop(core.arena, front[0].length, [](const Slice&) { ensure(false); });
  return front[0];
}

// The next bytes, at most `most`, as a slice with a reference of its own.
Slice take_next(Core& core, Connection& from, std::uint32_t most) {
  std::array<Slice, 1> front;
  SliceQueue::Place place = from.receiving.begin();
  from.receiving.gather(core.arena, place, ~0u, front);
  if (front[0].length > most) return share_front(core, from, most);
  const Slice whole = from.receiving.take_front(core.arena);
  unhold(core, from, *whole.buffer);
  return whole;
}

std::uint64_t move_bytes(Core& core, Connection& from, Connection& to, std::uint64_t most) {
  std::uint64_t moved = 0;
  while (moved < most && !from.receiving.is_empty()) {
    const std::uint64_t room = core.settings.send_max - std::min(to.sending.bytes(), core.settings.send_max);
    if (room == 0 || unsent_bytes(to) >= core.settings.unsent_low * 2) break;
    if (!to.sending.reserve(core.arena)) {
      core.counters.add(Counter::no_memory);
      if (to.sending.is_empty()) to.set(bit_abort_now);  // nothing would ever wake it
      if (to.sending.is_empty()) make_ready(core, to);
      break;
    }
    const Slice slice = take_next(core, from, std::uint32_t(std::min({most - moved, room, std::uint64_t(1) << 20})));
    to.sending.push(core.arena, slice);
    hold(core, to, *slice.buffer);
    moved += slice.length;
  }
  return moved;
}

}  // namespace

bool start_splice(Core& core, Connection& from, Connection& to, std::uint64_t bytes) {
  if (&from == &to || from.has(bit_splice_source) || from.has(bit_splice_done)) return false;
  if (to.has(bit_splice_target) || to.has(bit_fin_wanted)) return false;
  Splice* source = make_splice(core, from);
  Splice* target = make_splice(core, to);
  if (source == nullptr || target == nullptr) {
    core.counters.add(Counter::no_memory);
    free_if_unused(core, from);
    free_if_unused(core, to);
    return false;
  }
  source->to = core.handle_of(to);
  source->left = bytes;
  target->from = core.handle_of(from);
  from.set(bit_splice_source);
  to.set(bit_splice_target);
  make_ready(core, from);
  return true;
}

void move_spliced(Core& core, Connection& from) {
  Splice& splice = *splice_of(core, from);
  Connection* to = core.find(splice.to);
  if (to == nullptr) {
    end_splice(core, from);
    return;
  }
  const std::uint64_t moved = move_bytes(core, from, *to, splice.left);
  const bool is_endless = splice.left == ~std::uint64_t(0);
  if (!is_endless) splice.left -= moved;
  if (moved > 0) {
    from.moved += moved;
    from.round_read += std::uint32_t(moved);
    on_read(core, from);
    make_outgoing(core, *to);
  }
  const bool is_at_end = from.has(bit_peer_finished) && from.receiving.is_empty();
  if (splice.left != 0 && !is_at_end) return;
  if (is_endless) splice.left = 0;
  from.set(bit_splice_done);
  from.set(bit_unread);
  end_splice(core, from);
  if (is_endless && is_at_end) want_fin(core, *to);
}

std::uint64_t take_spliced(Core& core, Connection& from) {
  const std::uint64_t left = splice_of(core, from)->left;
  from.clear(bit_splice_done);
  free_if_unused(core, from);
  return left;
}

// The target of a splice has room: its source may have waited for it.
void wake_source(Core& core, const Connection& target) {
  if (!target.has(bit_splice_target)) return;
  if (Connection* from = core.find(splice_of(core, target)->from); from != nullptr) make_ready(core, *from);
}

void end_splices(Core& core, Connection& connection) {
  if (connection.has(bit_splice_source)) end_splice(core, connection);
  if (connection.has(bit_splice_target)) {
    Connection* from = core.find(splice_of(core, connection)->from);
    if (from != nullptr && from->has(bit_splice_source)) {
      from->set(bit_splice_done);
      from->set(bit_unread);
      end_splice(core, *from);
      make_ready(core, *from);
    }
    connection.clear(bit_splice_target);
  }
  connection.clear(bit_splice_done);
  free_if_unused(core, connection);
}

}  // namespace poise::l7::tcp
