#include <algorithm>

#include "l7/session/core.hpp"
#include "l7/session/rows.hpp"
#include "l7/session/stick.hpp"

namespace poise::l7 {
namespace {

constexpr std::uint32_t linger_ms = 1000;

const Binding* binding_of(const ProxyCore& core, const tcp::Tuple& ends) {
  const IpAddr any = ends.local.is_v4() ? IpAddr::v4(0) : IpAddr{};
  for (const IpAddr& address : {ends.local, any})
    if (const auto found = core.bindings.find({address, ends.local_port}); found != core.bindings.end())
      return &found->second;
  return nullptr;
}

bool take_below(std::atomic<std::uint32_t>& count, std::uint32_t limit) {
  std::uint32_t now = count.load(std::memory_order_relaxed);
  do {
    if (limit != 0 && now >= limit) return false;
  } while (!count.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
  return true;
}

// Takes a place below the frontend's limit, and below that of all together.
bool take_place(ProxyCore& core, const Frontend& frontend) {
  if (!take_below(frontend.state->connections, frontend.connections_max)) return false;
  if (take_below(core.process.connections, core.current->tables->connections_max)) return true;
  frontend.state->connections.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

// Now that it is known whose connection it is. False: a rule has ended it.
bool admit(ProxyCore& core, End& client, const Frontend& frontend) {
  track_connection(core, client, frontend);
  if (!judge_connection(core, client, frontend)) return false;
  admit_tracked(core, client);
  return true;
}

void start(ProxyCore& core, End& client, const Frontend& frontend) {
  client.kind = End::Kind::client;
  client.since_ms = core.now_ms;
  Stats& stats = core.stats(*client.frontend);
  stats.sessions.rise();  // which release() takes back
  if (!client.is_header_due && !admit(core, client, frontend)) return;
  stats.sessions.fall();
  stats.begin_session(core.now_ms);
  const Timeouts& timeouts = frontend.timeouts;
  if (frontend.mode == Mode::tcp && !client.is_header_due) return begin_tcp_session(core, client);
  set_deadline(core, client, timeouts.http_request != 0 ? timeouts.http_request : timeouts.client);
  if (core.transport.readable(client.handle) > 0) on_client_bytes(core, client);
}

// A header of the PROXY protocol. True: it is there, and the client's own bytes are next.
bool take_header(ProxyCore& core, End& client, const Frontend& frontend) {
  const auto header = read_proxy_header(read_first(core, client.handle, proxy_header_max));
  if (header && !*header) return false;
  if (!header) {
    core.stats(*client.frontend).add(Stat::request_errors);
    const tcp::Handle handle = client.handle;
    release(core, client);
    core.transport.abort(handle);
    return false;
  }
  core.transport.consume(client.handle, (*header)->length);
  client.is_header_due = false;
  if ((*header)->ends) core.told[client.handle.index] = *(*header)->ends;
  if (!admit(core, client, frontend)) return false;
  if (frontend.mode == Mode::http) return true;
  begin_tcp_session(core, client);
  return false;
}

void answer_without_request(ProxyCore& core, End& client, std::uint16_t status, Cause cause) {
  const Frontend& frontend = *client.frontend->local[core.settings.number].current;
  Session& session = begin_session(core, client, frontend);
  session.line = "<BADREQ>";
  note_end(session, cause, 'R');
  core.stats(*client.frontend).begin_request(core.now_ms);
  core.stats(*client.frontend).add(Stat::request_errors);
  answer(core, session, status);
}

}  // namespace

void accept(ProxyCore& core, tcp::Handle handle) {
  const Binding* binding = binding_of(core, core.transport.ends(handle));
  FrontendState* state = binding == nullptr ? nullptr : binding->frontend;
  const Frontend* frontend = state == nullptr ? nullptr : state->local[core.settings.number].current;
  if (frontend == nullptr) return core.transport.abort(handle);
  End& client = core.end_of(handle);
  client = {.handle = handle, .kind = End::Kind::waiting, .is_header_due = binding->accepts_proxy, .frontend = state};
  ++core.clients;
  if (take_place(core, *frontend)) return start(core, client, *frontend);
  RowList& waiting = state->local[core.settings.number].waiting;
  if (waiting.count == 0) core.full.push_back(state);
  push_back(waiting, core.ends, handle.index);
}

// Places have become free: of another proxy's clients nobody tells.
void admit_waiting(ProxyCore& core) {
  std::erase_if(core.full, [&](FrontendState* state) {
    RowList& waiting = state->local[core.settings.number].waiting;
    const Frontend* frontend = state->local[core.settings.number].current;
    while (waiting.count > 0 && frontend != nullptr && take_place(core, *frontend)) {
      End& client = core.ends[waiting.first];
      unlink(waiting, core.ends, waiting.first);
      start(core, client, *frontend);
    }
    return waiting.count == 0;
  });
}

// A removed frontend's clients go when they have nothing under way.
bool leave_removed(ProxyCore& core, End& client) {
  if (client.frontend->local[core.settings.number].current != nullptr) return false;
  linger(core, client);
  return true;
}

void await_request(ProxyCore& core, End& client) {
  client.session = nobody;
  client.since_ms = core.now_ms;
  client.has_begun = false;
  client.scanned = 0;
  if (leave_removed(core, client)) return;
  const Timeouts& timeouts = client.frontend->local[core.settings.number].current->timeouts;
  const std::uint32_t between = timeouts.http_keep_alive != 0 ? timeouts.http_keep_alive : timeouts.http_request;
  set_deadline(core, client, between != 0 ? between : timeouts.client);
  if (core.transport.readable(client.handle) > 0) return on_client_bytes(core, client);
  if (client.has_peer_finished) linger(core, client);
}

void on_client_bytes(ProxyCore& core, End& client) {
  const Frontend* frontend = client.frontend->local[core.settings.number].current;
  if (leave_removed(core, client)) return;
  if (client.is_header_due && !take_header(core, client, *frontend)) return;
  if (core.transport.readable(client.handle) == 0) return;
  if (!client.has_begun) {
    client.has_begun = true;
    client.began_ms = core.now_ms;
    if (client.requests > 0) {
      const Timeouts& timeouts = frontend->timeouts;
      set_deadline(core, client, timeouts.http_request != 0 ? timeouts.http_request : timeouts.client);
    }
  }
  const HeadRead head = read_head(core, client);
  if (head.state == HeadRead::State::whole) return begin_request(core, client, head.text);
  if (head.state == HeadRead::State::too_large) return answer_without_request(core, client, 431, Cause::proxy_blocked);
  if (client.has_peer_finished) on_client_silence(core, client);
}

// The client is between requests, or within the head of one, and no more comes: it ended, or its time is over.
void on_client_silence(ProxyCore& core, End& client) {
  if (leave_removed(core, client)) return;
  const Frontend& frontend = *client.frontend->local[core.settings.number].current;
  const bool is_quiet = !client.has_begun && (client.requests > 0 || !frontend.logs_null);
  if (frontend.mode == Mode::tcp || is_quiet) return linger(core, client);
  if (client.has_peer_finished) return answer_without_request(core, client, 400, Cause::client_aborted);
  answer_without_request(core, client, 408, Cause::client_timeout);
}

void on_client_lost(ProxyCore& core, End& client) {
  if (!leave_removed(core, client)) answer_without_request(core, client, 400, Cause::client_aborted);
}

// The end that does not lose what was sent: a reset would take it away from a peer that has not read it yet.
void linger(ProxyCore& core, End& end) {
  const tcp::Handle handle = end.handle;
  core.transport.consume(handle, core.transport.readable(handle));
  if (end.has_peer_finished) {
    release(core, end);
    return core.transport.close(handle);
  }
  if (end.kind == End::Kind::client) {
    release(core, end);
    end.handle = handle;
  }
  end.kind = End::Kind::lingering;
  core.transport.finish(handle);
  set_deadline(core, end, linger_ms);
}

void release(ProxyCore& core, End& end) {
  if (end.kind == End::Kind::answered) core.unsent.erase(end.handle.index);
  if (end.kind == End::Kind::client || end.kind == End::Kind::answered || end.kind == End::Kind::waiting) {
    --core.clients;
    if (!core.told.empty()) core.told.erase(end.handle.index);
    if (end.kind == End::Kind::waiting) {
      unlink(end.frontend->local[core.settings.number].waiting, core.ends, end.handle.index);
    } else {
      end.frontend->connections.fetch_sub(1, std::memory_order_relaxed);
      core.process.connections.fetch_sub(1, std::memory_order_relaxed);
      core.stats(*end.frontend).sessions.fall();
      end_tracking(core, end);
    }
  }
  end = End{};
}

}  // namespace poise::l7
