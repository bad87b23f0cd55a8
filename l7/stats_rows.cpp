#include "l7/stats_rows.hpp"

#include <algorithm>

#include "l7/session/pick.hpp"

namespace poise::l7 {
namespace {

using report::StatsRow;

// Over all proxies.
struct Sums {
  std::array<std::uint64_t, stats_count> counts{};
  std::uint64_t sessions_now = 0, sessions_most = 0, queue_now = 0, queue_most = 0, last_session_s = 0, idle = 0;

  std::uint64_t operator[](Stat stat) const { return counts[std::size_t(stat)]; }
  void add(const Stats& stats) {
    for (std::size_t i = 0; i < stats_count; ++i) counts[i] += stats.counts[i].read();
    sessions_now += stats.sessions.now();
    sessions_most += stats.sessions.most();
    queue_now += stats.queued.now();
    queue_most += stats.queued.most();
    last_session_s = std::max(last_session_s, stats.last_session_s.read());
  }
};

template <class State>
Sums sums_of(const State& state) {
  Sums sums;
  for (const auto& local : state.local) sums.add(local.stats);
  return sums;
}

void put_common(StatsRow& row, const Sums& sums, bool is_http) {
  row.process = 1;
  row.sessions_now = sums.sessions_now;
  row.sessions_most = sums.sessions_most;
  row.sessions = sums[Stat::sessions];
  row.bytes_in = sums[Stat::bytes_in];
  row.bytes_out = sums[Stat::bytes_out];
  if (!is_http) return;
  row.responses_1xx = sums[Stat::responses_1xx];
  row.responses_2xx = sums[Stat::responses_2xx];
  row.responses_3xx = sums[Stat::responses_3xx];
  row.responses_4xx = sums[Stat::responses_4xx];
  row.responses_5xx = sums[Stat::responses_5xx];
  row.responses_other = sums[Stat::responses_other];
}

void put_server_side(StatsRow& row, const Sums& sums, Instant now) {
  row.queue_now = sums.queue_now;
  row.queue_most = sums.queue_most;
  row.balanced = sums[Stat::balanced];
  row.connection_errors = sums[Stat::connection_errors];
  row.response_errors = sums[Stat::response_errors];
  row.retries = sums[Stat::retries];
  row.redispatches = sums[Stat::redispatches];
  row.client_aborts = sums[Stat::client_aborts];
  row.server_aborts = sums[Stat::server_aborts];
  row.connects = sums[Stat::connects];
  row.reuses = sums[Stat::reuses];
  const std::uint64_t finished = std::max<std::uint64_t>(sums[Stat::sessions], 1);
  row.queue_ms = sums[Stat::queue_ms] / finished;
  row.connect_ms = sums[Stat::connect_ms] / finished;
  row.response_ms = sums[Stat::response_ms] / finished;
  row.total_ms = sums[Stat::total_ms] / finished;
  const auto now_s = std::uint32_t(now.time_since_epoch() / std::chrono::milliseconds(1)) / 1000;
  row.last_session_s = sums.last_session_s == 0 ? -1 : std::int64_t(now_s) - std::int64_t(sums.last_session_s);
}

const char* name_of(Mode mode) { return mode == Mode::http ? "http" : "tcp"; }

StatsRow row_of(const Frontend& frontend, std::uint64_t id) {
  const Sums sums = sums_of(*frontend.state);
  StatsRow row{.kind = StatsRow::Kind::frontend};
  row.proxy = frontend.name;
  row.mode = name_of(frontend.mode);
  row.proxy_id = id;
  row.server_id = 0;
  row.status = "OPEN";
  put_common(row, sums, frontend.mode == Mode::http);
  if (frontend.connections_max != 0) row.sessions_limit = frontend.connections_max;
  row.connections = sums[Stat::sessions];
  row.denied_requests = sums[Stat::denied_requests];
  row.denied_responses = sums[Stat::denied_responses];
  row.request_errors = sums[Stat::request_errors];
  if (frontend.mode == Mode::http) {
    row.requests = sums[Stat::requests];
    row.intercepted = sums[Stat::intercepted];
  }
  return row;
}

std::uint32_t weight_of(const Server& server) {
  const std::uint32_t set = server.state->weight_set.load(std::memory_order_relaxed);
  return set == ~0u ? server.weight : set;
}

std::string status_of(const Server& server) {
  if (server.is_disabled) return "MAINT";
  if (!server.state->is_up.load(std::memory_order_relaxed)) return "DOWN";
  if (server.is_drained || server.state->is_drained.load(std::memory_order_relaxed)) return "DRAIN";
  return server.state->is_checked.load(std::memory_order_relaxed) ? "UP" : "no check";
}

StatsRow row_of(const Server& server, const Backend& backend, std::uint64_t id, Instant now) {
  const Sums sums = sums_of(*server.state);
  StatsRow row{.kind = StatsRow::Kind::server};
  row.proxy = backend.name;
  row.server = server.name;
  row.mode = name_of(backend.mode);
  row.address = (server.address.is_v4() ? to_string(server.address) : "[" + to_string(server.address) + "]") + ":" +
                std::to_string(server.port);
  row.proxy_id = id;
  row.server_id = server.id;
  row.status = status_of(server);
  row.weight = row.user_weight = weight_of(server);
  row.active = server.is_backup ? 0 : 1;
  row.backup = server.is_backup ? 1 : 0;
  put_common(row, sums, backend.mode == Mode::http);
  put_server_side(row, sums, now);
  if (server.connections_max != 0) row.sessions_limit = server.connections_max;
  if (server.queue_max != 0) row.queue_limit = server.queue_max;
  std::uint64_t idle = 0;
  for (const auto& local : server.state->local) idle += local.idle_now.read();
  row.idle_now = idle;
  row.used_now = sums.sessions_now;
  return row;
}

StatsRow row_of(const Backend& backend, std::uint64_t id, Instant now) {
  const Sums sums = sums_of(*backend.state);
  StatsRow row{.kind = StatsRow::Kind::backend};
  row.proxy = backend.name;
  row.mode = name_of(backend.mode);
  row.algorithm = backend.algorithm;
  row.proxy_id = id;
  row.server_id = 0;
  std::uint64_t weight = 0, active = 0, backup = 0;
  for (const Server& server : backend.servers) {
    if (!is_usable(server)) continue;
    ++(server.is_backup ? backup : active);
    weight += server.is_backup ? 0 : weight_of(server);
  }
  row.status = active + backup > 0 ? "UP" : "DOWN";
  row.weight = row.user_weight = weight;
  row.active = active;
  row.backup = backup;
  put_common(row, sums, backend.mode == Mode::http);
  put_server_side(row, sums, now);
  if (backend.full_connections != 0) row.sessions_limit = backend.full_connections;
  row.denied_requests = sums[Stat::denied_requests];
  row.denied_responses = sums[Stat::denied_responses];
  if (backend.mode == Mode::http) row.requests = sums[Stat::sessions];
  return row;
}

}  // namespace

std::vector<StatsRow> stats_rows(const Tables& tables, Instant now) {
  std::vector<StatsRow> rows;
  std::uint64_t id = 1;
  for (const auto& frontend : tables.frontends) rows.push_back(row_of(*frontend, ++id));
  for (const auto& backend : tables.backends) {
    ++id;
    for (const Server& server : backend->servers) rows.push_back(row_of(server, *backend, id, now));
    rows.push_back(row_of(*backend, id, now));
  }
  return rows;
}

}  // namespace poise::l7
