#pragma once
#include "l7/report/stats_row.hpp"

// Rows that HAProxy 2.6.12 had, as it had them.
namespace poise::l7::report {

inline StatsRow web_frontend() {
  StatsRow row;
  row.kind = StatsRow::Kind::frontend, row.proxy = "web", row.mode = "http";
  row.process = 1, row.proxy_id = 2, row.server_id = 0;
  row.status = "OPEN";
  row.sessions_now = 0, row.sessions_most = 2, row.sessions_limit = 500, row.sessions = 5;
  row.session_rate = 0, row.session_rate_limit = 0, row.session_rate_most = 3;
  row.connection_rate = 0, row.connection_rate_most = 3, row.connections = 5;
  row.request_rate = 0, row.request_rate_most = 3, row.requests = 5;
  row.bytes_in = 211, row.bytes_out = 802;
  row.denied_requests = 3, row.denied_responses = 0, row.denied_connections = 0, row.denied_sessions = 0;
  row.request_errors = 1;
  row.responses_1xx = 0, row.responses_2xx = 1, row.responses_3xx = 0;
  row.responses_4xx = 4, row.responses_5xx = 0, row.responses_other = 0;
  row.compression_in = 0, row.compression_out = 0, row.compression_bypassed = 0, row.compressed_responses = 0;
  row.intercepted = 0, row.rewrite_failures = 0, row.internal_errors = 0;
  row.cache_lookups = 0, row.cache_hits = 0;
  return row;
}

inline StatsRow app_backend() {
  StatsRow row;
  row.kind = StatsRow::Kind::backend, row.proxy = "app", row.mode = "http";
  row.algorithm = "roundrobin", row.cookie = "SRV";
  row.process = 1, row.proxy_id = 7, row.server_id = 0;
  row.status = "UP";
  row.weight = 1, row.user_weight = 1, row.active = 1, row.backup = 0;
  row.downs = 0, row.last_change_s = 7, row.downtime_s = 0;
  row.queue_now = 0, row.queue_most = 0;
  row.sessions_now = 0, row.sessions_most = 1, row.sessions_limit = 100, row.sessions = 2, row.balanced = 2;
  row.session_rate = 0, row.session_rate_most = 2, row.requests = 2;
  row.bytes_in = 116, row.bytes_out = 300;
  row.denied_requests = 0, row.denied_responses = 0;
  row.connection_errors = 0, row.response_errors = 0, row.retries = 0, row.redispatches = 0;
  row.client_aborts = 0, row.server_aborts = 0, row.rewrite_failures = 0, row.internal_errors = 0;
  row.responses_1xx = 0, row.responses_2xx = 2, row.responses_3xx = 0;
  row.responses_4xx = 0, row.responses_5xx = 0, row.responses_other = 0;
  row.compression_in = 0, row.compression_out = 0, row.compression_bypassed = 0, row.compressed_responses = 0;
  row.cache_lookups = 0, row.cache_hits = 0, row.last_session_s = 2;
  row.queue_ms = 0, row.connect_ms = 1, row.response_ms = 1, row.total_ms = 13;
  row.queue_ms_most = 0, row.connect_ms_most = 2, row.response_ms_most = 1, row.total_ms_most = 25;
  row.connects = 2, row.reuses = 0;
  row.servers_by_status = 0, row.servers_by_check = 0, row.servers_by_check_status = 0;
  return row;
}

// A server that is down and has served nobody; what is its own follows.
inline StatsRow down_server() {
  StatsRow row;
  row.kind = StatsRow::Kind::server, row.mode = "http";
  row.process = 1;
  row.status = "DOWN";
  row.check_fails = 1, row.downs = 1;
  row.queue_now = 0, row.queue_most = 0;
  row.sessions_now = 0, row.sessions_most = 0, row.sessions = 0, row.balanced = 0;
  row.session_rate = 0, row.session_rate_most = 0, row.requests = 0;
  row.bytes_in = 0, row.bytes_out = 0, row.denied_responses = 0;
  row.connection_errors = 0, row.response_errors = 0, row.retries = 0, row.redispatches = 0;
  row.client_aborts = 0, row.server_aborts = 0, row.rewrite_failures = 0, row.internal_errors = 0;
  row.responses_1xx = 0, row.responses_2xx = 0, row.responses_3xx = 0;
  row.responses_4xx = 0, row.responses_5xx = 0, row.responses_other = 0;
  row.last_session_s = -1;
  row.queue_ms = 0, row.connect_ms = 0, row.response_ms = 0, row.total_ms = 0;
  row.queue_ms_most = 0, row.connect_ms_most = 0, row.response_ms_most = 0, row.total_ms_most = 0;
  row.check_ms = 0, row.check_rise = 2, row.check_fall = 3, row.check_health = 0;
  row.connects = 0, row.reuses = 0, row.idle_now = 0;
  row.unsafe_idle_now = 0, row.safe_idle_now = 0, row.used_now = 0, row.needed_estimate = 1;
  return row;
}

inline StatsRow queueing_server() {
  StatsRow row = down_server();
  row.proxy = "que", row.server = "q1", row.address = "127.0.0.1:28090";
  row.proxy_id = 9, row.server_id = 1;
  row.weight = 1, row.user_weight = 1, row.active = 1, row.backup = 0;
  row.last_change_s = 7, row.downtime_s = 7;
  row.queue_limit = 5, row.sessions_limit = 1;
  row.check_status = "L7STS", row.check_code = 404, row.check_output = "Bad, \"x\"";
  row.check_description = "Layer7 wrong status";
  return row;
}

inline StatsRow backup_server() {
  StatsRow row = down_server();
  row.proxy = "both", row.server = "l2", row.address = "[::1]:28090", row.cookie = "x,y\"z";
  row.proxy_id = 11, row.server_id = 2;
  row.weight = 0, row.user_weight = 0, row.active = 0, row.backup = 1;
  row.last_change_s = 5, row.downtime_s = 5;
  row.check_status = "L4CON", row.check_output = "Connection refused";
  row.check_description = "Layer4 connection problem";
  return row;
}

}  // namespace poise::l7::report
