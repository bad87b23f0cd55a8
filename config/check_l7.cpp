#include "config/check_l7.hpp"

namespace poise::config {
namespace {

template <class T>
void prefer(T& value, const T& other) {
  if (other) value = other;
}

}  // namespace

std::optional<BackendCheck> check_of(const Backend& backend, const BackendServer& server) {
  if (server.check ? !server.check->enabled : !backend.check) return std::nullopt;
  BackendCheck check = backend.check.value_or(BackendCheck{});
  const ServerCheck own = server.check.value_or(ServerCheck{});
  prefer(check.address, own.address);
  prefer(check.port, own.port);
  prefer(check.fast_inter_ms, own.fast_inter_ms);
  prefer(check.down_inter_ms, own.down_inter_ms);
  check.inter_ms = own.inter_ms.value_or(check.inter_ms);
  check.rise = own.rise.value_or(check.rise);
  check.fall = own.fall.value_or(check.fall);
  if (check.tls) prefer(check.tls->sni, own.sni);
  if (!check.address) check.address = server.address;
  if (!check.port) check.port = server.port;
  return check;
}

std::optional<AgentCheck> agent_of(const Backend& backend, const BackendServer& server) {
  std::optional<AgentCheck> agent = server.agent ? server.agent : backend.agent;
  if (agent && !agent->address) agent->address = server.address;
  return agent;
}

HealthReaction reaction_of(const Backend& backend, const BackendServer& server) {
  HealthReaction reaction{.observe = CheckObserve::none,
                          .error_limit = std::uint16_t(10),
                          .on_error = CheckOnError::fail_check,
                          .on_marked_down = OnMarkedDown::none,
                          .on_marked_up = OnMarkedUp::none,
                          .slow_start_ms = 0u,
                          .init_state = ServerInitState::up};
  for (const HealthReaction* set : {&backend.health, &server.health}) {
    prefer(reaction.observe, set->observe);
    prefer(reaction.error_limit, set->error_limit);
    prefer(reaction.on_error, set->on_error);
    prefer(reaction.on_marked_down, set->on_marked_down);
    prefer(reaction.on_marked_up, set->on_marked_up);
    prefer(reaction.slow_start_ms, set->slow_start_ms);
    prefer(reaction.init_state, set->init_state);
  }
  return reaction;
}

std::vector<CheckStep> steps_of(const BackendCheck& check) {
  std::vector<CheckStep> steps;
  const bool begins = check.kind == BackendCheckKind::script && !check.steps.empty() && check.steps[0].connect;
  if (!begins) steps.push_back({.connect = CheckConnect{.send_proxy = check.send_proxy}});
  if (check.kind == BackendCheckKind::script) steps.insert(steps.end(), check.steps.begin(), check.steps.end());
  if (check.kind == BackendCheckKind::http) {
    steps.push_back({.request = check.request});
    steps.push_back({.expect = check.expect.value_or(CheckExpect{.statuses = {"200-399"}})});
  }
  return steps;
}

std::optional<std::pair<std::string, std::string>> parse_track(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string::npos)
    return std::nullopt;
  return std::pair(text.substr(0, slash), text.substr(slash + 1));
}

}  // namespace poise::config
