#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace poise::l7::report {

// StatsRow - one line of the statistics: a frontend, a backend, a server or a listener. The comments name HAProxy's
// columns. What a row does not have, or nobody counts, stays empty: zero is a value. HAProxy leaves out what makes no
// sense for a kind: a frontend has no queue, a server no denied requests.
struct StatsRow {
  enum class Kind : std::uint8_t { frontend, backend, server, listener };  // "type" is its number
  using Number = std::optional<std::uint64_t>;
  using Seconds = std::optional<std::int64_t>;
  using Text = std::string;

  Kind kind = Kind::server;
  Text proxy;        // pxname
  Text server;       // svname; for a frontend and a backend it is FRONTEND, BACKEND
  Text mode;         // tcp, http
  Text algorithm;    // algo
  Text address;      // addr
  Text cookie;       // cookie
  Text tracked;      // tracked: "proxy/server"
  Number process;    // pid: 1
  Number proxy_id;   // iid
  Number server_id;  // sid

  Text status;           // status: OPEN, UP, DOWN, "UP 1/3", NOLB, MAINT, DRAIN, "no check" ...
  Number weight;         // weight: effective
  Number user_weight;    // uweight: as configured
  Number active;         // act
  Number backup;         // bck
  Number check_fails;    // chkfail
  Number downs;          // chkdown
  Number last_change_s;  // lastchg
  Number downtime_s;     // downtime
  Number throttle;       // throttle: percent

  Number queue_now, queue_most, queue_limit;                               // qcur, qmax, qlimit
  Number sessions_now, sessions_most, sessions_limit;                      // scur, smax, slim
  Number sessions, balanced;                                               // stot, lbtot
  Number session_rate, session_rate_limit, session_rate_most;              // rate, rate_lim, rate_max
  Number connection_rate, connection_rate_most, connections;               // conn_rate, conn_rate_max, conn_tot
  Number request_rate, request_rate_most, requests;                        // req_rate, req_rate_max, req_tot
  Number bytes_in, bytes_out;                                              // bin, bout
  Number denied_requests, denied_responses;                                // dreq, dresp
  Number denied_connections, denied_sessions;                              // dcon, dses
  Number request_errors, connection_errors, response_errors;               // ereq, econ, eresp
  Number retries, redispatches;                                            // wretr, wredis
  Number client_aborts, server_aborts;                                     // cli_abrt, srv_abrt
  Number rewrite_failures, internal_errors;                                // wrew, eint
  Number responses_1xx, responses_2xx, responses_3xx;                      // hrsp_1xx ...
  Number responses_4xx, responses_5xx, responses_other;                    // hrsp_other
  Number intercepted;                                                      // intercepted
  Number compression_in, compression_out, compression_bypassed;            // comp_in, comp_out, comp_byp
  Number compressed_responses;                                             // comp_rsp
  Number cache_lookups, cache_hits;                                        // cache_lookups, cache_hits
  Seconds last_session_s;                                                  // lastsess: ago; -1: there was none
  Number queue_ms, connect_ms, response_ms, total_ms;                      // qtime, ctime, rtime, ttime: means
  Number queue_ms_most, connect_ms_most, response_ms_most, total_ms_most;  // qtime_max ...

  Text check_status;       // check_status: L4OK, L7STS ..., with "* " before it while a check runs
  Number check_code;       // check_code: of the response
  Number check_ms;         // check_duration
  Text check_output;       // last_chk
  Text check_description;  // check_desc
  Number check_rise, check_fall, check_health;
  Number observed_failures;                            // hanafail: of responses of clients, with "observe"
  Text agent_status, agent_output, agent_description;  // agent_status, last_agt, agent_desc
  Number agent_code, agent_ms;                         // agent_code, agent_duration
  Number agent_rise, agent_fall, agent_health;

  Number connects, reuses;                                              // connect, reuse
  Number idle_now, idle_limit;                                          // srv_icur, src_ilim
  Number unsafe_idle_now, safe_idle_now;                                // idle_conn_cur, safe_conn_cur
  Number used_now, needed_estimate;                                     // used_conn_cur, need_conn_est
  Number servers_by_status, servers_by_check, servers_by_check_status;  // agg_*
};

}  // namespace poise::l7::report
