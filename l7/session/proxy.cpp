#include "l7/session/proxy.hpp"

#include <algorithm>

#include "l7/session/core.hpp"

namespace poise::l7 {
namespace {

constexpr std::size_t slices_max = 4096;  // all that a queue of a Stack may have
constexpr std::size_t written_max = 2 * http1::head_max;
constexpr std::size_t timers_at_once = 64;
constexpr Duration look_again = std::chrono::microseconds(200);  // for slots and places that other proxies give back

std::uint32_t ms_of(Instant now) { return std::uint32_t(now.time_since_epoch() / std::chrono::milliseconds(1)); }

// What was parsed is good until the end of an event.
class Event {
 public:
  explicit Event(ProxyCore& core) : core_(core) {}
  ~Event() { core_.parsed = nobody; }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

 private:
  ProxyCore& core_;
};

// Tables that no session goes by any more.
void drop_old_tables(ProxyCore& core) {
  while (core.uses.size() > 1 && core.uses.front().users == 0) core.uses.pop_front();
}

}  // namespace

ProxyCore::ProxyCore(Transport& proxy_transport, tcp::Application& proxy_application,
                     const Proxy::Settings& proxy_settings, Instant start)
    : transport(proxy_transport),
      application(proxy_application),
      settings(proxy_settings),
      process(proxy_settings.process != nullptr ? *proxy_settings.process : own_process),
      random(proxy_settings.seed | 1),
      now_ms(ms_of(start)),
      now(start),
      ends(proxy_settings.connections_max),
      timers(proxy_settings.connections_max, ms_of(start)),
      gathered(http1::head_max + 1),
      written(written_max),
      slices(slices_max),
      rule_room(http1::target_max + 1) {}

End* ProxyCore::find(tcp::Handle handle) {
  if (handle.index >= ends.size()) return nullptr;
  End& end = ends[handle.index];
  return end.kind != End::Kind::none && end.handle == handle ? &end : nullptr;
}

std::uint32_t ProxyCore::row_of(const Session& session) const { return session.row; }

std::uint64_t ProxyCore::next_random() {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return random;
}

Proxy::Proxy(Transport& transport, const Settings& settings, Instant start)
    : core_(std::make_unique<ProxyCore>(transport, *this, settings, start)) {}

Proxy::~Proxy() = default;

void Proxy::set_tables(std::shared_ptr<const Tables> tables) {
  ProxyCore& core = *core_;
  core.uses.push_back({std::move(tables), 0});
  core.current = &core.uses.back();
  const Event event(core);
  adopt_tables(core);
  drop_old_tables(core);
}

void Proxy::set_stats_page(Page page) { core_->stats_page = std::move(page); }

void Proxy::set_clock(Instant now) {
  core_->now = now;
  core_->now_ms = ms_of(now);
}

void Proxy::advance(Instant now) {
  ProxyCore& core = *core_;
  const Event event(core);
  set_clock(now);
  std::array<std::uint32_t, timers_at_once> expired;
  std::size_t count = 0;
  do {
    count = core.timers.advance(core.now_ms, expired);
    for (const std::uint32_t row : std::span(expired).first(count)) on_timer(core, core.ends[row]);
  } while (count == expired.size());
  follow_health(core);
  if (!core.queues.empty()) serve_queues(core);
  if (!core.full.empty()) admit_waiting(core);
  drop_old_tables(core);
}

Instant Proxy::deadline() const {
  const ProxyCore& core = *core_;
  const auto in_ms = [&](std::int32_t ms) { return core.now + std::chrono::milliseconds(std::max(ms, 0)); };
  Instant at = never;
  if (const auto next = core.timers.next()) at = in_ms(std::int32_t(*next - core.now_ms));
  // Slots that another proxy gives back.
  if (!core.queues.empty() || !core.full.empty())
    at = std::min(at, core.now + (core.has_free_slots ? Duration::zero() : look_again));
  return at;
}

bool Proxy::has_health_news() const { return l7::has_health_news(*core_); }

Proxy::Usage Proxy::usage() const {
  const ProxyCore& core = *core_;
  Usage usage{.clients = core.clients, .tables = std::uint32_t(core.uses.size())};
  usage.sessions = std::uint32_t(core.sessions.size() - core.free_sessions.size());
  for (const End& end : core.ends) {
    usage.servers += end.kind == End::Kind::server;
    usage.idle += end.kind == End::Kind::idle;
  }
  return usage;
}

std::uint32_t Proxy::clients() const { return core_->clients; }

std::uint32_t Proxy::sessions() const { return std::uint32_t(core_->sessions.size() - core_->free_sessions.size()); }

void Proxy::opened(tcp::Handle handle) {
  ProxyCore& core = *core_;
  const Event event(core);
  End* end = core.find(handle);
  if (end == nullptr) return core.current == nullptr ? core.transport.abort(handle) : accept(core, handle);
  Session& session = core.session_of(*end);
  if (session.phase == Session::Phase::connecting) on_connected(core, session);
}

void Proxy::received(tcp::Handle handle, std::size_t readable) {
  ProxyCore& core = *core_;
  const Event event(core);
  End* end = core.find(handle);
  if (end == nullptr) return;
  switch (end->kind) {
    case End::Kind::client:
      if (end->session == nobody)
        on_client_bytes(core, *end);
      else
        pump_request(core, core.session_of(*end));
      break;
    case End::Kind::server:
      on_response_bytes(core, core.session_of(*end));
      break;
    case End::Kind::idle:  // that nobody has asked for
      drop_idle(core, *end);
      release(core, *end);
      core.transport.abort(handle);
      break;
    case End::Kind::lingering:
      core.transport.consume(handle, readable);
      break;
    case End::Kind::none:
    case End::Kind::answered:  // its next request may wait
    case End::Kind::waiting:
      break;
  }
}

void Proxy::room(tcp::Handle handle, std::size_t) {
  ProxyCore& core = *core_;
  const Event event(core);
  End* end = core.find(handle);
  if (end != nullptr && end->kind == End::Kind::answered) return on_answer_room(core, *end);
  if (end == nullptr || end->session == nobody) return;
  Session& session = core.session_of(*end);
  if (end->kind == End::Kind::client)
    pump_response(core, session);
  else
    pump_request(core, session);
}

void Proxy::peer_finished(tcp::Handle handle) {
  ProxyCore& core = *core_;
  const Event event(core);
  End* end = core.find(handle);
  if (end == nullptr) return;
  end->has_peer_finished = true;
  switch (end->kind) {
    case End::Kind::client:
      if (end->session == nobody) return on_client_silence(core, *end);
      return on_client_finished(core, core.session_of(*end));
    case End::Kind::server:
      return on_server_gone(core, core.session_of(*end), false);
    case End::Kind::idle:
      drop_idle(core, *end);
      [[fallthrough]];
    case End::Kind::lingering:
    case End::Kind::waiting:
      release(core, *end);
      return core.transport.close(handle);
    case End::Kind::answered:  // it reads to the end what it has asked for
    case End::Kind::none:
      return;
  }
}

void Proxy::spliced(tcp::Handle handle, std::uint64_t left) {
  ProxyCore& core = *core_;
  const Event event(core);
  const End* end = core.find(handle);
  if (end == nullptr || end->session == nobody) return;
  Session& session = core.session_of(*end);
  const bool is_client = end->kind == End::Kind::client;
  if (session.phase == Session::Phase::tunnel) return on_tunnel_spliced(core, session, is_client);
  if (is_client && session.request_body.is_splicing()) {
    const auto progress = session.request_body.on_spliced(core.transport, session.client, session.server, left);
    judge_request_body(core, session, progress);
  } else if (!is_client && session.response_body.is_splicing()) {
    const auto progress = session.response_body.on_spliced(core.transport, session.server, session.client, left);
    judge_response_body(core, session, progress);
  }
}

void Proxy::closed(tcp::Handle handle, tcp::Closed why) {
  ProxyCore& core = *core_;
  const Event event(core);
  End* end = core.find(handle);
  if (end == nullptr) return;
  const std::uint32_t row = end->session;
  const End::Kind kind = end->kind;
  if (kind == End::Kind::idle) drop_idle(core, *end);
  const bool has_begun = end->has_begun;
  if (kind == End::Kind::client && row == nobody && has_begun) on_client_lost(core, *end);
  const bool is_end_of_tunnel =
      row != nobody && why == tcp::Closed::finished && core.sessions[row].phase == Session::Phase::tunnel;
  if (kind == End::Kind::client && row != nobody && !is_end_of_tunnel) {
    note_client_abort(core.sessions[row]);
    return abort_session(core, core.sessions[row]);
  }
  if (End* left = core.find(handle); left != nullptr) release(core, *left);
  if (row == nobody) return;
  Session& session = core.sessions[row];
  if (is_end_of_tunnel) return finish(core, session, false);
  if (session.phase == Session::Phase::connecting) {
    const bool is_timeout = why == tcp::Closed::timed_out;
    return on_connect_failed(core, session, is_timeout ? Cause::server_timeout : Cause::server_aborted);
  }
  on_server_gone(core, session, true);
}

}  // namespace poise::l7
