#include <nlohmann/json.hpp>

#include "control/cli/table.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;

std::vector<Json> rows_of_proxies(const Json& answer) {
  if (answer.is_array()) return {answer.begin(), answer.end()};
  return {answer};
}

std::string ends_of(const Json& frontend) {
  std::string text;
  for (const Json& bind : frontend.value("binds", Json::array())) {
    if (!bind.contains("address")) {
      text += (text.empty() ? "" : ", ") + ("no socket " + std::to_string(bind.value("fd", 0)));
      continue;
    }
    const std::string address = bind.value("address", "");
    const bool is_v6 = address.find(':') != std::string::npos;
    text += (text.empty() ? "" : ", ") + (is_v6 ? "[" + address + "]" : address) + ":" +
            std::to_string(bind.value("port", 0));
  }
  return text;
}

// "L7STS/503 in 12 ms": the last check, as HAProxy's page shows it.
std::string check_of(const Json& server) {
  const Json check = server.value("check", Json::object());
  if (check.empty()) return "";
  std::string text = check.value("status", "");
  if (check.contains("code") && check["code"] != 0) text += "/" + std::to_string(check.value("code", 0));
  if (check.contains("took_ms")) text += " in " + std::to_string(check.value("took_ms", 0)) + " ms";
  return text;
}

}  // namespace

std::string view_frontends(const Json& answer, const Style& style) {
  std::vector<Json> rows = rows_of_proxies(answer);
  if (rows.empty()) return "no frontends\n";
  for (Json& row : rows) row["listens"] = ends_of(row);
  return table_of({{"FRONTEND", "name"},
                   {"LISTENS ON", "listens", Format::word},
                   {"MODE", "mode", Format::word},
                   {"BACKEND", "backend", Format::word},
                   {"SESSIONS", "sessions", Format::count},
                   {"TOTAL", "sessions_total", Format::count},
                   {"REQUESTS", "requests_total", Format::count},
                   {"PER SECOND", "requests_per_second", Format::count},
                   {"IN", "bytes_in", Format::bytes},
                   {"OUT", "bytes_out", Format::bytes},
                   {"ERRORS", "request_errors", Format::count}},
                  rows, style);
}

std::string view_backends(const Json& answer, const Style& style) {
  const std::vector<Json> backends = rows_of_proxies(answer);
  if (backends.empty()) return "no backends\n";
  std::vector<Json> rows;
  for (const Json& backend : backends) {
    for (Json server : backend.value("servers", Json::array())) {
      server["backend"] = backend.value("name", "");
      server["last_check"] = check_of(server);
      rows.push_back(std::move(server));
    }
    Json all = backend;
    all["backend"] = backend.value("name", "");
    all["name"] = "(all)";
    rows.push_back(std::move(all));
  }
  return table_of({{"BACKEND", "backend"},
                   {"SERVER", "name", Format::word},
                   {"ADDRESS", "address", Format::word},
                   {"STATUS", "status", Format::word},
                   {"CHECK", "last_check", Format::word},
                   {"WEIGHT", "weight", Format::count},
                   {"SESSIONS", "sessions", Format::count},
                   {"QUEUE", "queue", Format::count},
                   {"TOTAL", "sessions_total", Format::count},
                   {"IN", "bytes_in", Format::bytes},
                   {"OUT", "bytes_out", Format::bytes},
                   {"RETRIES", "retries", Format::count},
                   {"FAILED", "connection_errors", Format::count}},
                  rows, style);
}

}  // namespace poise::control::cli
