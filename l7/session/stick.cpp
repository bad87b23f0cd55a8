#include "l7/session/stick.hpp"

#include <algorithm>

#include "l7/session/persist.hpp"
#include "l7/session/stick_key.hpp"

namespace poise::l7 {
namespace {

using stick::Data;
using stick::Held;
using stick::Table;

bool has_store(const Session& session, const Table* table) {
  return std::any_of(session.stores.begin(), session.stores.end(),
                     [&](const Held& held) { return held.table == table; });
}

void find_by_entry(ProxyCore& core, Session& session, const stick::Rule& rule, std::string_view key) {
  const Table::Visit visit = visit_of(core);
  const std::uint32_t entry = rule.table->find(key, visit);
  if (entry == Table::none) return;
  const std::uint64_t id = rule.table->read(entry, Data::server_id, visit);
  rule.table->touch(entry, visit);
  rule.table->release(entry);
  if (session.own != nullptr || id == 0) return;
  for (const Server& server : session.backend->servers) {
    if (server.id != id) continue;
    if (!takes_its_own(server) && !session.backend->persists_when_down) return;
    session.own = &server;
    session.is_direct = true;
    return;
  }
}

// The entry is there from now on; it gets its server when that has answered.
void keep_for_store(ProxyCore& core, Session& session, Table& table, std::string_view key) {
  const auto free = std::find_if(session.stores.begin(), session.stores.end(),
                                 [](const Held& held) { return held.table == nullptr; });
  if (free == session.stores.end()) return;
  const std::uint32_t entry = table.take(key, visit_of(core));
  if (entry != Table::none) *free = {&table, entry};
}

void add_to_counters(ProxyCore& core, const Session& session, stick::Counted counted, std::uint64_t amount) {
  for (std::size_t i = 0; i < stick::counters_max; ++i)
    if (const Held held = tracked(core, session, i); held.table != nullptr)
      held.table->count(held.entry, counted, amount, visit_of(core));
}

Held begin_tracking(ProxyCore& core, Table& table, std::string_view key) {
  const Table::Visit visit = visit_of(core);
  const std::uint32_t entry = table.take(key, visit);
  if (entry == Table::none) return {};
  table.add(entry, Data::conn_cur, 1, visit);
  table.count(entry, stick::connections, 1, visit);
  return {&table, entry};
}

void stop(ProxyCore& core, Held& held) {
  if (held.table == nullptr) return;
  held.table->take_away(held.entry, Data::conn_cur, 1);
  held.table->touch(held.entry, visit_of(core));
  held.table->release(held.entry);
  held = {};
}

// A request that was bad, late or denied, or one that a server refused.
bool is_error(const Session& session) {
  const bool has_response = session.response_ms >= 0;
  if (has_response) return session.status / 100 == 4;
  const bool is_of_client = session.cause == Cause::proxy_blocked || session.cause == Cause::client_aborted ||
                            session.cause == Cause::client_timeout;
  return is_of_client && (session.ended_in == 'R' || session.ended_in == 'T');
}

// A response that was bad, late or cut short, or one that tells of a server's failure. That a rule has denied one is
// none.
bool is_failure(const Session& session) {
  const bool is_of_server = session.cause == Cause::server_aborted || session.cause == Cause::server_timeout;
  if (session.has_bad_response || (is_of_server && (session.ended_in == 'H' || session.ended_in == 'D'))) return true;
  return session.response_ms >= 0 && session.status / 100 == 5 && session.status != 501 && session.status != 505;
}

}  // namespace

Table::Visit visit_of(const ProxyCore& core) {
  return {core.settings.number, std::uint64_t(core.now.time_since_epoch() / std::chrono::milliseconds(1))};
}

void apply_stick_rules(ProxyCore& core, Session& session) {
  stick::Key key;
  for (const stick::Rule& rule : session.backend->stick) {
    // Only the first rule that stores into a table counts: others are for requests that have not its key.
    if (rule.is_of_response || (rule.stores && has_store(session, rule.table))) continue;
    if (!request_key(core, session, rule.key, rule.table->shape(), key)) continue;
    if (rule.matches) find_by_entry(core, session, rule, key.view());
    if (rule.stores) keep_for_store(core, session, *rule.table, key.view());
  }
}

void store_server(ProxyCore& core, Session& session, const rules::EditedResponse* response) {
  stick::Key key;
  for (const stick::Rule& rule : session.backend->stick)
    if (rule.is_of_response && response != nullptr && !has_store(session, rule.table) &&
        response_key(*response, rule.key, rule.table->shape(), key))
      keep_for_store(core, session, *rule.table, key.view());
  for (Held& held : session.stores) {
    if (held.table == nullptr) continue;
    if (held.table->read(held.entry, Data::server_id, visit_of(core)) != session.picked->id)
      held.table->set(held.entry, Data::server_id, session.picked->id);
    held.table->touch(held.entry, visit_of(core));
    held.table->release(held.entry);
    held = {};
  }
}

Held tracked(const ProxyCore& core, const Session& session, std::size_t number) {
  if (session.tracked[number].table != nullptr || core.tracked.empty()) return session.tracked[number];
  const End& client = core.ends[session.client.index];
  const bool is_there = client.handle == session.client && client.kind == End::Kind::client;
  return is_there ? core.tracked[session.client.index].held[number] : Held{};
}

void track_connection(ProxyCore& core, End& client, const Frontend& frontend) {
  stick::Key key;
  for (const stick::Tracking& each : frontend.tracking) {
    if (each.is_of_request) continue;
    ConnectionTracking& row = core.tracked[client.handle.index];
    const stick::Shape& shape = each.table->shape();
    const IpAddr source = ends_of(core, client.handle).source;
    if (row.held[each.counter].table != nullptr || !make_key(shape.type, shape.length, source, key)) continue;
    row.held[each.counter] = begin_tracking(core, *each.table, key.view());
    if (row.use == nullptr) ++(row.use = core.current)->users;
  }
}

void admit_tracked(ProxyCore& core, const End& client) {
  if (core.tracked.empty()) return;
  for (const Held& held : core.tracked[client.handle.index].held)
    if (held.table != nullptr) held.table->count(held.entry, stick::sessions, 1, visit_of(core));
}

void end_tracking(ProxyCore& core, End& client) {
  if (core.tracked.empty()) return;
  ConnectionTracking& row = core.tracked[client.handle.index];
  if (row.use == nullptr) return;
  Session* session = client.session == nobody ? nullptr : &core.sessions[client.session];
  for (std::size_t i = 0; i < row.held.size(); ++i) {
    if (session != nullptr && session->tracked[i].table == nullptr) std::swap(session->tracked[i], row.held[i]);
    stop(core, row.held[i]);
  }
  if (session != nullptr)
    std::swap(session->connection_use, row.use);
  else
    --std::exchange(row.use, nullptr)->users;
}

void track_request(ProxyCore& core, Session& session, const std::vector<stick::Tracking>& wanted) {
  stick::Key key;
  for (const stick::Tracking& each : wanted) {
    Held& held = session.tracked[each.counter];
    if (!each.is_of_request || held.table != nullptr) continue;
    if (!request_key(core, session, each.key, each.table->shape(), key)) continue;
    held = begin_tracking(core, *each.table, key.view());
    if (held.table != nullptr && session.frontend->mode == Mode::http)
      held.table->count(held.entry, stick::requests, 1, visit_of(core));
  }
}

void count_request(ProxyCore& core, Session& session) { add_to_counters(core, session, stick::requests, 1); }

void count_outcome(ProxyCore& core, Session& session) {
  add_to_counters(core, session, stick::bytes_in, session.bytes_in);
  add_to_counters(core, session, stick::bytes_out, session.bytes_out);
  if (session.frontend->mode != Mode::http) return;
  if (is_error(session)) add_to_counters(core, session, stick::errors, 1);
  if (is_failure(session)) add_to_counters(core, session, stick::failures, 1);
}

void end_tracking(ProxyCore& core, Session& session) {
  for (Held& held : session.tracked) stop(core, held);
  for (Held& held : session.stores) {
    if (held.table != nullptr) held.table->release(held.entry);
    held = {};
  }
  if (session.connection_use != nullptr) --std::exchange(session.connection_use, nullptr)->users;
}

}  // namespace poise::l7
