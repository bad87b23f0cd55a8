#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/machine_facts.hpp"
#include "control/cli/run.hpp"
#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

// Whether poised answers says nothing about the machine: a machine is looked at before poised runs for the first time,
// too.
Check api_check(Context& context) {
  const Outcome<Response> response =
      context.client.call({.method = "GET", .path = "/v1/health", .timeout = std::chrono::seconds(3)});
  if (response) return {"ok", "poised answers at " + context.client.place() + " and its workers make progress", ""};
  const Errors& errors = response.error().errors;
  const Error error = errors.empty() ? Error{"", "interrupted", ""} : errors.front();
  return {response.error().exit == Exit::unreachable ? "warn" : "bad", to_string({error.path, error.problem, ""}),
          error.fix};
}

}  // namespace

Outcome<void> run_doctor(Context& context, const Invocation&) {
  std::vector<Check> checks = judge(read_machine_facts("/"));
  checks.push_back(api_check(context));
  nlohmann::json list = nlohmann::json::array();
  for (const Check& check : checks) {
    list.push_back({{"status", check.status}, {"what", check.what}, {"fix", check.fix}});
    if (context.json) continue;
    context.out << toned(check.status, tone_of_state(check.status), context.style)
                << std::string(6 - std::min<std::size_t>(check.status.size(), 5), ' ') << printable(check.what) << "\n";
    if (!check.fix.empty()) context.out << "      " << toned(printable(check.fix), Tone::dim, context.style) << "\n";
  }
  if (context.json) context.out << list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  if (std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.status == "bad"; }))
    return tl::unexpected(Failure{Exit::refused, {}});
  return {};
}

}  // namespace poise::control::cli
