#include "l7/tcp/stack.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "config/types/result.hpp"
#include "l7/tcp/core.hpp"

namespace poise::l7::tcp {
namespace {

constexpr std::size_t timers_at_once = 64;
constexpr unsigned tellings_max = 8;  // of one flush: what applications cause for each other waits for the next
constexpr std::uint32_t copied_max = 256;

std::uint8_t row_of(Core& core, Application& application) {
  const auto found = std::ranges::find(core.applications, &application);
  if (found == core.applications.end()) {
    ensure(core.applications.size() < 256);
    core.applications.push_back(&application);
    return std::uint8_t(core.applications.size() - 1);
  }
  return std::uint8_t(found - core.applications.begin());
}

void send_outgoing(Core& core) {
  core.work.clear();
  std::swap(core.work, core.outgoing);
  bool is_taken = true;
  for (const std::uint32_t row : core.work) {
    Connection& connection = core.connections[row];
    connection.clear(bit_outgoing);
    if (!connection.has(bit_in_use) || connection.has(bit_over)) continue;
    is_taken = is_taken && transmit(core, connection);
    if (!is_taken) make_outgoing(core, connection);  // when the device takes more
  }
}

// How many bytes have room behind the last slice: it lies in a buffer of ours alone, and not all of it was sent.
std::uint32_t room_behind(Core& core, const Connection& connection) {
  const Slice* last = connection.sending.last(core.arena);
  if (last == nullptr || last->buffer->references != 1) return 0;
  if (std::int32_t(connection.unsent.number - connection.sending.last_number()) > 0) return 0;
  return last->buffer->size - last->offset - last->length;
}

std::uint32_t append_copy(Core& core, Connection& connection, std::span<const std::uint8_t> bytes) {
  const auto count = std::uint32_t(std::min<std::size_t>(room_behind(core, connection), bytes.size()));
  if (count == 0) return 0;
  Slice* last = connection.sending.last(core.arena);
  std::memcpy(last->begin() + last->length, bytes.data(), count);
  last->length += count;
  connection.sending.grow_last(count);
  core.counters.add(Counter::bytes_copied, count);
  return count;
}

bool may_queue(const Core& core, const Connection& connection) {
  return !connection.has(bit_fin_wanted) && connection.sending.bytes() < core.settings.send_max;
}

bool push(Core& core, Connection& connection, const Slice& slice) {
  if (!connection.sending.push(core.arena, slice)) {
    core.counters.add(Counter::no_memory);
    return false;
  }
  hold(core, connection, *slice.buffer);
  return true;
}

// What was read: the window may open, and a connection that waited for it may end.
void note_read(Core& core, Connection& connection, std::size_t bytes) {
  connection.round_read += std::uint32_t(bytes);
  on_read(core, connection);
  if (connection.state == State::time_wait && connection.receiving.is_empty()) make_ready(core, connection);
}

Instant instant_of(const Core& core, std::uint32_t at_ms) {
  const std::int64_t now_ms = std::int64_t(core.clock_us / 1000);
  const std::int32_t away = std::int32_t(at_ms - core.now_ms());
  return Instant(std::chrono::milliseconds(now_ms + away));
}

}  // namespace

Stack::Stack(Env& env, const Settings& settings, Instant start, ReceiveSideScaling scaling)
    : core_(std::make_unique<Core>(env, settings, start, std::move(scaling))) {}

Stack::~Stack() {
  for (std::size_t row = 0; row < core_->connections.size(); ++row)
    if (core_->connections[row].has(bit_in_use)) drop_queues(*core_, core_->connections[row]);
}

void Stack::input(std::span<const Packet> packets, Instant now) {
  core_->set_clock(now);
  take_in(*core_, packets);
}

void Stack::input_icmp(std::span<const std::uint8_t> packet, Instant now) {
  core_->set_clock(now);
  take_icmp(*core_, packet);
}

void Stack::advance(Instant now) {
  Core& core = *core_;
  core.set_clock(now);
  std::array<std::uint32_t, timers_at_once> expired;
  const auto is_due = [&](const TimerWheel& wheel) { return wheel.next() && is_over(*wheel.next(), core.now_ms()); };
  do {
    const std::size_t count = core.timers.advance(core.now_ms(), expired);
    for (const std::uint32_t row : std::span(expired).first(count)) on_timer(core, core.connections[row]);
  } while (is_due(core.timers));
  do {
    const std::size_t count = core.syn_timers.advance(core.now_ms(), expired);
    for (const std::uint32_t row : std::span(expired).first(count)) on_syn_timer(core, row);
  } while (is_due(core.syn_timers));
  expire_time_waits(core);
}

void Stack::flush(Instant now) {
  core_->set_clock(now);
  for (unsigned i = 0; i < tellings_max && !core_->ready.empty(); ++i) tell_applications(*core_);
  send_outgoing(*core_);
}

Instant Stack::deadline() const {
  const Core& core = *core_;
  if (!core.ready.empty()) return Instant(std::chrono::microseconds(core.clock_us));
  Instant at = never;
  if (!core.outgoing.empty()) at = Instant(std::chrono::microseconds(core.clock_us + 1000));  // the device was full
  for (const TimerWheel* wheel : {&core.timers, &core.syn_timers})
    if (const auto next = wheel->next()) at = std::min(at, instant_of(core, *next));
  if (core.time_wait_count > 0) at = std::min(at, instant_of(core, core.time_waits[core.time_wait_first].ends_ms));
  return at;
}

bool Stack::listen(const IpAddr& address, std::uint16_t port, Application& application) {
  return core_->listeners.try_emplace({address, port}, row_of(*core_, application)).second;
}

void Stack::stop_listening(const IpAddr& address, std::uint16_t port) { core_->listeners.erase({address, port}); }

tl::expected<Handle, ConnectRefusal> Stack::connect(const Target& target, Application& application) {
  Core& core = *core_;
  if (target.local.is_v4() != target.remote.is_v4()) return tl::unexpected(ConnectRefusal::families_differ);
  Tuple tuple{target.local, target.remote, target.local_port, target.remote_port};
  if (core.free_connections.rows.empty()) return tl::unexpected(ConnectRefusal::no_row);
  if (target.local_port == 0) {
    const auto port = core.source_ports.take(target.local, target.remote, target.remote_port, core.env.random());
    if (!port) return tl::unexpected(ConnectRefusal::no_port);
    tuple.local_port = *port;
  }
  const std::uint64_t hash = core.hash_of(tuple);
  const auto give_up = [&](ConnectRefusal refusal) {
    if (target.local_port == 0) core.source_ports.give_back(tuple);
    return tl::unexpected(refusal);
  };
  if (core.find(tuple, hash)) return give_up(ConnectRefusal::tuple_in_use);
  Connection& connection = *make_connection(core, tuple, row_of(core, application));
  if (!core.lookup.insert(hash, Reference::of(Kind::connection, core.row_of(connection)).value)) {
    connection.bits &= bit_outgoing | bit_ready;
    core.free_connections.give_back(core.row_of(connection));
    return give_up(ConnectRefusal::no_row);
  }
  if (target.local_port == 0) connection.set(bit_port_taken);
  connection.set(bit_active);
  core.counters.add(Counter::opened_active);
  connection.state = State::syn_sent;
  connection.snd_una = initial_sequence(core.secret, tuple, Instant(std::chrono::microseconds(core.clock_us)));
  connection.snd_nxt = connection.snd_una + 1;
  acknowledge_now(core, connection);
  set_deadline(core, connection, connection.life_ms, connection.round_trip.timeout_us());
  return core.handle_of(connection);
}

std::size_t Stack::readable(Handle handle) const {
  const Connection* connection = core_->find(handle);
  return connection == nullptr ? 0 : connection->receiving.bytes();
}

std::size_t Stack::peek(Handle handle, std::span<Slice> into) const {
  const Connection* connection = core_->find(handle);
  if (connection == nullptr) return 0;
  SliceQueue::Place place = connection->receiving.begin();
  return connection->receiving.gather(core_->arena, place, ~0u, into);
}

void Stack::consume(Handle handle, std::size_t bytes) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return;
  ensure(bytes <= connection->receiving.bytes());
  connection->receiving.pop(core_->arena, std::uint32_t(bytes), [&](const Slice& slice) {
    unhold(*core_, *connection, *slice.buffer);
    release(*core_, *slice.buffer);
  });
  note_read(*core_, *connection, bytes);
}

std::size_t Stack::take(Handle handle, std::size_t bytes, std::span<Slice> into) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return 0;
  SliceQueue::Place place = connection->receiving.begin();
  const auto most = std::uint32_t(std::min<std::size_t>(bytes, ~0u));
  const std::size_t count = connection->receiving.gather(core_->arena, place, most, into);
  std::size_t taken = 0;
  for (const Slice& slice : into.first(count)) {
    retain(*slice.buffer);
    taken += slice.length;
  }
  consume(handle, taken);
  return count;
}

std::size_t Stack::read(Handle handle, std::span<std::uint8_t> into) {
  std::array<Slice, 16> slices;
  std::size_t done = 0;
  while (done < into.size()) {
    const std::size_t before = done, count = peek(handle, slices);
    for (const Slice& slice : std::span(slices).first(count)) {
      const std::size_t length = std::min<std::size_t>(slice.length, into.size() - done);
      std::memcpy(into.data() + done, slice.begin(), length);
      done += length;
    }
    if (done == before) break;
    consume(handle, done - before);
  }
  return done;
}

void Stack::pause(Handle handle, bool is_paused) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return;
  if (is_paused) {
    connection->set(bit_paused);
    return;
  }
  connection->clear(bit_paused);
  if (!connection->receiving.is_empty()) connection->set(bit_unread);
  make_ready(*core_, *connection);
}

std::size_t Stack::room(Handle handle) const {
  const Connection* connection = core_->find(handle);
  if (connection == nullptr || !may_queue(*core_, *connection)) return 0;
  return core_->settings.send_max - connection->sending.bytes();
}

bool Stack::send(Handle handle, Slice slice) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return false;
  if (!may_queue(*core_, *connection)) {
    connection->set(bit_wants_room);
    return false;
  }
  if (slice.length <= std::min(copied_max, room_behind(*core_, *connection))) {  // all of it or nothing
    append_copy(*core_, *connection, {slice.begin(), slice.length});
    release(*core_, *slice.buffer);
  } else if (!push(*core_, *connection, slice)) {
    connection->set(bit_wants_room);
    return false;
  }
  make_outgoing(*core_, *connection);
  return true;
}

std::size_t Stack::send_copy(Handle handle, std::span<const std::uint8_t> bytes) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return 0;
  const std::size_t most = std::min(bytes.size(), room(handle));
  std::size_t done = append_copy(*core_, *connection, bytes.first(most));
  while (done < most) {
    Buffer* buffer = is_held_below(*core_, 90) ? core_->env.allocate() : nullptr;
    if (buffer == nullptr) break;
    const auto count = std::uint32_t(std::min<std::size_t>(buffer->size, most - done));
    std::memcpy(buffer->data, bytes.data() + done, count);
    if (!push(*core_, *connection, {buffer, 0, count})) {
      release(*core_, *buffer);
      break;
    }
    done += count;
  }
  if (done < bytes.size()) connection->set(bit_wants_room);
  if (done > 0) make_outgoing(*core_, *connection);
  return done;
}

bool Stack::splice(Handle from, Handle to, std::uint64_t bytes) {
  Connection* source = core_->find(from);
  Connection* target = core_->find(to);
  return source != nullptr && target != nullptr && start_splice(*core_, *source, *target, bytes);
}

void Stack::finish(Handle handle) {
  if (Connection* connection = core_->find(handle); connection != nullptr) want_fin(*core_, *connection);
}

void Stack::close(Handle handle) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr || connection->has(bit_released)) return;
  if (connection->state == State::syn_sent) {
    finish_connection(*core_, *connection, Closed::aborted);
  } else if (!connection->receiving.is_empty() || connection->out_of_order != 0) {
    abort_connection(*core_, *connection, Closed::aborted);  // RFC 2525 2.17
  } else {
    connection->set(bit_released);
    want_fin(*core_, *connection);
    make_ready(*core_, *connection);
    if (connection->state == State::fin_wait_2)
      set_deadline(*core_, *connection, connection->life_ms,
                   std::uint32_t(core_->settings.fin_wait_2 / std::chrono::microseconds(1)));
  }
}

void Stack::abort(Handle handle) {
  if (Connection* connection = core_->find(handle); connection != nullptr)
    abort_connection(*core_, *connection, Closed::aborted);
}

// What came is acknowledged: the peer would send it again, and be told.
void Stack::forget(Handle handle) {
  Connection* connection = core_->find(handle);
  if (connection == nullptr) return;
  if (connection->state != State::syn_sent && connection->state != State::time_wait) send_ack(*core_, *connection);
  finish_connection(*core_, *connection, Closed::aborted);
}

bool Stack::is_alive(Handle handle) const { return core_->find(handle) != nullptr; }

bool Stack::is_known(const Tuple& tuple) const { return core_->find(tuple, core_->hash_of(tuple)).has_value(); }

Stack::Facts Stack::facts(Handle handle) const {
  const Connection* connection = core_->find(handle);
  if (connection == nullptr) return {};
  return {.tuple = connection->tuple,
          .state = connection->state,
          .congestion_window = connection->congestion.window(),
          .slow_start_threshold = connection->congestion.slow_start_threshold(),
          .smoothed_us = connection->round_trip.smoothed_us(),
          .timeout_us = connection->round_trip.timeout_us(),
          .in_flight = connection->snd_nxt.value - connection->snd_una.value,
          .unsent = unsent_bytes(*connection),
          .send_window = connection->snd_wnd,
          .receive_window = connection->rcv_adv.value - connection->rcv_nxt.value,
          .mss = std::uint16_t(payload_max(*connection))};
}

std::uint64_t Stack::moved(Handle handle) const {
  if (handle.index >= core_->connections.size()) return 0;
  const Connection& connection = core_->connections[handle.index];
  return connection.generation == handle.generation ? connection.moved : 0;
}

std::size_t Stack::unacknowledged(Handle handle) const {
  const Connection* connection = core_->find(handle);
  return connection == nullptr ? 0 : connection->sending.bytes();
}

const Counters& Stack::counters() const { return core_->counters; }

Stack::Usage Stack::usage() const {
  const Core& core = *core_;
  return {.connections = std::uint32_t(core.connections.size() - core.free_connections.rows.size()),
          .half_open = std::uint32_t(core.syns.size() - core.free_syns.rows.size()),
          .time_waits = core.time_wait_count,
          .queue_bytes = core.arena.used(),
          .buffer_bytes = core.held,
          .timers = core.timers.size() + core.syn_timers.size(),
          .memory_bytes = core.connections.size() * sizeof(Connection) + core.syns.size() * sizeof(SynEntry) +
                          core.time_waits.size() * sizeof(TimeWait) + core.arena.size() + core.lookup.memory_bytes() +
                          core.connections.size() * 4 * sizeof(std::uint32_t)};
}

void Stack::check_invariants() const { check(*core_); }

}  // namespace poise::l7::tcp
