#include <algorithm>

#include "l7/session/core.hpp"
#include "l7/session/pick.hpp"
#include "l7/session/rows.hpp"

// Slots of servers, and the sessions that wait for them. A slot belongs to a session over all proxies, so that a
// server's limit holds over all of them; each proxy has queues of its own, and looks at them once a turn.
namespace poise::l7 {
namespace {

Stats& stats_of_queue(ProxyCore& core, const Session& session) {
  return session.waits_for_server ? core.stats(*session.picked->state) : core.stats(*session.backend->state);
}

// The first goes on, if there is a slot for it.
bool serve(ProxyCore& core, RowList& queue) {
  if (queue.count == 0) return false;
  Session& session = core.sessions[queue.first];
  const Server* server = session.waits_for_server ? session.picked : pick_server(core, session).server;
  if (server == nullptr || !take_slot(core, *session.backend, *server)) return false;
  leave_queue(core, session);
  session.picked = server;
  session.has_slot = true;
  connect(core, session);
  return true;
}

}  // namespace

// With minconn the limit grows with the load of the backend, up to maxconn at fullconn (HAProxy's minconn).
std::uint32_t limit_of(ProxyCore& core, const Backend& backend, const Server& server) {
  if (server.connections_max == 0 || server.connections_min == 0 || backend.full_connections == 0)
    return server.connections_max;
  const std::uint64_t load = core.stats(*backend.state).sessions.now();
  if (load >= backend.full_connections) return server.connections_max;
  const std::uint64_t share = server.connections_max * load / backend.full_connections;
  return std::max(server.connections_min, std::uint32_t(share));
}

bool take_slot(ProxyCore& core, const Backend& backend, const Server& server) {
  std::atomic<std::uint32_t>& taken = server.state->taken;
  const std::uint32_t limit = limit_of(core, backend, server);
  if (server.connections_max == 0) return true;
  std::uint32_t now = taken.load(std::memory_order_relaxed);
  do {
    if (now >= limit) return false;
  } while (!taken.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
  return true;
}

void give_slot(ProxyCore& core, Session& session) {
  if (!std::exchange(session.has_slot, false) || session.picked->connections_max == 0) return;
  session.picked->state->taken.fetch_sub(1, std::memory_order_relaxed);
  core.has_free_slots = true;
}

void enqueue(ProxyCore& core, Session& session, const Server* server) {
  RowList& queue = server != nullptr ? core.local(*server->state).waiting : core.local(*session.backend->state).waiting;
  const std::uint32_t most = server != nullptr ? server->queue_max : 0;
  if (most != 0 && queue.count >= most) {
    note_end(session, Cause::server_timeout, 'Q');
    return answer(core, session, 503);
  }
  session.picked = server;
  session.waits_for_server = server != nullptr;
  (server != nullptr ? session.server_queue : session.backend_queue) = queue.count;
  session.phase = Session::Phase::queued;
  session.queue = &queue;
  if (queue.count == 0) core.queues.push_back(&queue);
  push_back(queue, core.sessions, core.row_of(session));
  stats_of_queue(core, session).queued.rise();
  const Timeouts& timeouts = session.backend->timeouts;
  set_deadline(core, core.end_of(session.client), timeouts.queue != 0 ? timeouts.queue : timeouts.connect);
}

void leave_queue(ProxyCore& core, Session& session) {
  if (session.queue == nullptr) return;
  unlink(*session.queue, core.sessions, core.row_of(session));
  stats_of_queue(core, session).queued.fall();
  session.queue = nullptr;
  session.picked = nullptr;
  session.waits_for_server = false;
  clear_deadline(core.end_of(session.client));
}

void serve_queues(ProxyCore& core) {
  core.has_free_slots = false;
  for (std::size_t i = 0; i < core.queues.size(); ++i)
    while (serve(core, *core.queues[i])) {
    }
  std::erase_if(core.queues, [](const RowList* queue) { return queue->count == 0; });
}

}  // namespace poise::l7
