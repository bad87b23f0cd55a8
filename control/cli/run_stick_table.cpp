#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

// What is changed in stick tables: nothing of it is configuration.
namespace poise::control::cli {
namespace {

std::string table_path(const Invocation& invocation) {
  return "/v1/stick_tables/" + url_encode(invocation.get("NAME"));
}

std::string entry_path(const Invocation& invocation, const std::string& key) {
  return table_path(invocation) + "/entries/" + url_encode(key);
}

}  // namespace

Outcome<void> run_stick_table_clear(Context& context, const Invocation& invocation) {
  const bool is_one = invocation.has("--key");
  const Outcome<Response> response = context.client.call(
      {.method = is_one ? "DELETE" : "POST",
       .path = is_one ? entry_path(invocation, invocation.get("--key")) : table_path(invocation) + "/clear"});
  if (!response) return tl::unexpected(response.error());
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << answer->value("removed", 0) << " removed";
  if (const auto in_use = answer->value("in_use", 0); in_use > 0) context.out << ", " << in_use << " in use";
  context.out << "\n";
  return {};
}

Outcome<void> run_stick_table_set(Context& context, const Invocation& invocation) {
  nlohmann::json body = nlohmann::json::object();
  for (const char* name : {"gpc0", "gpc1", "gpt0"})
    if (const std::string option = std::string("--") + name; invocation.has(option))
      body[name] = std::stoull(invocation.get(option));
  if (body.empty())
    return failed(Exit::usage, {"poise stick-entry set", "nothing is to be set", "add --gpc0, --gpc1 or --gpt0"});
  const Outcome<Response> response = context.client.call(
      {.method = "POST", .path = entry_path(invocation, invocation.get("KEY")), .body = body.dump()});
  if (!response) return tl::unexpected(response.error());
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << view_stick_tables(*answer, context.style);
  return {};
}

}  // namespace poise::control::cli
