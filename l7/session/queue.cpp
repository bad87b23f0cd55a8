#include <algorithm>

#include "l7/session/core.hpp"
#include "l7/session/persist.hpp"
#include "l7/session/pick.hpp"
#include "l7/session/rows.hpp"

// Slots of servers, and the sessions that wait for them. A slot belongs to a session over all proxies, so that a
// server's limit holds over all of them; each proxy has queues of its own, and looks at them once a turn. Nobody tells
// another proxy of a free slot: who waits looks again within `look_again`. So that it finds one, newcomers wait behind
// whoever waits, and a proxy leaves a slot to the session of another that has waited longer, for a moment.
namespace poise::l7 {
namespace {

constexpr std::uint32_t deferred_most_ms = 2;

Stats& stats_of_queue(ProxyCore& core, const Session& session) {
  return session.waits_for_server ? core.stats(*session.picked->state) : core.stats(*session.backend->state);
}

// Since when the first of a queue waits, for the other proxies; its lower half is the clock's.
constexpr std::uint64_t somebody = std::uint64_t(1) << 32;

void show_first(ProxyCore& core, const Session& of) {
  Count& shown =
      of.waits_for_server ? core.local(*of.picked->state).waiting_since : core.local(*of.backend->state).waiting_since;
  shown.set(of.queue->count == 0 ? 0 : somebody | core.sessions[of.queue->first].queued_ms);
}

template <class State, class Look>
bool any_waits(const State& state, Look&& look) {
  for (std::size_t i = 0; i < state.local.size(); ++i)
    if (const std::uint64_t since = state.local[i].waiting_since.read(); since != 0 && look(i, std::uint32_t(since)))
      return true;
  return false;
}

// Does a session of another proxy wait that came before this one, and is to have the slot? Not for ever: it may have
// ended, or its proxy may be busy.
bool defers(ProxyCore& core, Session& session, const Server& server) {
  const auto is_before = [&](std::size_t proxy, std::uint32_t since_ms) {
    return proxy != core.settings.number && std::int32_t(since_ms - session.queued_ms) < 0;
  };
  if (!any_waits(*server.state, is_before) && !any_waits(*session.backend->state, is_before)) return false;
  if (!std::exchange(session.is_deferring, true)) session.deferred_ms = core.now_ms;
  return core.now_ms - session.deferred_ms < deferred_most_ms;
}

bool has_slot(ProxyCore& core, const Backend& backend, const Server& server) {
  return server.connections_max == 0 ||
         server.state->taken.load(std::memory_order_relaxed) < limit_of(core, backend, server);
}

// By HAProxy's priorities: the lower class goes first, and within a class who came first, or is taken for it.
bool goes_before(const Session& one, const Session& other) {
  if (one.priority_class != other.priority_class) return one.priority_class < other.priority_class;
  return std::int32_t(one.due_ms - other.due_ms) < 0;
}

// The row that the session goes before. From both ends at once: most of them go to one of these.
std::uint32_t place_of(ProxyCore& core, const RowList& queue, const Session& session) {
  std::uint32_t front = queue.first, back = queue.last, behind_back = nobody;
  for (;;) {
    if (back == nobody || !goes_before(session, core.sessions[back])) return behind_back;
    if (goes_before(session, core.sessions[front])) return front;
    front = core.sessions[front].next;
    behind_back = back;
    back = core.sessions[back].before;
  }
}

// The first goes on, if there is a slot for it.
bool serve(ProxyCore& core, RowList& queue) {
  if (queue.count == 0) return false;
  Session& session = core.sessions[queue.first];
  const Server* server = session.waits_for_server ? session.picked : pick_server(core, session).server;
  if (server == nullptr || !has_slot(core, *session.backend, *server) || defers(core, session, *server)) return false;
  if (!take_slot(core, *session.backend, *server)) return false;
  leave_queue(core, session);
  session.picked = server;
  session.has_slot = true;
  connect(core, session);
  return true;
}

}  // namespace

// With minconn the limit grows with the load of the backend, up to maxconn at fullconn (HAProxy's minconn).
std::uint32_t limit_of(ProxyCore& core, const Backend& backend, const Server& server) {
  const std::uint32_t set = server.state->limit_set.load(std::memory_order_relaxed);
  if (server.connections_max == 0 || set != ~0u) return server.connections_max == 0 ? 0 : set;
  if (server.connections_min == 0 || backend.full_connections == 0) return server.connections_max;
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
    if (limit != 0 && now >= limit) return false;
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
    if (session.own != nullptr && session.backend->is_redispatching) {
      redispatch_from(core, session, *server);
      return assign_server(core, session);
    }
    note_end(session, Cause::server_timeout, 'Q');
    return answer(core, session, 503);
  }
  session.picked = server;
  session.waits_for_server = server != nullptr;
  (server != nullptr ? session.server_queue : session.backend_queue) += queue.count + 1;  // HAProxy counts it too
  session.phase = Session::Phase::queued;
  session.queue = &queue;
  session.queued_ms = core.now_ms;
  session.is_deferring = false;
  if (queue.count == 0) core.queues.push_back(&queue);
  session.due_ms = core.now_ms + std::uint32_t(session.priority_offset_ms);
  insert_before(queue, core.sessions, place_of(core, queue, session), core.row_of(session));
  show_first(core, session);
  stats_of_queue(core, session).queued.rise();
  const Timeouts& timeouts = session.backend->timeouts;
  set_deadline(core, core.end_of(session.client), timeouts.queue != 0 ? timeouts.queue : timeouts.connect);
}

void leave_queue(ProxyCore& core, Session& session) {
  if (session.queue == nullptr) return;
  session.queue_ms = core.now_ms - session.last_ms;
  session.last_ms = core.now_ms;
  unlink(*session.queue, core.sessions, core.row_of(session));
  show_first(core, session);
  stats_of_queue(core, session).queued.fall();
  session.queue = nullptr;
  session.picked = nullptr;
  session.waits_for_server = false;
  clear_deadline(core.end_of(session.client));
}

bool somebody_waits(const Backend& backend, const Server& server) {
  const auto any = [](std::size_t, std::uint32_t) { return true; };
  return server.connections_max != 0 && (any_waits(*server.state, any) || any_waits(*backend.state, any));
}

void serve_queues(ProxyCore& core) {
  core.has_free_slots = false;
  for (std::size_t i = 0; i < core.queues.size(); ++i)
    while (serve(core, *core.queues[i])) {
    }
  std::erase_if(core.queues, [](const RowList* queue) { return queue->count == 0; });
}

}  // namespace poise::l7
