#include "control/metrics/prometheus.hpp"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "control/log.hpp"
#include "control/metrics/metric.hpp"
#include "control/metrics/proxy.hpp"
#include "control/views.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

void append_services(std::string& text, const json& services) {
  append_columns(text, services, "service", "name",
                 {{"connections", "poise_service_connections", "gauge", "connections now"},
                  {"flows_total", "poise_service_flows_total", "counter", "flows made"},
                  {"refused", "poise_service_refused_total", "counter", "new flows refused for want of a server"},
                  {"packets_to_server", "poise_service_packets_to_server_total", "counter", "packets towards servers"},
                  {"packets_to_client", "poise_service_packets_to_client_total", "counter", "packets towards clients"},
                  {"bytes_to_server", "poise_service_bytes_to_server_total", "counter", "IP bytes towards servers"},
                  {"bytes_to_client", "poise_service_bytes_to_client_total", "counter", "IP bytes towards clients"}});
  const Column columns[] = {
      {"connections", "poise_server_connections", "gauge", "connections now"},
      {"weight", "poise_server_weight", "gauge", "weight in force"},
      {"flows_total", "poise_server_flows_total", "counter", "flows made"},
      {"packets_to_server", "poise_server_packets_to_server_total", "counter", "packets towards the server"},
      {"packets_to_client", "poise_server_packets_to_client_total", "counter", "packets from the server"},
      {"bytes_to_server", "poise_server_bytes_to_server_total", "counter", "IP bytes towards the server"},
      {"bytes_to_client", "poise_server_bytes_to_client_total", "counter", "IP bytes from the server"}};
  for (const Column& column : columns) {
    Metric metric(text, column.name, column.type, column.help);
    for (const json& service : services)
      for (const json& server : service.value("servers", json::array()))
        metric.sample({{"service", service["name"]}, {"server", server["name"]}}, server.value(column.member, json(0)));
  }
  Metric up(text, "poise_server_up", "gauge", "1 when the server takes new flows");
  for (const json& service : services)
    for (const json& server : service.value("servers", json::array()))
      up.sample({{"service", service["name"]}, {"server", server["name"]}}, json(server.value("status", "") == "up"));
}

void append_health(std::string& text, const Core& core) {
  const json pools = pools_view(core);
  {
    Metric up(text, "poise_pool_up", "gauge", "1 while the pool has its quorum of healthy servers");
    for (const json& pool : pools) up.sample({{"pool", pool["name"]}}, json(pool["up"] == true));
  }
  const Column columns[] = {{"state", "poise_health_check_up", "gauge", "1 while the check says that all is well"},
                            {"passed", "poise_health_check_passed_total", "counter", "probes that passed"},
                            {"failed", "poise_health_check_failed_total", "counter", "probes that failed"}};
  for (const Column& column : columns) {
    Metric metric(text, column.name, column.type, column.help);
    for (const json& pool : pools)
      for (const json& server : pool["servers"])
        for (const json& check : server.value("checks", json()))
          metric.sample({{"pool", pool["name"]}, {"server", server["name"]}, {"check", check["name"]}},
                        check[column.member].is_string() ? json(check[column.member] == "up") : check[column.member]);
  }
}

// What the TCP of health checks counts: one row for each thing, and those that never happened too.
void append_check_connections(std::string& text, const Core& core) {
  const health::TcpConnections& connections = core.probe_connections();
  Metric(text, "poise_check_connections", "gauge", "TCP connections of health checks now")
      .sample({}, json(connections.size()));
  {
    Metric events(text, "poise_check_tcp_total", "counter", "what happened to TCP of health checks; docs/tcp.md");
    for (const auto& info : l7::tcp::counter_infos)
      events.sample({{"event", std::string(info.name)}}, json(connections.counters().read(info.counter)));
    for (const auto& info : l7::tcp::refusals)
      events.sample({{"event", std::string(info.counter)}}, json(connections.counters().read(info.refusal)));
  }
  const health::TcpConnections::Lost& lost = connections.lost();
  Metric(text, "poise_check_packets_lost_total", "counter", "packets of such connections that control has dropped")
      .sample({{"reason", "no_buffer"}}, json(lost.without_buffer))
      .sample({{"reason", "no_next_hop"}}, json(lost.without_next_hop))
      .sample({{"reason", "too_many_waiting"}}, json(lost.too_many_waiting));
}

// Counters by the names of RFC 6527; one `discarded` for each cause.
void append_vrrp(std::string& text, const Core& core) {
  const json instances = vrrp_view(core);
  if (instances.empty()) return;
  json counters = json::array();
  for (const json& instance : instances) {
    json row = instance["counters"];
    row["name"] = instance["name"];
    row["is_master"] = instance["state"] == "master";
    row["effective_priority"] = instance["effective_priority"];
    row["has_split_brain"] = instance["split_brain"] != "";
    row["split_brains"] = instance["split_brains"];
    counters.push_back(std::move(row));
  }
  append_columns(
      text, counters, "instance", "name",
      {{"is_master", "poise_vrrp_master", "gauge", "1 while this node is the master"},
       {"effective_priority", "poise_vrrp_priority", "gauge", "priority after tracking"},
       {"has_split_brain", "poise_vrrp_split_brain", "gauge", "1 while another node is, or may be, master, too"},
       {"split_brains", "poise_vrrp_split_brains_total", "counter", "times that began"},
       {"master_transitions", "poise_vrrp_master_transitions_total", "counter", "times it became master"},
       {"adverts_sent", "poise_vrrp_adverts_sent_total", "counter", "advertisements sent"},
       {"adverts_received", "poise_vrrp_adverts_received_total", "counter", "advertisements listened to"},
       {"priority_zero_sent", "poise_vrrp_priority_zero_sent_total", "counter", "said that it leaves"},
       {"priority_zero_received", "poise_vrrp_priority_zero_received_total", "counter", "heard that the master leaves"},
       {"announcements_sent", "poise_vrrp_announcements_sent_total", "counter",
        "gratuitous ARP and neighbor advertisements"}});
  Metric metric(text, "poise_vrrp_discarded_total", "counter", "advertisements not listened to, by cause");
  for (const json& row : counters)
    for (const auto& [cause, count] : row["discarded"].items())
      metric.sample({{"instance", row["name"].get<std::string>()}, {"cause", cause}}, count);
}

void append_checks(std::string& text, const Core& core) {
  json rows = json::array();
  const auto append = [&rows](const char* kind, const Checks::Rows& checks) {
    for (const auto& [name, row] : checks)
      rows.push_back({{"check", std::string(kind) + "/" + name},
                      {"up", row.state == Checks::State::up},
                      {"runs", row.runs},
                      {"failures", row.failures},
                      {"timeouts", row.timeouts}});
  };
  append("script", core.checks().scripts());
  append("file", core.checks().files());
  if (!rows.empty())
    append_columns(text, rows, "check", "check",
                   {{"up", "poise_check_up", "gauge", "1 while a script or file says that all is well"},
                    {"runs", "poise_check_runs_total", "counter", "times it was run"},
                    {"failures", "poise_check_failures_total", "counter", "runs that failed"},
                    {"timeouts", "poise_check_timeouts_total", "counter", "runs that were ended at their timeout"}});
  const Notifier::Counters& notices = core.notifier().counters();
  Metric(text, "poise_notifications_total", "counter", "notify commands and mails")
      .sample({{"result", "done"}}, json(notices.done))
      .sample({{"result", "failed"}}, json(notices.failed))
      .sample({{"result", "dropped"}}, json(notices.dropped));
  Metric(text, "poise_notifications_queued", "gauge", "not delivered yet").sample({}, json(core.notifier().queued()));
}

void append_heartbeats(std::string& text, const Core& core) {
  json rows = heartbeats_view(core);
  if (rows.empty()) return;
  for (json& row : rows) row["is_up"] = row["state"] == "up";
  append_columns(text, rows, "heartbeat", "name",
                 {{"is_up", "poise_heartbeat_up", "gauge", "1 while the peer is heard and hears us"},
                  {"sent", "poise_heartbeat_sent_total", "counter", "packets sent"},
                  {"received", "poise_heartbeat_received_total", "counter", "packets received"},
                  {"lost", "poise_heartbeat_lost_total", "counter", "times the peer fell silent"}});
}

void append_node(std::string& text, const Core& core) {
  const json status = status_view(core);
  Metric(text, "poise_info", "gauge", "version of the daemon")
      .sample({{"version", core.version()}, {"name", status["name"]}}, std::string("1"));
  Metric(text, "poise_revision", "gauge", "running configuration revision").sample({}, status["revision"]);
  Metric(text, "poise_uptime_seconds", "gauge", "since the start")
      .sample({}, std::to_string(status["uptime_ms"].get<std::int64_t>() / 1000));
  Metric(text, "poise_packet_buffers", "gauge", "packet buffers there are")
      .sample({}, status["memory"]["packet_buffers"]);
  Metric(text, "poise_packet_buffers_in_use", "gauge", "packet buffers taken")
      .sample({}, status["memory"]["packet_buffers_in_use"]);
  Metric(text, "poise_log_lines_lost_total", "counter", "log lines dropped because the queue was full")
      .sample({}, json(log::lost()));
}

}  // namespace

std::string escape_label(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text;
}

namespace {

void append_appliance(std::string& text, const Core& core) {
  append_node(text, core);
  append_columns(
      text, workers_view(core), "worker", "worker",
      {{"alive", "poise_worker_alive", "gauge", "1 while the worker makes progress"},
       {"loops", "poise_worker_loops_total", "counter", "iterations of the polling loop"},
       {"packets", "poise_worker_packets_total", "counter", "packets received"},
       {"flows", "poise_worker_flows", "gauge", "flow entries in use"},
       {"flows_embryonic", "poise_worker_flows_embryonic", "gauge", "flows not yet established"},
       {"flows_created", "poise_worker_flows_created_total", "counter", "flows made"},
       {"flows_expired", "poise_worker_flows_expired_total", "counter", "flows ended by their timeout"},
       {"flows_evicted", "poise_worker_flows_evicted_total", "counter", "embryonic flows that gave way"},
       {"handed_off", "poise_worker_handed_off_total", "counter", "packets given to other workers"},
       {"wrong_core", "poise_worker_wrong_core_total", "counter", "replies that the NIC brought to the wrong worker"}});
  append_vrrp(text, core);
  append_checks(text, core);
  append_health(text, core);
  append_check_connections(text, core);
  append_heartbeats(text, core);
  append_proxy(text, core);
  append_columns(text, interfaces_view(core), "interface", "name",
                 {{"packets_received", "poise_port_received_packets_total", "counter", "packets received"},
                  {"bytes_received", "poise_port_received_bytes_total", "counter", "bytes received"},
                  {"packets_sent", "poise_port_sent_packets_total", "counter", "packets sent"},
                  {"bytes_sent", "poise_port_sent_bytes_total", "counter", "bytes sent"},
                  {"missed", "poise_port_missed_total", "counter", "frames the device lost"}});
  Metric links(text, "poise_port_up", "gauge", "1 while the link is up");
  for (const json& interface : interfaces_view(core))
    if (interface.contains("missed")) links.sample({{"interface", interface["name"]}}, json(interface["link"] == "up"));
  append_columns(text, drops_view(core), "reason", "reason",
                 {{"count", "poise_dropped_packets_total", "counter", "packets that went no further"}});
  append_columns(text, stages_view(core), "stage", "stage",
                 {{"cycles", "poise_stage_sampled_cycles_total", "counter", "cycles of the sampled bursts"},
                  {"packets", "poise_stage_sampled_packets_total", "counter", "packets of the sampled bursts"}});
}

}  // namespace

std::string prometheus_text(const Core& core) {
  std::string text;
  core.on_control([&] { append_appliance(text, core); });
  append_services(text, services_view(core));
  return text;
}

}  // namespace poise::control
