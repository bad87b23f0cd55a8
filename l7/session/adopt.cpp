#include <algorithm>

#include "l7/session/core.hpp"

// From one configuration to the next.
namespace poise::l7 {
namespace {

// Where connections to a server of these tables may idle.
struct IdlePlace {
  const ServerState* state;
  IpAddr address;
  std::uint16_t port;
  auto operator<=>(const IdlePlace&) const = default;
};

std::vector<IdlePlace> idle_places(const Tables& tables) {
  std::vector<IdlePlace> places;
  for (const auto& backend : tables.backends)
    for (const Server& server : backend->servers) places.push_back({server.state, server.address, server.port});
  std::sort(places.begin(), places.end());
  return places;
}

void close_quietly(ProxyCore& core, End& end) {
  const tcp::Handle handle = end.handle;
  release(core, end);
  core.transport.close(handle);
}

}  // namespace

// Of frontends and servers that are gone only what has a session stays: sessions hold on to their tables, and these to
// the states. Connections that idle for a server that has moved are closed, too.
void adopt_tables(ProxyCore& core) {
  const Tables& tables = *core.current->tables;
  const std::size_t number = core.settings.number;
  for (const auto& [key, binding] : core.bindings) binding.frontend->local[number].current = nullptr;
  core.bindings.clear();
  for (const auto& frontend : tables.frontends) {
    frontend->state->local[number].current = frontend.get();
    if (!frontend->tracking.empty()) core.tracked.resize(core.ends.size());
  }
  for (const Binding& binding : tables.bindings)
    core.bindings.emplace(BindingKey{binding.address, binding.port}, binding);
  // A balancer is one for a Backend, and the next may lie where one has lain that nobody has used since.
  for (const auto& backend : tables.backends) core.local(*backend->state).balanced = nullptr;
  const std::vector<IdlePlace> places = idle_places(tables);
  for (End& end : core.ends) {
    const bool is_between = end.kind == End::Kind::client && end.session == nobody;
    if (is_between && leave_removed(core, end)) continue;
    if (end.kind == End::Kind::waiting && end.frontend->local[number].current == nullptr) close_quietly(core, end);
    if (end.kind != End::Kind::idle) continue;
    const tcp::Tuple ends = core.transport.ends(end.handle);
    const auto is_at = [&](std::uint16_t port) {
      return std::binary_search(places.begin(), places.end(), IdlePlace{end.server, ends.remote, port});
    };
    if (is_at(ends.remote_port) || is_at(0)) continue;
    drop_idle(core, end);
    close_quietly(core, end);
  }
  admit_waiting(core);
  std::erase_if(core.queues, [](const RowList* queue) { return queue->count == 0; });
}

}  // namespace poise::l7
