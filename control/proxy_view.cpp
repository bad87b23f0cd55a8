#include <nlohmann/json.hpp>

#include "control/proxy/backend_health.hpp"
#include "control/views.hpp"
#include "l7/stats_rows.hpp"

namespace poise::control {
namespace {

using l7::report::StatsRow;
using nlohmann::json;

void put(json& object, const char* name, const StatsRow::Number& number) {
  if (number) object[name] = *number;
}

json view_of(const StatsRow& row) {
  json object{{"mode", row.mode}, {"status", row.status}};
  put(object, "sessions", row.sessions_now);
  put(object, "sessions_most", row.sessions_most);
  put(object, "sessions_limit", row.sessions_limit);
  put(object, "sessions_total", row.sessions);
  put(object, "sessions_per_second", row.session_rate);
  put(object, "sessions_per_second_most", row.session_rate_most);
  put(object, "requests_total", row.requests);
  put(object, "requests_per_second", row.request_rate);
  put(object, "requests_per_second_most", row.request_rate_most);
  put(object, "queue_ms", row.queue_ms);
  put(object, "connect_ms", row.connect_ms);
  put(object, "response_ms", row.response_ms);
  put(object, "total_ms", row.total_ms);
  put(object, "queue", row.queue_now);
  put(object, "queue_most", row.queue_most);
  put(object, "bytes_in", row.bytes_in);
  put(object, "bytes_out", row.bytes_out);
  put(object, "request_errors", row.request_errors);
  put(object, "denied_requests", row.denied_requests);
  put(object, "denied_responses", row.denied_responses);
  put(object, "denied_connections", row.denied_connections);
  put(object, "intercepted", row.intercepted);
  put(object, "rewrite_failures", row.rewrite_failures);
  put(object, "connection_errors", row.connection_errors);
  put(object, "response_errors", row.response_errors);
  put(object, "retries", row.retries);
  put(object, "redispatches", row.redispatches);
  put(object, "client_aborts", row.client_aborts);
  put(object, "server_aborts", row.server_aborts);
  put(object, "connects", row.connects);
  put(object, "reuses", row.reuses);
  put(object, "idle", row.idle_now);
  put(object, "weight", row.weight);
  put(object, "responses_1xx", row.responses_1xx);
  put(object, "responses_2xx", row.responses_2xx);
  put(object, "responses_3xx", row.responses_3xx);
  put(object, "responses_4xx", row.responses_4xx);
  put(object, "responses_5xx", row.responses_5xx);
  return object;
}

void put_text(json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

// What checks, agents and operators say of a server.
void put_health(json& object, const Core& core, const StatsRow& row) {
  put(object, "weight_configured", row.user_weight);
  put(object, "throttle_percent", row.throttle);
  put(object, "since_s", row.last_change_s);
  put(object, "downs", row.downs);
  put(object, "downtime_s", row.downtime_s);
  put(object, "observed_failures", row.observed_failures);
  put_text(object, "tracks", row.tracked);
  put(object, "check_failures", row.check_fails);
  put(object, "check_duration", row.check_ms);
  if (!row.check_status.empty()) {
    json check{{"status", row.check_status}, {"output", row.check_output}, {"description", row.check_description}};
    put(check, "code", row.check_code);
    put(check, "took_ms", row.check_ms);
    put(check, "rise", row.check_rise);
    put(check, "fall", row.check_fall);
    put(check, "health", row.check_health);
    put(check, "failed", row.check_fails);
    object["check"] = std::move(check);
  }
  if (!row.agent_status.empty()) {
    json agent{{"status", row.agent_status}, {"output", row.agent_output}, {"description", row.agent_description}};
    put(agent, "took_ms", row.agent_ms);
    put(agent, "health", row.agent_health);
    object["agent"] = std::move(agent);
  }
  const proxy::BackendHealth::Row* known = core.proxies()->health().find(row.proxy, row.server);
  if (known == nullptr) return;
  object["up"] = known->health.state().is_up();
  constexpr const char* admins[] = {"ready", "drain", "maint"};
  object["admin"] = admins[std::size_t(known->health.state().admin)];
  if (!known->drain) return;
  const Instant now = core.proxies()->now();
  const auto ms = [](Duration duration) { return duration / std::chrono::milliseconds(1); };
  object["drain"] = {{"since_ms", ms(now - known->drain->since)},
                     {"sessions_before", known->drain->sessions_before},
                     {"over", known->drain->is_over}};
  if (known->drain->deadline != never) object["drain"]["deadline_ms"] = ms(known->drain->deadline - now);
}

std::vector<StatsRow> rows_of(const Core& core) {
  std::vector<StatsRow> rows;
  if (core.proxies() == nullptr) return rows;
  for (const l7::Tables* tables : {core.proxies()->kernel_tables(), core.proxies()->worker_tables()}) {
    if (tables == nullptr) continue;
    const std::vector<StatsRow> more = l7::stats_rows(*tables, core.proxies()->now());
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

// With the address and port that an inherited socket listens on.
json view_of(const config::Bind& bind, const proxy::InheritedSockets& sockets) {
  if (!bind.fd) return {{"address", to_string(bind.address.value_or(IpAddr::v4(0)))}, {"port", bind.port.value_or(0)}};
  json object{{"fd", *bind.fd}};
  if (const auto* socket = sockets.find(*bind.fd)) {
    object["address"] = to_string(socket->address);
    object["port"] = socket->port;
  }
  return object;
}

}  // namespace

json frontends_view(const Core& core) {
  json list = json::array();
  for (const StatsRow& row : rows_of(core)) {
    if (row.kind != StatsRow::Kind::frontend) continue;
    json object = view_of(row);
    object["name"] = row.proxy;
    const config::Frontend& frontend = core.transactions().running().frontends.at(row.proxy);
    object["backend"] = frontend.default_backend ? json(*frontend.default_backend) : json(nullptr);
    for (const config::Bind& bind : frontend.binds) object["binds"].push_back(view_of(bind, core.proxies()->sockets()));
    list.push_back(std::move(object));
  }
  return list;
}

// What a worker's proxy and its TCP have and have counted.
json worker_proxy_view(const Core& core, std::size_t worker) {
  if (core.proxies() == nullptr || worker >= core.proxies()->workers().size()) return nullptr;
  const l7::WorkerHost& host = core.proxies()->workers()[worker];
  using Fact = l7::WorkerHost::Fact;
  json tcp = json::object();
  for (const l7::tcp::CounterInfo& info : l7::tcp::counter_infos) tcp[std::string(info.name)] = host.read(info.counter);
  return {{"connections", host.read(Fact::connections)},
          {"half_open", host.read(Fact::half_open)},
          {"time_waits", host.read(Fact::time_waits)},
          {"clients", host.read(Fact::clients)},
          {"sessions", host.read(Fact::sessions)},
          {"buffers", host.read(Fact::buffers)},
          {"without_buffer", host.read(Fact::without_buffer)},
          {"memory_bytes", host.memory_bytes()},
          {"tcp", std::move(tcp)}};
}

json backends_view(const Core& core) {
  json list = json::array(), servers = json::array();
  for (const StatsRow& row : rows_of(core)) {
    json object = view_of(row);
    if (row.kind == StatsRow::Kind::server) {
      object["name"] = row.server;
      object["address"] = row.address;
      object["backup"] = row.backup == 1u;
      put_health(object, core, row);
      servers.push_back(std::move(object));
    } else if (row.kind == StatsRow::Kind::backend) {
      object["name"] = row.proxy;
      object["balance"] = row.algorithm;
      put(object, "active", row.active);
      put(object, "backups", row.backup);
      put(object, "since_s", row.last_change_s);
      put(object, "downs", row.downs);
      put(object, "downtime_s", row.downtime_s);
      object["servers"] = std::exchange(servers, json::array());
      list.push_back(std::move(object));
    }
  }
  return list;
}

}  // namespace poise::control
