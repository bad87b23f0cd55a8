#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "control/api/http.hpp"
#include "control/core.hpp"

namespace poise::control::api {

// Route - one row of the API: what docs/api.md, GET /v1/openapi.json and the dispatcher are made of. `{name}` matches
// one path segment,
// `{name...}` the rest.
struct Route {
  std::string method, pattern;
  config::Role role;  // the least that may call it
  std::string summary;
  std::string request_type;  // of the body: "" none, "document", "patch", "object"
  Response (*handler)(Core& core, const Request& request);
  // It takes its time and keeps to what Background allows: it is run there.
  bool is_slow = false;
};

std::span<const Route> routes();  // the table: routes.cpp

// Finds the route, checks the caller's role, runs the handler. Never throws: what goes wrong is a problem document.
Response dispatch(Core& core, Request request);

// RFC 9457 problem details with the member `errors`.
Response problem(int status, const std::string& title, const Errors& errors = {});
Response json_response(const nlohmann::json& body, int status = 200);

nlohmann::json openapi();

// "/v1/config?full=true" -> path and query, percent-decoded; false: malformed.
bool parse_target(const std::string& target, Request& into);

}  // namespace poise::control::api
