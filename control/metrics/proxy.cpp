#include "control/metrics/proxy.hpp"

#include <nlohmann/json.hpp>

#include "control/metrics/metric.hpp"
#include "control/stick_view.hpp"
#include "control/views.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

const Column frontend_columns[] = {
    {"sessions", "poise_frontend_connections", "gauge", "clients that are connected"},
    {"sessions_total", "poise_frontend_connections_total", "counter", "clients that have connected"},
    {"requests_total", "poise_frontend_requests_total", "counter", "HTTP requests"},
    {"bytes_in", "poise_frontend_bytes_in_total", "counter", "bytes from clients"},
    {"bytes_out", "poise_frontend_bytes_out_total", "counter", "bytes to clients"},
    {"request_errors", "poise_frontend_request_errors_total", "counter", "requests that were none, or not complete"},
    {"denied_requests", "poise_frontend_denied_requests_total", "counter", "requests that a rule refused"},
    {"denied_responses", "poise_frontend_denied_responses_total", "counter", "responses that a rule refused"},
    {"denied_connections", "poise_frontend_denied_connections_total", "counter", "connections that a rule refused"},
    {"rewrite_failures", "poise_frontend_rewrite_failures_total", "counter",
     "requests and responses that a rule would have made unreadable"},
};
const Column backend_columns[] = {
    {"sessions", "poise_backend_sessions", "gauge", "sessions now"},
    {"sessions_total", "poise_backend_sessions_total", "counter", "sessions"},
    {"queue", "poise_backend_queue", "gauge", "sessions that wait for a server"},
    {"retries", "poise_backend_retries_total", "counter", "connections that were tried again"},
    {"redispatches", "poise_backend_redispatches_total", "counter", "sessions that went to another server"},
    {"connection_errors", "poise_backend_connection_errors_total", "counter", "sessions without a connection"},
    {"active", "poise_backend_active_servers", "gauge", "servers that take sessions, without backup servers"},
    {"backups", "poise_backend_backup_servers", "gauge", "backup servers that would"},
    {"downs", "poise_backend_downs_total", "counter", "times that no server was left"},
    {"downtime_s", "poise_backend_downtime_seconds_total", "counter", "how long that was in all"},
    {"response_errors", "poise_backend_response_errors_total", "counter", "responses that were none, or too late"},
    {"queue_ms", "poise_backend_queue_milliseconds", "gauge",
     "mean wait for a server, of about the last 1,024 sessions"},
    {"connect_ms", "poise_backend_connect_milliseconds", "gauge", "likewise until the connection was open"},
    {"response_ms", "poise_backend_response_milliseconds", "gauge",
     "likewise until the head of the response was there"},
    {"total_ms", "poise_backend_total_milliseconds", "gauge", "likewise of the whole session"},
};
const Column server_columns[] = {
    {"sessions", "poise_backend_server_sessions", "gauge", "sessions now"},
    {"sessions_total", "poise_backend_server_sessions_total", "counter", "sessions"},
    {"queue", "poise_backend_server_queue", "gauge", "sessions that wait for this server"},
    {"idle", "poise_backend_server_idle_connections", "gauge", "connections that wait to be used again"},
    {"connects", "poise_backend_server_connects_total", "counter", "connections that were opened"},
    {"reuses", "poise_backend_server_reuses_total", "counter", "sessions on connections that were open"},
    {"bytes_in", "poise_backend_server_bytes_in_total", "counter", "bytes to the server"},
    {"bytes_out", "poise_backend_server_bytes_out_total", "counter", "bytes from the server"},
    {"weight", "poise_backend_server_weight", "gauge", "weight in force"},
    {"up", "poise_backend_server_up", "gauge", "1: it is up"},
    {"check_failures", "poise_backend_server_check_failures_total", "counter", "checks that failed while it was up"},
    {"check_duration", "poise_backend_server_check_duration_ms", "gauge", "how long the last check took"},
    {"observed_failures", "poise_backend_server_observed_failures_total", "counter",
     "times that sessions had too many errors one after the other"},
    {"downs", "poise_backend_server_downs_total", "counter", "times that it went down"},
    {"downtime_s", "poise_backend_server_downtime_seconds_total", "counter", "how long it was down in all"},
};

const Column stick_table_columns[] = {
    {"entries", "poise_stick_table_entries", "gauge", "entries"},
    {"size", "poise_stick_table_size", "gauge", "entries that there is room for"},
    {"added", "poise_stick_table_added_total", "counter", "entries that were added"},
    {"evicted", "poise_stick_table_evicted_total", "counter", "entries that went before their time, for new ones"},
    {"refused", "poise_stick_table_refused_total", "counter", "entries that there was no room for"},
};

void append_responses(std::string& text, const json& list, const char* name, const char* label) {
  Metric metric(text, name, "counter", "responses to clients by class");
  for (const json& row : list)
    for (const char* code : {"1xx", "2xx", "3xx", "4xx", "5xx"})
      if (const std::string member = "responses_" + std::string(code); row.contains(member))
        metric.sample({{label, row["name"]}, {"code", code}}, row[member]);
}

// Of the workers' proxies: what there is, and what their TCP has counted.
void append_workers(std::string& text, const Core& core) {
  const json workers = workers_view(core);
  const auto append = [&](const std::string& name, const char* type, const std::string& help, auto&& value_of) {
    Metric metric(text, name, type, help.c_str());
    for (const json& row : workers)
      if (row.contains("proxy")) metric.sample({{"worker", row["worker"].dump()}}, value_of(row["proxy"]));
  };
  for (const auto& [member, help] :
       {std::pair("connections", "connections of clients and servers"),
        std::pair("clients", "clients that are connected"), std::pair("time_waits", "connections in TIME-WAIT"),
        std::pair("buffers", "packet buffers that are held")})
    append(std::string("poise_worker_proxy_") + member, "gauge", help,
           [&](const json& proxy) { return proxy[member]; });
  for (const l7::tcp::CounterInfo& info : l7::tcp::counter_infos)
    append("poise_worker_tcp_" + std::string(info.name) + "_total", "counter", std::string(info.meaning),
           [&](const json& proxy) { return proxy["tcp"][std::string(info.name)]; });
}

}  // namespace

void append_proxy(std::string& text, const Core& core) {
  const json frontends = frontends_view(core), backends = backends_view(core);
  append_columns(text, frontends, "frontend", "name", {std::begin(frontend_columns), std::end(frontend_columns)});
  append_responses(text, frontends, "poise_frontend_responses_total", "frontend");
  append_columns(text, backends, "backend", "name", {std::begin(backend_columns), std::end(backend_columns)});
  append_responses(text, backends, "poise_backend_responses_total", "backend");
  for (const Column& column : server_columns) {
    Metric metric(text, column.name, column.type, column.help);
    for (const json& backend : backends)
      for (const json& server : backend["servers"])
        if (server.contains(column.member))
          metric.sample({{"backend", backend["name"]}, {"server", server["name"]}}, server[column.member]);
  }
  append_columns(text, stick_tables_view(core), "table", "name",
                 {std::begin(stick_table_columns), std::end(stick_table_columns)});
  append_workers(text, core);
  const auto count = [](const proxy::Proxies* proxies, auto get) { return proxies == nullptr ? 0 : get(*proxies); };
  Metric(text, "poise_proxy_log_lines_lost_total", "counter", "lines of frontends for which there was no room")
      .sample({}, json(count(core.proxies(), [](const auto& proxies) { return proxies.log_lines_lost(); })));
}

}  // namespace poise::control
