#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/model.hpp"

// What the settings of checks of backends mean, once defaults and exceptions are put together: for the rules, and for
// who runs the checks.
namespace poise::config {

// Nothing: the server is not checked. Address and port are filled in; a port that nobody names stays unset.
std::optional<BackendCheck> check_of(const Backend& backend, const BackendServer& server);

// Nothing: there is none. The address is filled in.
std::optional<AgentCheck> agent_of(const Backend& backend, const BackendServer& server);

// Every member is set.
HealthReaction reaction_of(const Backend& backend, const BackendServer& server);

// What a check does, whatever its kind: begins with a connect.
std::vector<CheckStep> steps_of(const BackendCheck& check);

// "backend/server"; nothing when it is not that.
std::optional<std::pair<std::string, std::string>> parse_track(const std::string& text);

}  // namespace poise::config
