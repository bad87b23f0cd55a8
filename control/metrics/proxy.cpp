#include "control/metrics/proxy.hpp"

#include <nlohmann/json.hpp>

#include "control/metrics/metric.hpp"
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
};
const Column backend_columns[] = {
    {"sessions", "poise_backend_sessions", "gauge", "sessions now"},
    {"sessions_total", "poise_backend_sessions_total", "counter", "sessions"},
    {"queue", "poise_backend_queue", "gauge", "sessions that wait for a server"},
    {"retries", "poise_backend_retries_total", "counter", "connections that were tried again"},
    {"redispatches", "poise_backend_redispatches_total", "counter", "sessions that went to another server"},
    {"connection_errors", "poise_backend_connection_errors_total", "counter", "sessions without a connection"},
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
};

void append_responses(std::string& text, const json& list, const char* name, const char* label) {
  Metric metric(text, name, "counter", "responses to clients by class");
  for (const json& row : list)
    for (const char* code : {"1xx", "2xx", "3xx", "4xx", "5xx"})
      if (const std::string member = "responses_" + std::string(code); row.contains(member))
        metric.sample({{label, row["name"]}, {"code", code}}, row[member]);
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
  const auto count = [](const proxy::Proxies* proxies, auto get) { return proxies == nullptr ? 0 : get(*proxies); };
  Metric(text, "poise_proxy_log_lines_lost_total", "counter", "lines of frontends for which there was no room")
      .sample({}, json(count(core.proxies(), [](const auto& proxies) { return proxies.log_lines_lost(); })));
}

}  // namespace poise::control
