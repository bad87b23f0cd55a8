#include "l7/rules/content_rules.hpp"
#include "l7/session/answer.hpp"
#include "l7/session/core.hpp"
#include "l7/session/stick.hpp"

namespace poise::l7 {
namespace {

// What the session moved, into the statistics of the three it belongs to.
void count(ProxyCore& core, Session& session) {
  const auto add = [&](Stats& stats, bool has_answered) {
    stats.add(Stat::bytes_in, session.bytes_in);
    stats.add(Stat::bytes_out, session.bytes_out);
    if (session.frontend->mode == Mode::http && has_answered) stats.add_response(session.status);
    if (session.cause == Cause::client_aborted || session.cause == Cause::client_timeout)
      stats.add(Stat::client_aborts);
  };
  const auto add_times = [&](Stats& stats) {
    const auto at_least_0 = [](std::int64_t ms) { return ms < 0 ? 0 : std::uint64_t(ms); };
    stats.queue_times.add(at_least_0(session.queue_ms));
    stats.connect_times.add(at_least_0(session.connect_ms));
    stats.response_times.add(at_least_0(session.response_ms));
    stats.total_times.add(core.now_ms - session.began_ms);
  };
  add(core.stats(*session.frontend->state), session.status != 0);
  if (session.backend == nullptr) return;
  Stats& backend = core.stats(*session.backend->state);
  add(backend, session.status != 0);
  add_times(backend);
  if (session.picked == nullptr) return;
  add(core.stats(*session.picked->state), session.response_ms >= 0);
  add_times(core.stats(*session.picked->state));
}

void count_moved(ProxyCore& core, Session& session) {
  session.bytes_in += core.transport.moved(session.client) - session.client_base + session.request_body.framing_read();
  if (session.server.index != nobody) session.bytes_out += core.transport.moved(session.server) - session.server_base;
  session.bytes_out += session.response_body.framing_written();
}

void free_session(ProxyCore& core, Session& session) {
  const std::uint32_t row = core.row_of(session);
  end_tracking(core, session);
  --session.use->users;
  session.phase = Session::Phase::none;
  session.use = nullptr;
  if (core.parsed == row) core.parsed = nobody;
  core.free_sessions.push_back(row);
}

// Logs and counts, and gives back what the session had of its server; the connections are left.
void conclude(ProxyCore& core, Session& session) {
  count_moved(core, session);
  leave_queue(core, session);
  count(core, session);
  count_outcome(core, session);
  // As in HAProxy, the line's loads of backend and server are without the session that it is about.
  if (std::exchange(session.is_counted, false)) core.stats(*session.picked->state).sessions.fall();
  if (session.is_in_backend) core.stats(*session.backend->state).sessions.fall();
  if (core.settings.log != nullptr && session.frontend->logs && !session.is_silent)
    core.settings.log->finished(session, core.now);
  leave_server(core, session);
}

// An operator's own page: the backend's goes before the frontend's.
const rules::Content* page_of(const Session& session, std::uint16_t status) {
  const rules::Content* page = nullptr;
  if (session.backend != nullptr && session.backend->content != nullptr)
    page = session.backend->content->page_of(status);
  if (page == nullptr && session.frontend->content != nullptr) page = session.frontend->content->page_of(status);
  return page;
}

// What there still is of its connections, by one of the transport's calls each.
void end_connections(ProxyCore& core, Session& session, void (Transport::*end_client)(tcp::Handle)) {
  for (const tcp::Handle handle : {session.client, session.server}) {
    End* end = handle.index == nobody ? nullptr : core.find(handle);
    if (end == nullptr) continue;
    const bool is_client = end->kind == End::Kind::client;
    release(core, *end);
    (core.transport.*(is_client ? end_client : &Transport::abort))(handle);
  }
}

}  // namespace

char phase_letter(const Session& session) {
  switch (session.phase) {
    case Session::Phase::none:
    case Session::Phase::inspecting:
      return 'R';
    case Session::Phase::tarpit:
      return 'T';
    case Session::Phase::queued:
      return 'Q';
    case Session::Phase::turnaround:
    case Session::Phase::connecting:
      return 'C';
    case Session::Phase::response:
      return 'H';
    case Session::Phase::body:
    case Session::Phase::tunnel:
      return 'D';
  }
  return '-';
}

void note_end(Session& session, Cause cause, char phase) {
  if (session.cause != Cause::normal) return;
  session.cause = cause;
  session.ended_in = phase;
}

// A request whose body was not through counts as data.
void note_client_abort(Session& session) {
  const bool is_in_body = session.phase == Session::Phase::response && !session.is_request_done;
  note_end(session, Cause::client_aborted, is_in_body ? 'D' : phase_letter(session));
}

void close_server(ProxyCore& core, Session& session) {
  End* end = session.server.index == nobody ? nullptr : core.find(session.server);
  if (end == nullptr) return;
  const tcp::Handle handle = end->handle;
  const bool is_whole = session.is_response_done && session.is_request_done;
  if (is_whole && session.server_keeps_alive && session.cause == Cause::normal) return keep_idle(core, *end, session);
  release(core, *end);
  if (is_whole)
    core.transport.close(handle);
  else
    core.transport.abort(handle);
}

void answer(ProxyCore& core, Session& session, std::uint16_t status) {
  session.status = status;
  if (session.frontend->mode != Mode::http) return finish(core, session, false);
  if (const rules::Content* page = page_of(session, status); page != nullptr)
    return answer_with(core, session, {.status = status, .content_type = page->type, .content = page->body});
  const std::string content = error_content(status);
  answer_with(core, session, {.status = status, .content_type = "text/html", .content = content});
}

void answer_with(ProxyCore& core, Session& session, const Answer& answer) {
  const bool has_begun = session.phase == Session::Phase::body || session.phase == Session::Phase::tunnel;
  const bool is_alive = core.find(session.client) != nullptr;
  if (has_begun || !is_alive) return finish(core, session, false);
  session.status = answer.status;
  const bool keeps_client = session.client_keeps_alive && session.is_bodiless && answer.status != 400 &&
                            answer.status != 408 && session.cause != Cause::client_aborted;
  const AnswerTo to{.is_head = session.method == http1::Method::head,
                    .closes = !keeps_client,
                    .is_before_request = session.head_bytes == 0};
  std::string text = write_answer(answer, to);
  if (std::exchange(session.is_head_kept, false)) core.transport.consume(session.client, session.head_bytes);
  session.bytes_out += text.size();
  send_answer(core, core.end_of(session.client), std::move(text), keeps_client);
  finish(core, session, keeps_client);
}

void finish(ProxyCore& core, Session& session, bool keeps_client) {
  conclude(core, session);
  close_server(core, session);
  End* client = core.find(session.client);
  const bool is_tunnel = session.phase == Session::Phase::tunnel;
  free_session(core, session);
  if (client == nullptr) return;
  client->session = nobody;
  if (core.unsent.contains(client->handle.index)) return await_answer_sent(core, *client);
  if (keeps_client) return await_request(core, *client);
  if (!is_tunnel) return linger(core, *client);
  const tcp::Handle handle = client->handle;
  release(core, *client);
  core.transport.close(handle);
}

void abort_session(ProxyCore& core, Session& session) {
  conclude(core, session);
  end_connections(core, session, &Transport::abort);
  free_session(core, session);
}

void forget_session(ProxyCore& core, Session& session) {
  conclude(core, session);
  end_connections(core, session, &Transport::vanish);
  free_session(core, session);
}

}  // namespace poise::l7
