#include <nlohmann/json.hpp>

#include "config/edit.hpp"
#include "config/schema.hpp"
#include "control/api/handlers.hpp"
#include "control/proxy/backend_health.hpp"
#include "control/views.hpp"

// What operators want of the servers of backends at run time: it is in force at once and goes on across changes of the
// configuration, but is no part of it.
namespace poise::control::api {
namespace {

using nlohmann::json;
using proxy::BackendHealth;
using Key = BackendHealth::Key;

Response malformed(const std::string& path, const std::string& what, const std::string& fix) {
  return problem(400, "the request is malformed", {{path, what, fix}});
}

Response view_of(const Core& core, const Key& key) {
  const json backend = named(backends_view(core), key.first);
  return json_response(backend.is_null() ? json::object() : named(backend["servers"], key.second));
}

// `use` says why it can't be done, or "".
template <class Use>
Response change(Core& core, const Request& request, Use&& use) {
  const Key key(request.parts[0], request.parts[1]);
  const std::string path = "backends." + key.first + ".servers." + key.second;
  if (core.proxies() == nullptr || core.proxies()->health().find(key.first, key.second) == nullptr)
    return problem(404, "no such server",
                   {{path, "no server has that name", "`poise backend " + key.first + "` lists them"}});
  const std::string why = use(core.proxies()->health(), key);
  if (!why.empty()) return problem(409, "that can't be done", {{path, why, ""}});
  return view_of(core, key);
}

// The body: an object with members of these names alone.
Results<json> members_of(const Request& request, std::initializer_list<const char*> names) {
  Results<json> body = config::read_body(request.body);
  if (!body) return body;
  std::string known;
  for (const char* name : names) known += (known.empty() ? "" : ", ") + std::string(name);
  if (!body->is_object() || body->empty())
    return tl::unexpected(Errors{{"", "the body is no object with members", "use " + known}});
  for (const auto& [name, value] : body->items())
    if (std::none_of(names.begin(), names.end(), [&, &member = name](const char* each) { return member == each; }))
      return tl::unexpected(Errors{{name, "unknown", "use " + known}});
  return body;
}

std::string word_of(const json& body, const char* name) {
  return body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
}

bool is_number(const json& value, std::uint64_t most) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= most;
}

}  // namespace

Response set_backend_server_state(Core& core, const Request& request) {
  const Results<json> body = members_of(request, {"state", "deadline_ms"});
  if (!body) return problem(400, "the request is malformed", body.error());
  using l7::health::Admin;
  const std::string word = word_of(*body, "state");
  if (word != "ready" && word != "drain" && word != "maint")
    return malformed("state", "\"" + word + "\" is no state of a server", "use ready, drain or maint");
  const Admin admin = word == "ready" ? Admin::ready : word == "drain" ? Admin::drain : Admin::maint;
  std::optional<Duration> deadline;
  if (body->contains("deadline_ms")) {
    if (admin != Admin::drain || !is_number((*body)["deadline_ms"], 604'800'000))
      return malformed("deadline_ms", "is no time of a drain", "a number of milliseconds, with state drain");
    deadline = std::chrono::milliseconds((*body)["deadline_ms"].get<std::uint64_t>());
  }
  return change(core, request, [&](BackendHealth& health, const Key& key) {
    return health.set_admin(core.proxies()->now(), key, admin, deadline);
  });
}

Response set_backend_server_weight(Core& core, const Request& request) {
  const Results<json> body = members_of(request, {"weight", "percent"});
  if (!body) return problem(400, "the request is malformed", body.error());
  if (body->size() != 1) return malformed("", "weight and percent are two ways to say it", "use one of them");
  const bool is_percent = body->contains("percent");
  const json& value = *body->begin();
  if (!is_number(value, is_percent ? 25600 : 256) && (is_percent || !value.is_null()))
    return malformed(is_percent ? "percent" : "weight", "is no weight",
                     "a number from 0 to 256, or null for the configured one; or percent of that");
  return change(core, request, [&](BackendHealth& health, const Key& key) {
    std::optional<std::uint32_t> weight;
    if (!value.is_null()) weight = value.get<std::uint32_t>();
    const std::uint32_t configured = health.find(key.first, key.second)->settings.weight;
    if (is_percent) weight = std::min<std::uint32_t>((configured * *weight + 99) / 100, 256);
    health.set_weight(core.proxies()->now(), key, weight);
    return std::string();
  });
}

Response set_backend_server_health(Core& core, const Request& request) {
  const Results<json> body = members_of(request, {"health", "checks"});
  if (!body) return problem(400, "the request is malformed", body.error());
  using Forced = l7::health::ServerHealth::Forced;
  const std::string word = word_of(*body, "health");
  const bool is_known = word == "up" || word == "stopping" || word == "down";
  if (body->contains("health") && !is_known)
    return malformed("health", "\"" + word + "\" is no health", "use up, stopping or down");
  if (body->contains("checks") && !(*body)["checks"].is_boolean())
    return malformed("checks", "is neither true nor false", "true: the checks of the configuration go on");
  return change(core, request, [&](BackendHealth& health, const Key& key) {
    std::string why;
    const Instant now = core.proxies()->now();
    if (body->contains("checks")) why = health.switch_check(now, key, (*body)["checks"].get<bool>());
    if (!why.empty() || word.empty()) return why;
    return health.force(now, key, word == "up" ? Forced::up : word == "down" ? Forced::down : Forced::stopping);
  });
}

Response set_backend_server_agent(Core& core, const Request& request) {
  const Results<json> body = members_of(request, {"agent", "checks"});
  if (!body) return problem(400, "the request is malformed", body.error());
  const std::string word = word_of(*body, "agent");
  if (body->contains("agent") && word != "up" && word != "down")
    return malformed("agent", "\"" + word + "\" is nothing that an agent says", "use up or down");
  if (body->contains("checks") && !(*body)["checks"].is_boolean())
    return malformed("checks", "is neither true nor false", "true: the agent is asked");
  return change(core, request, [&](BackendHealth& health, const Key& key) {
    std::string why;
    const Instant now = core.proxies()->now();
    if (body->contains("checks")) why = health.switch_agent(now, key, (*body)["checks"].get<bool>());
    return why.empty() && !word.empty() ? health.force_agent(now, key, word == "up") : why;
  });
}

}  // namespace poise::control::api
