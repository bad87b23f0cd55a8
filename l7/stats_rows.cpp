#include "l7/stats_rows.hpp"

#include <algorithm>

#include "l7/health/status_text.hpp"
#include "l7/session/pick.hpp"

namespace poise::l7 {
namespace {

using report::StatsRow;

std::uint32_t ms_of(Instant now) { return std::uint32_t(now.time_since_epoch() / std::chrono::milliseconds(1)); }

// A mean over all proxies.
struct Mean {
  std::uint64_t sum = 0, count = 0, most = 0;
  void add(const Times& times) {
    sum += times.sum();
    count += times.count();
    most = std::max(most, times.most());
  }
  std::uint64_t value() const { return count == 0 ? 0 : sum / count; }
};

// Over all proxies. What was the most at once is that of each, summed up: at most so many there were.
struct Sums {
  std::array<std::uint64_t, stats_count> counts{};
  std::uint64_t sessions_now = 0, sessions_most = 0, queue_now = 0, queue_most = 0, last_session_s = 0;
  std::uint64_t session_rate = 0, session_rate_most = 0, request_rate = 0, request_rate_most = 0;
  Mean queue_times, connect_times, response_times, total_times;

  std::uint64_t operator[](Stat stat) const { return counts[std::size_t(stat)]; }
  void add(const Stats& stats, std::uint32_t now_ms) {
    for (std::size_t i = 0; i < stats_count; ++i) counts[i] += stats.counts[i].read();
    sessions_now += stats.sessions.now();
    sessions_most += stats.sessions.most();
    queue_now += stats.queued.now();
    queue_most += stats.queued.most();
    session_rate += stats.session_rate.read(now_ms);
    session_rate_most += stats.session_rate.most();
    request_rate += stats.request_rate.read(now_ms);
    request_rate_most += stats.request_rate.most();
    queue_times.add(stats.queue_times);
    connect_times.add(stats.connect_times);
    response_times.add(stats.response_times);
    total_times.add(stats.total_times);
    last_session_s = std::max(last_session_s, stats.last_session_s.read());
  }
};

template <class State>
Sums sums_of(const State& state, Instant now) {
  Sums sums;
  for (const auto& local : state.local) sums.add(local.stats, ms_of(now));
  return sums;
}

void put_common(StatsRow& row, const Sums& sums, bool is_http) {
  row.process = 1;
  row.sessions_now = sums.sessions_now;
  row.sessions_most = sums.sessions_most;
  row.sessions = sums[Stat::sessions];
  row.session_rate = sums.session_rate;
  row.session_rate_most = sums.session_rate_most;
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
  row.queue_ms = sums.queue_times.value();
  row.connect_ms = sums.connect_times.value();
  row.response_ms = sums.response_times.value();
  row.total_ms = sums.total_times.value();
  row.queue_ms_most = sums.queue_times.most;
  row.connect_ms_most = sums.connect_times.most;
  row.response_ms_most = sums.response_times.most;
  row.total_ms_most = sums.total_times.most;
  const std::int64_t now_s = ms_of(now) / 1000;
  row.last_session_s = sums.last_session_s == 0 ? -1 : now_s - std::int64_t(sums.last_session_s);
}

const char* name_of(Mode mode) { return mode == Mode::http ? "http" : "tcp"; }

StatsRow row_of(const Frontend& frontend, std::uint64_t id, Instant now) {
  const Sums sums = sums_of(*frontend.state, now);
  StatsRow row{.kind = StatsRow::Kind::frontend};
  row.proxy = frontend.name;
  row.mode = name_of(frontend.mode);
  row.proxy_id = id;
  row.server_id = 0;
  row.status = "OPEN";
  put_common(row, sums, frontend.mode == Mode::http);
  if (frontend.connections_max != 0) row.sessions_limit = frontend.connections_max;
  row.connections = sums[Stat::sessions];
  row.connection_rate = sums.session_rate;
  row.connection_rate_most = sums.session_rate_most;
  row.denied_requests = sums[Stat::denied_requests];
  row.denied_responses = sums[Stat::denied_responses];
  row.denied_connections = sums[Stat::denied_connections];
  row.request_errors = sums[Stat::request_errors];
  if (frontend.mode == Mode::http) {
    row.requests = sums[Stat::requests];
    row.request_rate = sums.request_rate;
    row.request_rate_most = sums.request_rate_most;
    row.intercepted = sums[Stat::intercepted];
    row.rewrite_failures = sums[Stat::failed_rewrites];
    row.internal_errors = sums[Stat::internal_errors];
  }
  return row;
}

std::uint32_t weight_of(const Server& server) {
  const std::uint32_t set = server.state->weight_set.load(std::memory_order_relaxed);
  return set == ~0u ? server.weight : set;
}

StatsRow row_of(const Server& server, const Backend& backend, std::uint64_t id, Instant now) {
  const Sums sums = sums_of(*server.state, now);
  StatsRow row{.kind = StatsRow::Kind::server};
  row.proxy = backend.name;
  row.server = server.name;
  row.mode = name_of(backend.mode);
  row.address = (server.address.is_v4() ? to_string(server.address) : "[" + to_string(server.address) + "]") + ":" +
                std::to_string(server.port);
  row.proxy_id = id;
  row.server_id = server.id;
  health::put_health(row, server, now);
  row.cookie = server.cookie;
  row.user_weight = weight_of(server);
  row.weight = *row.user_weight * server.state->weight_share.load(std::memory_order_relaxed) / 256;
  row.active = server.is_backup ? 0 : 1;
  row.backup = server.is_backup ? 1 : 0;
  put_common(row, sums, backend.mode == Mode::http);
  put_server_side(row, sums, now);
  row.denied_responses = sums[Stat::denied_responses];
  if (server.connections_max != 0) row.sessions_limit = server.connections_max;
  if (server.queue_max != 0) row.queue_limit = server.queue_max;
  std::uint64_t idle = 0;
  for (const auto& local : server.state->local) idle += local.idle_now.read();
  row.idle_now = idle;
  row.used_now = sums.sessions_now;
  return row;
}

StatsRow row_of(const Backend& backend, std::uint64_t id, Instant now) {
  const Sums sums = sums_of(*backend.state, now);
  StatsRow row{.kind = StatsRow::Kind::backend};
  row.proxy = backend.name;
  row.mode = name_of(backend.mode);
  row.algorithm = backend.algorithm;
  if (backend.cookie) row.cookie = backend.cookie->name;
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
  if (backend.state->changes.at_ms.read() != 0) put_changes(row, backend.state->changes, now);
  put_common(row, sums, backend.mode == Mode::http);
  put_server_side(row, sums, now);
  if (backend.full_connections != 0) row.sessions_limit = backend.full_connections;
  row.denied_requests = sums[Stat::denied_requests];
  row.denied_responses = sums[Stat::denied_responses];
  if (backend.mode != Mode::http) return row;
  row.requests = sums[Stat::sessions];
  row.rewrite_failures = sums[Stat::failed_rewrites];
  row.internal_errors = sums[Stat::internal_errors];
  return row;
}

}  // namespace

std::vector<StatsRow> stats_rows(const Tables& tables, Instant now) {
  std::vector<StatsRow> rows;
  std::uint64_t id = 1;
  for (const auto& frontend : tables.frontends) rows.push_back(row_of(*frontend, ++id, now));
  for (const auto& backend : tables.backends) {
    ++id;
    for (const Server& server : backend->servers) rows.push_back(row_of(server, *backend, id, now));
    rows.push_back(row_of(*backend, id, now));
  }
  return rows;
}

}  // namespace poise::l7
