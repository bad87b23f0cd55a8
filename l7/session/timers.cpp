#include <algorithm>

#include "l7/session/core.hpp"

namespace poise::l7 {
namespace {

constexpr std::uint32_t looks = 8;  // at a body within its timeout

std::uint32_t shorter(std::uint32_t a, std::uint32_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

// Of what moves by itself nobody tells: it is looked at now and then. What is unacknowledged waits for its reader;
// otherwise the writer is waited for.
struct Stall {
  Cause cause;
  std::uint32_t timeout_ms;
};
Stall stall_of(ProxyCore& core, const Session& session) {
  const Timeouts& of_client = session.frontend->timeouts;
  const Timeouts& of_server = session.backend->timeouts;
  const std::size_t to_client = core.transport.unacknowledged(session.client);
  const std::size_t to_server = core.transport.unacknowledged(session.server);
  if (session.phase == Session::Phase::tunnel) {
    const bool is_client = to_client > 0 || (to_server == 0 && session.server_finished);
    std::uint32_t timeout = is_client ? of_client.client : of_server.server;
    if (to_client == 0 && to_server == 0) timeout = shorter(of_client.client, of_server.server);
    if (of_server.tunnel != 0) timeout = of_server.tunnel;
    if (session.server_finished && of_client.client_fin != 0) timeout = of_client.client_fin;
    if (session.client_finished && of_server.server_fin != 0) timeout = of_server.server_fin;
    const bool is_shorter = of_client.client != 0 && (of_server.server == 0 || of_client.client <= of_server.server);
    const bool blames_client = is_client || (to_server == 0 && is_shorter && !session.client_finished);
    return {blames_client ? Cause::client_timeout : Cause::server_timeout, timeout};
  }
  if (session.phase == Session::Phase::response) {
    if (to_server > 0) return {Cause::server_timeout, of_server.server};
    return {Cause::client_timeout, of_client.client};
  }
  if (to_client > 0) return {Cause::client_timeout, of_client.client};
  return {Cause::server_timeout, of_server.server};
}

std::uint32_t period_of(const Session& session) {
  const Timeouts& of_client = session.frontend->timeouts;
  const Timeouts& of_server = session.backend->timeouts;
  std::uint32_t least = shorter(of_client.client, of_server.server);
  if (session.phase == Session::Phase::tunnel)
    least = shorter(shorter(least, of_server.tunnel), shorter(of_client.client_fin, of_server.server_fin));
  return least == 0 ? 0 : std::max(least / looks, 1u);
}

void look_at_body(ProxyCore& core, Session& session) {
  const std::uint64_t moved = core.transport.moved(session.client) + core.transport.moved(session.server);
  const std::uint64_t unacknowledged =
      core.transport.unacknowledged(session.client) + core.transport.unacknowledged(session.server);
  if (moved != session.moved_before || unacknowledged != session.unacknowledged_before) {
    session.moved_before = moved;
    session.unacknowledged_before = unacknowledged;
    session.progress_ms = core.now_ms;
  }
  const Stall stall = stall_of(core, session);
  const std::uint32_t still_ms = core.now_ms - session.progress_ms;
  if (stall.timeout_ms == 0 || still_ms < stall.timeout_ms) {
    const std::uint32_t left = stall.timeout_ms == 0 ? period_of(session) : stall.timeout_ms - still_ms;
    return set_deadline(core, core.end_of(session.client), std::min(std::max(left, 1u), period_of(session)));
  }
  note_end(session, stall.cause, phase_letter(session));
  const bool is_upload = session.phase == Session::Phase::response;
  if (is_upload) return answer(core, session, stall.cause == Cause::client_timeout ? 408 : 504);
  abort_session(core, session);
}

void on_client_timer(ProxyCore& core, End& client) {
  if (client.session == nobody) return on_client_silence(core, client);
  Session& session = core.session_of(client);
  switch (session.phase) {
    case Session::Phase::turnaround:
      return connect(core, session);
    case Session::Phase::queued:
      leave_queue(core, session);
      note_end(session, Cause::server_timeout, 'Q');
      core.stats(*session.backend->state).add(Stat::connection_errors);
      return answer(core, session, 503);
    case Session::Phase::response:
    case Session::Phase::body:
    case Session::Phase::tunnel:
      return look_at_body(core, session);
    case Session::Phase::inspecting:
      return judge_inspected(core, session);
    case Session::Phase::tarpit:
      return end_tarpit(core, session);
    case Session::Phase::none:
    case Session::Phase::connecting:
      return;
  }
}

void on_server_timer(ProxyCore& core, End& server) {
  Session& session = core.session_of(server);
  if (session.phase == Session::Phase::connecting) return on_connect_failed(core, session, Cause::server_timeout);
  if (session.phase != Session::Phase::response || !session.is_request_done) return;
  note_end(session, Cause::server_timeout, 'H');
  note_response(core, session, false);
  core.stats(*session.backend->state).add(Stat::response_errors);
  core.stats(*session.picked->state).add(Stat::response_errors);
  answer(core, session, 504);
}

}  // namespace

void set_deadline(ProxyCore& core, End& end, std::uint32_t from_now_ms) {
  end.has_deadline = from_now_ms != 0;
  if (!end.has_deadline) return;
  end.deadline_ms = core.now_ms + from_now_ms;
  core.timers.schedule(end.handle.index, end.deadline_ms);
}

void clear_deadline(End& end) { end.has_deadline = false; }

void on_timer(ProxyCore& core, End& end) {
  if (!end.has_deadline) return;
  if (std::int32_t(core.now_ms - end.deadline_ms) < 0) return core.timers.schedule(end.handle.index, end.deadline_ms);
  end.has_deadline = false;
  switch (end.kind) {
    case End::Kind::client:
      return on_client_timer(core, end);
    case End::Kind::server:
      return on_server_timer(core, end);
    case End::Kind::answered: {
      const tcp::Handle handle = end.handle;
      release(core, end);
      return core.transport.abort(handle);
    }
    case End::Kind::idle:
      drop_idle(core, end);
      [[fallthrough]];
    case End::Kind::lingering: {
      const tcp::Handle handle = end.handle;
      release(core, end);
      return core.transport.close(handle);
    }
    case End::Kind::none:
    case End::Kind::waiting:
      return;
  }
}

void watch_body(ProxyCore& core, Session& session) {
  session.progress_ms = core.now_ms;
  session.moved_before = ~0ull;
  set_deadline(core, core.end_of(session.client), period_of(session));
}

}  // namespace poise::l7
