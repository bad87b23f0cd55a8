#include "control/api/router.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/log.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

std::vector<std::string> segments(const std::string& path) {
  std::vector<std::string> result;
  std::stringstream stream(path);
  for (std::string segment; std::getline(stream, segment, '/');)
    if (!segment.empty()) result.push_back(segment);
  return result;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::vector<std::string>& parts) {
  parts.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].ends_with("...}")) {
      std::string rest;
      for (std::size_t j = i; j < path.size(); ++j) rest += (j == i ? "" : "/") + path[j];
      parts.push_back(rest);
      return i < path.size();
    }
    if (i >= path.size()) return false;
    if (pattern[i].starts_with("{"))
      parts.push_back(path[i]);
    else if (pattern[i] != path[i])
      return false;
  }
  return pattern.size() == path.size();
}

const char* role_name(config::Role role) {
  switch (role) {
    case config::Role::read:
      return "read";
    case config::Role::operate:
      return "operate";
    case config::Role::admin:
      return "admin";
  }
  return "";
}

Response refuse_role(const Request& request, const Route& route) {
  if (request.role)
    return problem(
        403, "not allowed",
        {{request.path, std::string("this takes the role ") + role_name(route.role), "use a token with that role"}});
  Response response = problem(401, "not authorised",
                              {{"Authorization", "a bearer token is needed here", "`poise token create` makes one"}});
  response.headers["WWW-Authenticate"] = "Bearer";
  return response;
}

}  // namespace

Response json_response(const json& body, int status) {
  Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return response;
}

Response problem(int status, const std::string& title, const Errors& errors) {
  json list = json::array();
  std::string detail;
  for (const Error& error : errors) {
    list.push_back({{"path", error.path}, {"problem", error.problem}, {"fix", error.fix}});
    detail += (detail.empty() ? "" : "; ") + to_string(error);
  }
  Response response = json_response(
      {{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}, {"errors", std::move(list)}},
      status);
  response.content_type = "application/problem+json";
  return response;
}

bool parse_target(const std::string& target, Request& into) {
  const auto parsed = boost::urls::parse_origin_form(target);
  if (!parsed) return false;
  into.path.clear();
  into.query.clear();
  for (const auto& segment : parsed->segments()) into.path += "/" + std::string(segment);
  for (const auto& parameter : parsed->params()) into.query[std::string(parameter.key)] = std::string(parameter.value);
  return into.path.find('\0') == std::string::npos;
}

Response dispatch(Core& core, Request request) {
  const std::vector<std::string> path = segments(request.path);
  std::string allowed;
  for (const Route& route : routes()) {
    std::vector<std::string> parts;
    if (!matches(segments(route.pattern), path, parts)) continue;
    if (route.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    if (!request.role || *request.role < route.role) return refuse_role(request, route);
    request.parts = std::move(parts);
    try {
      if (!route.is_slow) return route.handler(core, request);
      Response response;
      core.aside([&] { response = route.handler(core, request); });
      return response;
    } catch (const std::exception& error) {
      log::error("api", std::string("a handler failed: ") + error.what(), {{"path", request.path}});
      return problem(500, "internal error",
                     {{request.path, "poised could not answer this", "please report it with the log"}});
    }
  }
  if (allowed.empty())
    return problem(404, "not found", {{request.path, "there is no such path", "GET /v1/openapi.json lists them all"}});
  Response response = problem(405, "method not allowed",
                              {{request.path, request.method + " is not possible here", "allowed: " + allowed}});
  response.headers["Allow"] = allowed;
  return response;
}

json openapi() {
  json paths = json::object();
  for (const Route& route : routes()) {
    std::string path = route.pattern, method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    json parameters = json::array();
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
      const std::size_t end = path.find('}', at);
      std::string name = path.substr(at + 1, end - at - 1);
      if (name.ends_with("...")) {
        name.resize(name.size() - 3);
        path.replace(at, end - at + 1, "{" + name + "}");
      }
      parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
    }
    json operation{
        {"summary", route.summary},
        {"operationId", method + "_" + path},
        {"x-role", role_name(route.role)},
        {"responses",
         {{"200", {{"description", "done"}}}, {"default", {{"description", "a problem document (RFC 9457)"}}}}}};
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (!route.request_type.empty()) {
      const json schema = route.request_type == "document" ? json{{"$ref", "/v1/schema"}} : json::object();
      operation["requestBody"] = {{"content", {{"application/json", {{"schema", schema}}}}}};
    }
    paths[path][method] = std::move(operation);
  }
  return {{"openapi", "3.1.0"}, {"info", {{"title", "Poise"}, {"version", "1"}}}, {"paths", std::move(paths)}};
}

}  // namespace poise::control::api
