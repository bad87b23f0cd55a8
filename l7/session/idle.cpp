#include "l7/session/core.hpp"
#include "l7/session/rows.hpp"

// Connections to servers that wait to be used again.
namespace poise::l7 {
namespace {

constexpr std::uint32_t idle_ms = 30000;

}  // namespace

void keep_idle(ProxyCore& core, End& end, const Session& session) {
  ServerState& state = *end.server;
  RowList& idle = core.local(state).idle;
  const bool is_full = session.backend->idle_max != 0 && idle.count >= session.backend->idle_max;
  const bool is_outdated = session.use != core.current;  // by newer tables the server may be elsewhere
  if (is_full || is_outdated || end.has_peer_finished || core.transport.readable(end.handle) > 0) {
    const tcp::Handle handle = end.handle;
    release(core, end);
    return core.transport.close(handle);
  }
  end.kind = End::Kind::idle;
  end.session = nobody;
  push_back(idle, core.ends, end.handle.index);
  core.local(state).idle_now.set(idle.count);
  set_deadline(core, end, idle_ms);
}

void drop_idle(ProxyCore& core, End& end) {
  ServerState::Local& local = core.local(*end.server);
  unlink(local.idle, core.ends, end.handle.index);
  local.idle_now.set(local.idle.count);
  clear_deadline(end);
}

}  // namespace poise::l7
