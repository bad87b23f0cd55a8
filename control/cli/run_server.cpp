#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

struct ServerName {
  std::string pool, server;
  std::string path() const { return "/v1/pools/" + url_encode(pool) + "/servers/" + url_encode(server) + "/"; }
};

Outcome<ServerName> server_name(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string::npos)
    return failed(Exit::usage, {"POOL/SERVER", "\"" + text + "\" does not name a server of a pool",
                                "for example web/web1; see poise pool"});
  return ServerName{text.substr(0, slash), text.substr(slash + 1)};
}

// Connections that the server still has, from the run-time state of its pool.
Outcome<std::uint64_t> connections(Context& context, const ServerName& name) {
  const Outcome<nlohmann::json> pool = fetch(context, "/v1/pools/" + url_encode(name.pool));
  if (!pool) return tl::unexpected(pool.error());
  for (const nlohmann::json& server : rows_of(member(*pool, "servers")))
    if (const nlohmann::json& count = member(server, "connections");
        member(server, "name") == name.server && count.is_number_unsigned())
      return count.get<std::uint64_t>();
  return failed(Exit::refused, {"pools." + name.pool, "the server \"" + name.server + "\" is not there any more", ""});
}

// Shows progress until no connection is left. Ctrl-C ends the waiting, not the drain.
Outcome<void> wait_until_empty(Context& context, const ServerName& name) {
  const std::chrono::nanoseconds start = context.now();
  std::uint64_t first = 0;
  while (true) {
    const Outcome<std::uint64_t> left = connections(context, name);
    if (!left) return tl::unexpected(left.error());
    first = std::max(first, *left);
    const std::string passed = human_duration(context.now() - start);
    const char* again = context.out_is_terminal ? "\r\x1b[K" : "";
    if (*left == 0) {
      context.notes << again << name.server << " has no connections left (" << passed << ")\n";
      return {};
    }
    context.notes << again << "draining " << name.server << ": " << *left << " of " << first << " connections left, "
                  << passed << (context.out_is_terminal ? "" : "\n") << std::flush;
    if (context.wait(std::chrono::seconds(1))) {
      context.notes << "\nstopped waiting; the drain goes on. To take the server back: poise server enable "
                    << name.pool << "/" << name.server << "\n";
      return interrupted();
    }
  }
}

Outcome<void> ask(Context& context, const Invocation& invocation, const nlohmann::json& body) {
  const Outcome<ServerName> name = server_name(invocation.get("POOL/SERVER"));
  if (!name) return tl::unexpected(name.error());
  const std::string& words = invocation.command->words;
  const std::string verb = words.substr(words.find(' ') + 1);
  const Outcome<Response> response = context.client.call(
      {.method = "POST", .path = name->path() + verb + change_query(invocation), .body = body.dump()});
  if (!response) return tl::unexpected(response.error());
  return report_change(context, invocation, *response);
}

}  // namespace

Outcome<void> run_server_verb(Context& context, const Invocation& invocation) {
  nlohmann::json body = nlohmann::json::object();
  if (invocation.has("WEIGHT")) body["weight"] = std::stoull(invocation.get("WEIGHT"));
  return ask(context, invocation, body);
}

Outcome<void> run_server_drain(Context& context, const Invocation& invocation) {
  nlohmann::json body = nlohmann::json::object();
  if (invocation.has("--deadline")) body["deadline_ms"] = parse_duration(invocation.get("--deadline"))->count();
  const Outcome<void> asked = ask(context, invocation, body);
  if (!asked || !invocation.has("--wait")) return asked;
  return wait_until_empty(context, *server_name(invocation.get("POOL/SERVER")));
}

}  // namespace poise::control::cli
