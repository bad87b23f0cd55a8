#include <nlohmann/json.hpp>

#include "config/choices.hpp"
#include "control/views.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

std::int64_t ms(Duration duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

json check_view(const Core& core, const std::string& name, const health::Health::Watched& watched) {
  const health::Target& target = watched.plan->target;
  const bool is_known = watched.checker.is_proven();
  const char* state = watched.checker.is_up() ? "up" : "down";
  return {{"name", name},
          {"kind", config::name_of(target.check.kind)},
          {"address", to_string(target.address)},
          {"port", target.port == 0 ? json(nullptr) : json(target.port)},
          {"state", watched.is_run ? state : "not run"},
          {"last", !is_known             ? ""
                   : watched.last.passed ? "passed"
                                         : "failed"},
          {"reason", watched.last.reason},
          {"took_ms", is_known ? json(ms(watched.took)) : json(nullptr)},
          {"since_ms", watched.changed_at == Instant{} ? json(nullptr) : json(ms(core.now() - watched.changed_at))},
          {"passed", watched.passed},
          {"failed", watched.failed}};
}

}  // namespace

json checks_view(const Core& core, const std::string& pool, const std::string& server) {
  const health::Health::Pool* found = core.health().find_pool(pool);
  if (found == nullptr) return nullptr;
  const auto row = found->servers.find(server);
  if (row == found->servers.end() || row->second.checks.empty()) return nullptr;
  json checks = json::array();
  for (const auto& [name, id] : row->second.checks) checks.push_back(check_view(core, name, core.health().target(id)));
  return checks;
}

}  // namespace poise::control
