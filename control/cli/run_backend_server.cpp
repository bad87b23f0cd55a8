#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

// Servers of backends at run time: nothing of the configuration is changed.
namespace poise::control::cli {
namespace {

struct ServerName {
  std::string backend, server;
  std::string path() const { return "/v1/backends/" + url_encode(backend) + "/servers/" + url_encode(server) + "/"; }
};

Outcome<ServerName> server_name(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string::npos)
    return failed(Exit::usage, {"BACKEND/SERVER", "\"" + text + "\" does not name a server of a backend",
                                "for example web/web1; see poise backend"});
  return ServerName{text.substr(0, slash), text.substr(slash + 1)};
}

Outcome<nlohmann::json> ask(Context& context, const Invocation& invocation, const std::string& what,
                            const nlohmann::json& body) {
  const Outcome<ServerName> name = server_name(invocation.get("BACKEND/SERVER"));
  if (!name) return tl::unexpected(name.error());
  const Outcome<Response> response =
      context.client.call({.method = "POST", .path = name->path() + what, .body = body.dump()});
  if (!response) return tl::unexpected(response.error());
  return parse_answer(*response);
}

// What the server is now, in a line.
Outcome<void> report(Context& context, const Invocation& invocation, const Outcome<nlohmann::json>& answer) {
  if (!answer) return tl::unexpected(answer.error());
  if (context.json) {
    context.out << answer->dump() << "\n";
    return {};
  }
  context.out << invocation.get("BACKEND/SERVER") << " is " << answer->value("status", "unknown") << ", weight "
              << answer->value("weight", 0) << ", " << answer->value("sessions", 0) << " sessions\n";
  return {};
}

// Shows progress until no session is left. Ctrl-C ends the waiting, not the drain.
Outcome<void> wait_until_empty(Context& context, const ServerName& name) {
  const std::chrono::nanoseconds start = context.now();
  std::uint64_t first = 0;
  while (true) {
    const Outcome<nlohmann::json> backend = fetch(context, "/v1/backends/" + url_encode(name.backend));
    if (!backend) return tl::unexpected(backend.error());
    std::optional<std::uint64_t> found;
    for (const nlohmann::json& server : rows_of(member(*backend, "servers")))
      if (member(server, "name") == name.server) found = server.value("sessions", std::uint64_t{0});
    if (!found)
      return failed(Exit::refused,
                    {"backends." + name.backend, "the server \"" + name.server + "\" is not there any more", ""});
    const std::uint64_t left = *found;
    first = std::max(first, left);
    const std::string passed = human_duration(context.now() - start);
    const char* again = context.out_is_terminal ? "\r\x1b[K" : "";
    if (left == 0) {
      context.notes << again << name.server << " has no sessions left (" << passed << ")\n";
      return {};
    }
    context.notes << again << "draining " << name.server << ": " << left << " of " << first << " sessions left, "
                  << passed << (context.out_is_terminal ? "" : "\n") << std::flush;
    if (context.wait(std::chrono::seconds(1))) {
      context.notes << "\nstopped waiting; the drain goes on. To take the server back: poise backend-server ready "
                    << name.backend << "/" << name.server << "\n";
      return interrupted();
    }
  }
}

std::string verb_of(const Invocation& invocation) {
  const std::string& words = invocation.command->words;
  return words.substr(words.rfind(' ') + 1);
}

}  // namespace

Outcome<void> run_backend_server_state(Context& context, const Invocation& invocation) {
  nlohmann::json body{{"state", verb_of(invocation)}};
  if (invocation.has("--deadline")) body["deadline_ms"] = parse_duration(invocation.get("--deadline"))->count();
  const Outcome<void> asked = report(context, invocation, ask(context, invocation, "state", body));
  if (!asked || !invocation.has("--wait")) return asked;
  return wait_until_empty(context, *server_name(invocation.get("BACKEND/SERVER")));
}

Outcome<void> run_backend_server_weight(Context& context, const Invocation& invocation) {
  std::string text = invocation.get("WEIGHT");
  nlohmann::json body;
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.pop_back();
  const bool is_number = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number && text != "configured")
    return failed(Exit::usage, {"WEIGHT", "\"" + invocation.get("WEIGHT") + "\" is no weight",
                                "0..256, a percentage of the configured one like 50%, or configured"});
  body[is_percent ? "percent" : "weight"] = is_number ? nlohmann::json(std::stoul(text)) : nlohmann::json(nullptr);
  return report(context, invocation, ask(context, invocation, "weight", body));
}

// "health" and "agent": a word is what it is, "on" and "off" whether it is asked.
Outcome<void> run_backend_server_check(Context& context, const Invocation& invocation) {
  const std::string what = verb_of(invocation), word = invocation.get("WORD");
  const bool is_switch = word == "on" || word == "off";
  const nlohmann::json body = is_switch ? nlohmann::json{{"checks", word == "on"}} : nlohmann::json{{what, word}};
  return report(context, invocation, ask(context, invocation, what, body));
}

}  // namespace poise::control::cli
