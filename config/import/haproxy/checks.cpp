#include "config/import/haproxy/checks.hpp"

#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// What is known of checks when all lines were taken, as checks of the backend and its servers.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// What a script is for whoever has only one request and one expectation: a check of kind http.
json http_check(Checks& checks) {
  json request = checks.request;
  json expect;
  bool is_simple = true, has_request = false;
  for (const json& step : checks.http_steps) {
    if (step.contains("request") && !has_request && expect.is_null()) {
      request.merge_patch(step["request"]);
      has_request = true;
    } else if (step.contains("expect") && expect.is_null()) {
      expect = step["expect"];
    } else {
      is_simple = false;
    }
  }
  json check{{"kind", "http"}};
  if (is_simple) {
    if (!request.empty()) check["request"] = request;
    if (!expect.is_null()) check["expect"] = expect;
    return check;
  }
  json steps = json::array();
  for (json step : checks.http_steps) {
    if (step.contains("request") && steps.size() <= 1) {
      json whole = checks.request;
      whole.merge_patch(step["request"]);
      step["request"] = whole;
    }
    steps.push_back(std::move(step));
  }
  if (steps.back().contains("request")) steps.push_back({{"expect", {{"statuses", {"200-399"}}}}});
  return {{"kind", "script"}, {"steps", steps}};
}

json check_of_option(Checks& checks) {
  if (!checks.option) return json::object();
  const std::string& name = checks.option->word(1);
  if (name == "httpchk") return http_check(checks);
  if (name == "ssl-hello-chk") return {{"tls", json::object()}};
  std::vector<json> steps = name == "tcp-check" ? checks.tcp_steps : steps_of_protocol(*checks.option);
  if (steps.empty()) return json::object();
  return {{"kind", "script"}, {"steps", steps}};
}

struct TimeRow {
  std::string_view theirs;
  const char* ours;
};
constexpr std::array time_rows = {TimeRow{"inter", "inter_ms"}, TimeRow{"fastinter", "fast_inter_ms"},
                                  TimeRow{"downinter", "down_inter_ms"}};
constexpr std::uint64_t time_max_ms = 86'400'000;

// Server - one of them with its words about checks.
struct Server {
  Proxy& proxy;
  const Proxy::NamedServer& source;
  json check = json::object(), health = json::object();

  const std::string* find(const char* word) const {
    const auto found = source.check_words.find(word);
    return found == source.check_words.end() ? nullptr : &found->second;
  }
  bool has(const char* word) const { return find(word) != nullptr; }
  template <class T>
  void set(json& object, const char* field, const Result<T>& value) {
    if (value)
      object[field] = *value;
    else
      proxy.mapping.refuse(source.line, value.error());
  }
};

Result<std::uint64_t> time_of(const std::string& text) {
  auto time = read_time(text);
  if (time && *time == 0) return tl::unexpected(Error{"", "\"" + text + "\" is no time between checks", "write more"});
  if (time) *time = std::min(*time, time_max_ms);
  return time;
}

void read_check(Server& server) {
  for (const TimeRow& row : time_rows)
    if (const std::string* text = server.find(std::string(row.theirs).c_str()))
      server.set(server.check, row.ours, time_of(*text));
  for (const char* field : {"rise", "fall"})
    if (const std::string* text = server.find(field)) server.set(server.check, field, read_number(*text, 1, 65535));
  if (const std::string* text = server.find("port")) server.set(server.check, "port", read_number(*text, 1, 65535));
  if (const std::string* text = server.find("addr"))
    if (const auto address = server.proxy.mapping.address(server.source.line, *text))
      if (const auto host = server.proxy.mapping.host(server.source.line, *address))
        server.check["address"] = to_string(*host);
  if (const std::string* text = server.find("check-sni")) server.check["sni"] = *text;
}

void read_health(Server& server) {
  struct Row {
    const char *theirs, *ours;
    std::array<std::string_view, 4> values;
  };
  constexpr Row rows[] = {{"observe", "observe", {"layer4", "layer7"}},
                          {"on-error", "on_error", {"fastinter", "fail-check", "sudden-death", "mark-down"}},
                          {"on-marked-down", "on_marked_down", {"shutdown-sessions"}},
                          {"on-marked-up", "on_marked_up", {"shutdown-backup-sessions"}},
                          {"init-state", "init_state", {"up", "fully-up", "down", "fully-down"}}};
  Mapping& mapping = server.proxy.mapping;
  for (const Row& row : rows) {
    const std::string* value = server.find(row.theirs);
    if (value == nullptr) continue;
    if (std::find(row.values.begin(), row.values.end(), *value) == row.values.end())
      mapping.refuse(server.source.line, std::string(row.theirs) + ": there is no \"" + *value + "\"",
                     "write one of those that HAProxy knows");
    else
      server.health[row.ours] = *value;
  }
  if (const std::string* text = server.find("error-limit"))
    server.set(server.health, "error_limit", read_number(*text, 1, 65535));
  if (const std::string* text = server.find("slowstart")) {
    auto time = read_time(*text);
    if (time) *time = std::min(*time, time_max_ms);
    server.set(server.health, "slow_start_ms", time);
  }
}

void read_agent(Server& server, json& object) {
  if (!server.has("agent-check") || server.has("no-agent-check")) return;
  if (!server.has("agent-port"))
    return server.proxy.mapping.refuse(server.source.line, "agent-check needs agent-port", "write it");
  json agent = json::object();
  server.set(agent, "port", read_number(*server.find("agent-port"), 1, 65535));
  if (const std::string* text = server.find("agent-inter")) server.set(agent, "inter_ms", time_of(*text));
  if (const std::string* text = server.find("agent-send")) agent["send"] = as_payload(*text);
  if (const std::string* text = server.find("agent-addr"))
    if (const auto address = server.proxy.mapping.address(server.source.line, *text))
      if (const auto host = server.proxy.mapping.host(server.source.line, *address))
        agent["address"] = to_string(*host);
  object["agent"] = std::move(agent);
}

// "backend/server", or a server of the same backend.
void read_track(Server& server, json& object) {
  const std::string* text = server.find("track");
  if (text == nullptr) return;
  const std::string whole = text->find('/') == std::string::npos ? server.proxy.section.name + "/" + *text : *text;
  const auto found = server.proxy.mapping.server_names.find(whole);
  if (found == server.proxy.mapping.server_names.end())
    return server.proxy.mapping.refuse(server.source.line, "track: there is no server \"" + whole + "\"",
                                       "write it as BACKEND/SERVER");
  object["track"] = found->second;
}

// What all of them say alike is said once, in the backend.
void hoist(std::vector<Server*>& servers, json Server::* part, json& to) {
  if (servers.empty()) return;
  const json first = servers[0]->*part;
  for (const auto& [field, value] : first.items()) {
    const bool is_alike = std::all_of(servers.begin(), servers.end(), [&](Server* server) {
      const json& own = server->*part;
      return own.contains(field) && own[field] == value;
    });
    if (!is_alike || field == "sni") continue;
    to[field] = value;
    for (Server* server : servers) (server->*part).erase(field);
  }
}

// Those words that are of the backend's check: all servers that are checked have them, or none.
void take_common_words(std::vector<Server*>& checked, json& check, Mapping& mapping) {
  for (const char* word : {"check-ssl", "check-send-proxy"}) {
    const auto count = std::count_if(checked.begin(), checked.end(), [&](Server* each) { return each->has(word); });
    if (count == 0) continue;
    if (std::size_t(count) < checked.size())
      for (Server* each : checked)
        mapping.changed(each->source.line, std::string(word) + " is for all servers of the backend that are checked");
    if (std::string_view(word) == "check-send-proxy") check["send_proxy"] = true;
    if (std::string_view(word) == "check-ssl" && !check.contains("tls")) check["tls"] = json::object();
  }
  for (Server* each : checked)
    if (!check.contains("tls")) each->check.erase("sni");
}

}  // namespace

void finish_checks(Proxy& proxy) {
  if (!proxy.has_back() || proxy.servers.empty()) return;
  Mapping& mapping = proxy.mapping;
  json& backend = proxy.back(proxy.section.head).object;
  std::vector<Server> servers;
  for (const Proxy::NamedServer& each : proxy.servers) servers.push_back({proxy, each});
  std::vector<Server*> checked, all;
  for (Server& server : servers) {
    json& object = backend["servers"][server.source.name];
    read_agent(server, object);
    read_track(server, object);
    read_health(server);
    const bool is_checked = server.has("check") && !object.contains("track");
    if (is_checked) read_check(server);
    if (is_checked) checked.push_back(&server);
    if (!is_checked && server.health.erase("observe") > 0)
      mapping.ignored(server.source.line, "observe: the server is not checked");
    all.push_back(&server);
  }
  json health = json::object();
  if (checked.size() == all.size()) hoist(all, &Server::health, health);
  if (!health.empty()) backend["health"] = health;
  if (checked.empty() && proxy.checks.option && !proxy.checks.option->is_inherited)
    mapping.ignored(*proxy.checks.option, "no server of the backend has check");
  if (!checked.empty()) {
    json check = check_of_option(proxy.checks);
    if (proxy.checks.logs) check["log"] = true;
    if (proxy.checks.timeout_ms.value_or(0) > 0) check["timeout_ms"] = std::min(*proxy.checks.timeout_ms, time_max_ms);
    take_common_words(checked, check, mapping);
    hoist(checked, &Server::check, check);
    const Line& line = proxy.checks.option.value_or(checked[0]->source.line);
    Part part = proxy.back(proxy.section.head);
    mapping.taken(checked[0]->source.line, part.shown_of("check"));
    part.set(line, "check", std::move(check));
  }
  for (Server& server : servers) {
    json& object = backend["servers"][server.source.name];
    const bool is_checked = std::find(checked.begin(), checked.end(), &server) != checked.end();
    if (!checked.empty() && !is_checked) object["check"] = {{"enabled", false}};
    if (is_checked && !server.check.empty()) object["check"] = server.check;
    if (!server.health.empty()) object["health"] = server.health;
  }
}

}  // namespace poise::config::importing::haproxy
