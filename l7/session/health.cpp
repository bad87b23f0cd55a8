#include "l7/session/core.hpp"
#include "l7/session/persist.hpp"

// What sessions tell of a server's health, and what its health means to them.
namespace poise::l7 {
namespace {

void note(const Server& server, bool is_good) {
  ServerState& state = *server.state;
  if (is_good) {
    if (state.errors_in_a_row.load(std::memory_order_relaxed) != 0)
      state.errors_in_a_row.store(0, std::memory_order_relaxed);
    return;
  }
  if (state.errors_in_a_row.fetch_add(1, std::memory_order_relaxed) + 1 < server.error_limit) return;
  state.errors_in_a_row.store(0, std::memory_order_relaxed);
  state.error_limits.fetch_add(1, std::memory_order_relaxed);
}

// As HAProxy's stream_shutdown: who has not got the head of a response gets an answer.
void end_session(ProxyCore& core, Session& session, Cause cause) {
  note_end(session, cause, phase_letter(session));
  switch (session.phase) {
    case Session::Phase::turnaround:
    case Session::Phase::connecting:
      return answer(core, session, 503);
    case Session::Phase::response:
      return answer(core, session, 502);
    case Session::Phase::body:
    case Session::Phase::tunnel:
      return abort_session(core, session);
    case Session::Phase::none:
    case Session::Phase::inspecting:
    case Session::Phase::tarpit:
    case Session::Phase::queued:
      return;
  }
}

void end_sessions(ProxyCore& core, const ServerState& state) {
  const auto cause = Cause(state.ended_by.load(std::memory_order_relaxed));
  for (std::size_t row = 0; row < core.sessions.size(); ++row) {
    Session& session = core.sessions[row];
    const bool is_its = session.phase != Session::Phase::none && session.phase != Session::Phase::queued &&
                        session.picked != nullptr && session.picked->state == &state;
    if (is_its) end_session(core, session, cause);
  }
}

// Who waits for this server alone chooses again, where that is wanted.
void redistribute(ProxyCore& core, const RowList& waiting) {
  for (std::uint32_t row = waiting.first; row != nobody;) {
    Session& session = core.sessions[row];
    row = session.next;
    if (!session.backend->is_redispatching || session.backend->persists_when_down) continue;
    const Server& server = *session.picked;
    leave_queue(core, session);
    redispatch_from(core, session, server);
    assign_server(core, session);
  }
}

}  // namespace

void note_connection(ProxyCore&, const Session& session, bool is_good) {
  if (session.picked->observe == Observe::layer4) note(*session.picked, is_good);
  if (session.picked->observe == Observe::layer7 && !is_good) note(*session.picked, false);
}

void note_response(ProxyCore&, const Session& session, bool is_good) {
  if (session.picked != nullptr && session.picked->observe == Observe::layer7) note(*session.picked, is_good);
}

bool has_health_news(const ProxyCore& core) {
  const auto* changes = core.current == nullptr ? nullptr : core.current->tables->health_changes;
  return changes != nullptr && changes->load(std::memory_order_acquire) != core.health_changes;
}

void follow_health(ProxyCore& core) {
  if (!has_health_news(core)) return;
  core.health_changes = core.current->tables->health_changes->load(std::memory_order_acquire);
  const auto tables = core.current->tables;  // kept: sessions come and go below
  for (const auto& backend : tables->backends)
    for (const Server& server : backend->servers) {
      ServerState::Local& local = core.local(*server.state);
      const std::uint32_t endings = server.state->endings.load(std::memory_order_relaxed);
      if (std::exchange(local.endings, endings) != endings) end_sessions(core, *server.state);
      if (local.waiting.count > 0 && !server.state->is_up.load(std::memory_order_relaxed))
        redistribute(core, local.waiting);
    }
}

}  // namespace poise::l7
