#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

#include "control/cli/completion.hpp"
#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string sha256(const std::string& text) {
  std::array<unsigned char, 32> digest{};
  ensure(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return hexadecimal(digest);
}

}  // namespace

Outcome<void> run_token_create(Context& context, const Invocation& invocation) {
  std::array<unsigned char, 32> random{};
  if (::getentropy(random.data(), random.size()) != 0)
    return failed(Exit::usage, {"", "the system gives no random numbers", ""});
  const std::string token = hexadecimal(random), role = invocation.get("--role", "read"),
                    name = invocation.get("--name", "NAME");
  const nlohmann::json entry = {{"sha256", sha256(token)}, {"role", role}};
  if (context.json) {
    context.out << nlohmann::json{{"token", token}, {"config", {{"api", {{"tokens", {{name, entry}}}}}}}}.dump()
                << "\n";
    return {};
  }
  context.out << token << "\n";
  context.notes << "\nThis is the only time that the token is shown: poised keeps its SHA-256 only. To admit it:\n\n"
                << "  poise config set api.tokens." << name << " '" << entry.dump() << "'\n";
  return {};
}

Outcome<void> run_demo(Context& context, const Invocation&) {
  context.out
      << "The demo needs the source, because it builds what it shows. In a checkout of poise, as root:\n\n"
         "  ./run demo\n\n"
         "It makes network namespaces for a client, an appliance and three web servers, starts poised in the middle,\n"
         "creates a service through the REST API, sends requests, drains one server, kills another, shows the "
         "counters,\n"
         "and removes everything again.\n";
  return {};
}

Outcome<void> run_completion(Context& context, const Invocation& invocation) {
  context.out << completion_script(invocation.get("SHELL"));
  return {};
}

Outcome<void> run_version(Context& context, const Invocation&) {
  const Outcome<Response> response =
      context.client.call({.method = "GET", .path = "/v1/status", .timeout = std::chrono::seconds(2)});
  const nlohmann::json status = response ? nlohmann::json::parse(response->body, nullptr, false) : nlohmann::json();
  const nlohmann::json& daemon = member(status, "version");
  if (context.json) {
    context.out << nlohmann::json{{"poise", POISE_VERSION}, {"poised", daemon}}.dump() << "\n";
    return {};
  }
  context.out << "poise " << POISE_VERSION << "\n";
  if (daemon.is_null())
    context.out << "poised at " << context.client.place() << ": not reachable\n";
  else
    context.out << "poised " << format_value(daemon, Format::text) << " at " << context.client.place() << "\n";
  return {};
}

}  // namespace poise::control::cli
