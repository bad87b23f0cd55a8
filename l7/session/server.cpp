#include <algorithm>

#include "l7/session/core.hpp"
#include "l7/session/persist.hpp"
#include "l7/session/pick.hpp"
#include "l7/session/stick.hpp"

// From a backend to a connection of one of its servers.
namespace poise::l7 {
namespace {

constexpr std::uint32_t turnaround_ms = 1000;

void no_server(ProxyCore& core, Session& session) {
  core.stats(*session.backend->state).add(Stat::connection_errors);
  note_end(session, Cause::server_aborted, 'C');
  answer(core, session, 503);
}

// An idle connection, the one that was used last: if it may be used for this request, and there is one.
bool reuse(ProxyCore& core, Session& session) {
  const Backend& backend = *session.backend;
  if (backend.mode != Mode::http || session.picked->send_proxy != SendProxy::none || session.wants_upgrade)
    return false;
  // A server may close an idle connection while a request is on its way. One that can be sent again is never lost;
  // of the others, `safe` and `aggressive` give only those of clients who have been here before.
  const bool may = session.is_retryable || !session.is_first_of_connection || backend.reuse == Reuse::always;
  if (backend.reuse == Reuse::never || !may) return false;
  ServerState::Local& local = core.local(*session.picked->state);
  if (local.idle.count == 0) return false;
  End& end = core.ends[local.idle.last];
  const bool is_elsewhere =
      session.picked->port == 0 && core.transport.ends(end.handle).remote_port != session.ends.destination_port;
  if (is_elsewhere) return false;
  drop_idle(core, end);
  end.kind = End::Kind::server;
  end.session = core.row_of(session);
  session.server = end.handle;
  session.is_reused = true;
  session.server_base = core.transport.moved(end.handle);
  local.stats.add(Stat::reuses);
  core.stats(*backend.state).add(Stat::reuses);
  return true;
}

void send_proxy_header(ProxyCore& core, const Session& session) {
  if (session.picked->send_proxy == SendProxy::none) return;
  const bool is_v1 = session.picked->send_proxy == SendProxy::v1;
  send_text(core, session.server, is_v1 ? write_proxy_v1(session.ends) : write_proxy_v2(session.ends));
}

void begin_on_server(ProxyCore& core, Session& session) {
  session.connect_ms = core.now_ms - session.last_ms;
  session.last_ms = core.now_ms;
  if (session.backend->mode == Mode::tcp) {
    store_server(core, session, nullptr);
    return begin_tunnel(core, session);
  }
  send_request(core, session);
}

bool is_time_for_another(const Session& session, bool has_another) {
  using enum balance::Algorithm;
  const balance::Algorithm algorithm = session.backend->balance.algorithm;
  const bool takes_turns = !session.is_direct && (algorithm == roundrobin || algorithm == static_rr);
  const bool is_down = !session.picked->state->is_up.load(std::memory_order_relaxed);
  return session.retries_done == session.backend->retries || ((takes_turns || is_down) && has_another);
}

void drop_server_end(ProxyCore& core, Session& session) {
  if (session.server.index == nobody) return;
  const tcp::Handle handle = session.server;
  if (End* end = core.find(handle); end != nullptr) {
    release(core, *end);
    core.transport.abort(handle);
  }
  session.server = {};
}

}  // namespace

void enter_backend(ProxyCore& core, Session& session, const Backend* backend) {
  session.backend = backend;
  if (session.frontend->mode == Mode::tcp) track_request(core, session, session.frontend->tracking);
  if (backend == nullptr) {
    find_own_server(core, session);
    session.request_ms = -1;  // as HAProxy's line says
    note_end(session, Cause::server_aborted, 'C');
    return answer(core, session, 503);
  }
  core.stats(*backend->state).begin_session(core.now_ms);
  session.is_in_backend = true;
  track_request(core, session, backend->tracking);
  if (backend->mode == Mode::http && !judge_request(core, session, backend->content.get())) return;
  find_own_server(core, session);
  apply_stick_rules(core, session);
  assign_server(core, session);
}

// Who comes later does not pass those who wait.
void assign_server(ProxyCore& core, Session& session) {
  const Backend& backend = *session.backend;
  const bool has_own = session.own != nullptr;
  if (!has_own && backend.balance.algorithm != balance::Algorithm::hash && core.local(*backend.state).waiting.count > 0)
    return enqueue(core, session, nullptr);
  const Picked picked = has_own ? Picked{Picked::State::server, session.own} : pick_server(core, session);
  if (picked.state == Picked::State::none) return no_server(core, session);
  if (picked.state == Picked::State::all_full) return enqueue(core, session, nullptr);
  const bool must_wait = somebody_waits(backend, *picked.server);
  if (must_wait) core.has_free_slots = true;  // as far as is known: it looks at once
  if (must_wait || !take_slot(core, backend, *picked.server)) return enqueue(core, session, picked.server);
  session.picked = picked.server;
  session.has_slot = true;
  connect(core, session);
}

void connect(ProxyCore& core, Session& session) {
  clear_deadline(core.end_of(session.client));
  if (session.queue_ms < 0) {
    session.queue_ms = core.now_ms - session.last_ms;
    session.last_ms = core.now_ms;
  }
  const Server& server = *session.picked;
  Stats& stats = core.stats(*server.state);
  if (!session.is_counted) {
    stats.begin_session(core.now_ms);
    session.is_counted = true;
  }
  if (reuse(core, session)) return begin_on_server(core, session);
  const tcp::Target target{.local = server.source.value_or(server.address.is_v4() ? IpAddr::v4(0) : IpAddr{}),
                           .remote = server.address,
                           .remote_port = server.port != 0 ? server.port : session.ends.destination_port};
  const auto handle = core.transport.connect(target, core.application);
  if (!handle) return on_connect_failed(core, session, Cause::resources);
  End& end = core.end_of(*handle);
  end = {.handle = *handle, .session = core.row_of(session), .kind = End::Kind::server, .server = server.state};
  session.server = *handle;
  session.is_reused = false;
  session.server_base = 0;
  session.phase = Session::Phase::connecting;
  stats.add(Stat::connects);
  core.stats(*session.backend->state).add(Stat::connects);
  set_deadline(core, end, session.backend->timeouts.connect);
}

void on_connected(ProxyCore& core, Session& session) {
  clear_deadline(core.end_of(session.server));
  note_connection(core, session, true);
  send_proxy_header(core, session);
  begin_on_server(core, session);
}

// HAProxy's order: the same server again, after a moment when it refused, and another one at the last try; but at once
// another one where the session is bound to none and turns are taken.
void on_connect_failed(ProxyCore& core, Session& session, Cause cause) {
  Stats& stats = core.stats(*session.backend->state);
  drop_server_end(core, session);
  if (cause != Cause::resources) note_connection(core, session, false);
  if (session.retries_done >= session.backend->retries || cause == Cause::resources) {
    stats.add(Stat::connection_errors);
    core.stats(*session.picked->state).add(Stat::connection_errors);
    note_end(session, cause, 'C');
    return answer(core, session, 503);
  }
  ++session.retries_done;
  const bool has_another = has_another_server(*session.backend, *session.picked);
  const bool is_redispatch = session.backend->is_redispatching && is_time_for_another(session, has_another);
  if (is_redispatch && has_another) {
    redispatch_from(core, session, *session.picked);
  } else {
    stats.add(Stat::retries);
    core.stats(*session.picked->state).add(Stat::retries);
  }
  if (is_redispatch) {
    leave_server(core, session);
    return assign_server(core, session);
  }
  if (cause == Cause::server_timeout) return connect(core, session);
  session.phase = Session::Phase::turnaround;
  const std::uint32_t timeout = session.backend->timeouts.connect;
  set_deadline(core, core.end_of(session.client), timeout == 0 ? turnaround_ms : std::min(timeout, turnaround_ms));
}

void retry_fresh(ProxyCore& core, Session& session) {
  drop_server_end(core, session);
  session.is_reused = false;
  session.is_request_done = false;
  core.stats(*session.backend->state).add(Stat::retries);
  core.stats(*session.picked->state).add(Stat::retries);
  // Not to another idle connection: those may have met the same end.
  ServerState::Local& local = core.local(*session.picked->state);
  while (local.idle.count > 0) {
    End& end = core.ends[local.idle.first];
    const tcp::Handle handle = end.handle;
    drop_idle(core, end);
    release(core, end);
    core.transport.close(handle);
  }
  connect(core, session);
}

// Its slot, and that it is counted as one of the server's.
void leave_server(ProxyCore& core, Session& session) {
  if (session.picked == nullptr) return;
  if (std::exchange(session.is_counted, false)) core.stats(*session.picked->state).sessions.fall();
  give_slot(core, session);
  session.picked = nullptr;
}

}  // namespace poise::l7
