#include <nlohmann/json.hpp>

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

std::vector<StatsRow> rows_of(const Core& core) {
  const l7::Tables* tables = core.proxies() == nullptr ? nullptr : core.proxies()->kernel_tables();
  return tables == nullptr ? std::vector<StatsRow>() : l7::stats_rows(*tables, core.now());
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
    for (const config::Bind& bind : frontend.binds)
      object["binds"].push_back({{"address", to_string(bind.address.value_or(IpAddr::v4(0)))}, {"port", bind.port}});
    list.push_back(std::move(object));
  }
  return list;
}

json backends_view(const Core& core) {
  json list = json::array(), servers = json::array();
  for (const StatsRow& row : rows_of(core)) {
    json object = view_of(row);
    if (row.kind == StatsRow::Kind::server) {
      object["name"] = row.server;
      object["address"] = row.address;
      object["backup"] = row.backup == 1u;
      servers.push_back(std::move(object));
    } else if (row.kind == StatsRow::Kind::backend) {
      object["name"] = row.proxy;
      object["balance"] = row.algorithm;
      object["servers"] = std::exchange(servers, json::array());
      list.push_back(std::move(object));
    }
  }
  return list;
}

}  // namespace poise::control
