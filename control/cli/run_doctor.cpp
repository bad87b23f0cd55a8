#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

struct Check {
  std::string status, what, fix;  // "ok", "warn" or "bad"
};

Check api_check(Context& context) {
  const Outcome<Response> response =
      context.client.call({.method = "GET", .path = "/v1/health", .timeout = std::chrono::seconds(3)});
  if (response) return {"ok", "poised answers at " + context.client.place() + " and its workers make progress", ""};
  const Error error = response.error().errors.empty() ? Error{"", "interrupted", ""} : response.error().errors.front();
  return {"bad", error.problem, error.fix};
}

}  // namespace

Outcome<void> run_doctor(Context& context, const Invocation&) {
  const std::vector<Check> checks = {api_check(context)};
  nlohmann::json list = nlohmann::json::array();
  bool bad = false;
  for (const Check& check : checks) {
    bad = bad || check.status == "bad";
    list.push_back({{"status", check.status}, {"what", check.what}, {"fix", check.fix}});
    if (context.json) continue;
    context.out << toned(check.status, tone_of_state(check.status), context.style)
                << std::string(6 - check.status.size(), ' ') << printable(check.what) << "\n";
    if (!check.fix.empty()) context.out << "      " << printable(check.fix) << "\n";
  }
  if (context.json) context.out << list.dump() << "\n";
  if (bad) return tl::unexpected(Failure{Exit::refused, {}});
  return {};
}

}  // namespace poise::control::cli
