#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

Outcome<std::string> answer_text(Context& context, const Invocation& invocation) {
  const Command& command = *invocation.command;
  const bool packets = invocation.has("--packets");
  if (packets && !invocation.has("NAME"))
    return failed(Exit::usage,
                  {"--packets", "whose packets is not said", "poise " + command.words + " NAME --packets"});
  const std::string path = request_path(invocation) + (packets ? "/packets" : "");
  const Outcome<Response> response = context.client.call({.method = command.method, .path = path});
  if (!response) return tl::unexpected(response.error());
  if (context.json || command.view == nullptr) return response->body + (response->body.ends_with('\n') ? "" : "\n");
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  const View view = packets ? view_vrrp_packets : invocation.has("--all") ? view_all_drops : command.view;
  return view(*answer, context.style);
}

}  // namespace

Outcome<void> run_request(Context& context, const Invocation& invocation) {
  const Outcome<std::string> text = answer_text(context, invocation);
  if (!text) return tl::unexpected(text.error());
  context.out << *text;
  return {};
}

Outcome<void> run_live(Context& context, const Invocation& invocation) {
  if (!invocation.has("--watch")) return run_request(context, invocation);
  while (true) {
    const Outcome<std::string> text = answer_text(context, invocation);
    if (!text) return tl::unexpected(text.error());
    if (context.out_is_terminal && !context.json) context.out << "\x1b[H\x1b[2J";
    context.out << *text << std::flush;
    if (context.wait(std::chrono::seconds(1))) return interrupted();
  }
}

Outcome<void> run_explain(Context& context, const Invocation& invocation) {
  const nlohmann::json question = {{"protocol", invocation.get("PROTOCOL")},
                                   {"source", invocation.get("SOURCE")},
                                   {"destination", invocation.get("DESTINATION")}};
  const Outcome<Response> response =
      context.client.call({.method = "POST", .path = "/v1/explain", .body = question.dump()});
  if (!response) return tl::unexpected(response.error());
  const Outcome<nlohmann::json> answer = parse_answer(*response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << (context.json ? answer->dump() + "\n" : view_explain(*answer, context.style));
  return {};
}

}  // namespace poise::control::cli
