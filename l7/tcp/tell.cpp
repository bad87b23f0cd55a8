#include "l7/tcp/core.hpp"

namespace poise::l7::tcp {
namespace {

// Has all been read, and will no more come?
bool is_finished(const Connection& connection) {
  const bool is_read = connection.receiving.is_empty() && !connection.has(bit_splice_source);
  return connection.state == State::time_wait && (is_read || connection.has(bit_released));
}

// The row is free: nothing refers to it but handles that are late.
void release_row(Core& core, Connection& connection) {
  connection.bits &= bit_outgoing | bit_ready;  // lists drop it when they come to it
  core.free_connections.give_back(core.row_of(connection));
}

bool tell_end(Core& core, Connection& connection, Application& application) {
  if (is_finished(connection)) finish_connection(core, connection, Closed::finished);
  if (!connection.has(bit_over)) return false;
  const Handle handle = core.handle_of(connection);
  const Closed reason = Closed(connection.retries);
  const bool is_known = connection.has(bit_told_opened) || connection.has(bit_active);
  if (is_known) application.closed(handle, reason);
  release_row(core, connection);
  return true;
}

void tell_room(Core& core, Connection& connection, Application& application) {
  if (!connection.has(bit_wants_room) || connection.has(bit_fin_wanted)) return;
  if (connection.sending.bytes() > core.settings.send_max / 2 || unsent_bytes(connection) > core.settings.unsent_low)
    return;
  connection.clear(bit_wants_room);
  application.room(core.handle_of(connection), core.settings.send_max - connection.sending.bytes());
}

// Calls may end the connection: each is made only while it lasts.
void tell(Core& core, Connection& connection) {
  Application& application = *core.applications[connection.application];
  const Handle handle = core.handle_of(connection);
  const auto is_due = [&](ConnectionBit bit, ConnectionBit told) {
    if (!connection.has(bit) || connection.has(told) || connection.has(bit_over)) return false;
    connection.set(told);
    return !connection.has(bit_released);
  };
  if (is_due(bit_opened, bit_told_opened)) application.opened(handle);
  if (connection.has(bit_splice_source) && !connection.has(bit_over)) move_spliced(core, connection);
  if (connection.has(bit_splice_done) && !connection.has(bit_over)) {
    application.spliced(handle, take_spliced(core, connection));
  }
  const bool is_quiet = connection.has(bit_paused) || connection.has(bit_splice_source);
  if (connection.has(bit_unread) && !is_quiet && !connection.has(bit_over)) {
    connection.clear(bit_unread);
    if (!connection.has(bit_released) && !connection.receiving.is_empty())
      application.received(handle, connection.receiving.bytes());
  }
  if (!is_quiet && is_due(bit_peer_finished, bit_told_finished)) application.peer_finished(handle);
  if (!connection.has(bit_over)) tell_room(core, connection, application);
}

}  // namespace

void tell_applications(Core& core) {
  core.work.clear();
  std::swap(core.work, core.ready);
  for (const std::uint32_t row : core.work) {
    Connection& connection = core.connections[row];
    connection.clear(bit_ready);
    if (!connection.has(bit_in_use)) continue;
    if (connection.has(bit_abort_now)) abort_connection(core, connection, Closed::no_memory);
    if (!connection.has(bit_over)) tell(core, connection);
    tell_end(core, connection, *core.applications[connection.application]);
  }
}

}  // namespace poise::l7::tcp
