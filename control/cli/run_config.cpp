#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

// What an operator typed as a value: JSON when it is JSON, else a string. A number that JSON would round stays a
// string, so that the API refuses it with the right words.
std::string value_of(const std::string& typed) {
  const nlohmann::json value = nlohmann::json::parse(typed, nullptr, false);
  const bool rounded = value.is_number_float();
  return value.is_discarded() || rounded
             ? nlohmann::json(typed).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
             : typed;
}

Outcome<void> change(Context& context, const Invocation& invocation, Request request) {
  request.path += change_query(invocation);
  if (invocation.has("--if-revision")) request.if_match = "\"" + invocation.get("--if-revision") + "\"";
  const Outcome<Response> response = context.client.call(request);
  if (!response) return tl::unexpected(response.error());
  return report_change(context, invocation, *response);
}

}  // namespace

Outcome<void> run_config_get(Context& context, const Invocation& invocation) {
  const std::string path = config_path(invocation.get("PATH")) + (invocation.has("--full") ? "?full=true" : "");
  const Outcome<Response> response = context.client.call({.method = "GET", .path = path});
  if (!response) return tl::unexpected(response.error());
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << (context.json ? answer->dump() + "\n" : view_document(*answer, context.style));
  return {};
}

Outcome<void> run_config_set(Context& context, const Invocation& invocation) {
  return change(
      context, invocation,
      {.method = "PUT", .path = config_path(invocation.get("PATH")), .body = value_of(invocation.get("VALUE"))});
}

Outcome<void> run_config_delete(Context& context, const Invocation& invocation) {
  return change(context, invocation, {.method = "DELETE", .path = config_path(invocation.get("PATH"))});
}

Outcome<void> run_config_plan(Context& context, const Invocation& invocation) {
  const Outcome<std::string> document = read_document(invocation.get("FILE"));
  if (!document) return tl::unexpected(document.error());
  const Outcome<Response> response =
      context.client.call({.method = "POST", .path = "/v1/config/plan", .body = without_comments(*document)});
  if (!response) return tl::unexpected(response.error());
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << (context.json ? answer->dump() + "\n" : view_changes(*answer, context.style));
  return {};
}

Outcome<void> run_config_commit(Context& context, const Invocation& invocation) {
  const Outcome<std::string> document = read_document(invocation.get("FILE"));
  if (!document) return tl::unexpected(document.error());
  return commit_document(context, invocation, without_comments(*document));
}

Outcome<void> commit_document(Context& context, const Invocation& invocation, const std::string& body) {
  return change(context, invocation, {.method = "PUT", .path = "/v1/config", .body = body});
}

Outcome<void> run_config_confirm(Context& context, const Invocation&) {
  const Outcome<Response> response = context.client.call({.method = "POST", .path = "/v1/config/confirm"});
  if (!response) return tl::unexpected(response.error());
  if (context.json)
    context.out << response->body << (response->body.ends_with('\n') ? "" : "\n");
  else
    context.out << "confirmed: the running revision stays\n";
  return {};
}

Outcome<void> run_config_rollback(Context& context, const Invocation& invocation) {
  const std::string body = invocation.has("REVISION") ? "{\"revision\": " + invocation.get("REVISION") + "}" : "{}";
  return change(context, invocation, {.method = "POST", .path = "/v1/config/rollback", .body = body});
}

Outcome<void> run_config_show(Context& context, const Invocation& invocation) {
  const Outcome<nlohmann::json> answer = fetch(context, "/v1/revisions/" + invocation.get("REVISION"));
  if (!answer) return tl::unexpected(answer.error());
  const nlohmann::json& document = member(*answer, "document");
  context.out << (context.json ? answer->dump() + "\n"
                               : view_document(document.is_null() ? *answer : document, context.style));
  return {};
}

}  // namespace poise::control::cli
