#include <array>

#include "config/import/haproxy/actions.hpp"

// http-response and http-after-response: rules on responses.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

void take_status(Action& action) {
  json status = json::object();
  if (const auto number = action.number(action.next(), 200, 599)) status["status"] = *number;
  if (!action.is_done()) {
    if (action.next() != "reason" || action.is_done()) return action.refuse("it is no status", "write N reason TEXT");
    status["reason"] = action.next();
  }
  action.rule["set_status"] = std::move(status);
}

void take_denial(Action& action) {
  json answer = json::object();
  take_answer(action, answer, false);
  if (answer.value("status", 502) < 400) action.why_not = "a response is denied with a status of 400 and above";
  action.rule["deny"] = std::move(answer);
}

void take_action(Action& action, const std::string& name) {
  if (name == "set-status")
    take_status(action);
  else if (name == "deny")
    take_denial(action);
  else if (!take_common_action(action, name))
    action.why_not = "there is no action \"" + name + "\" on responses here";
}

void take_response(Proxy& proxy, const Line& line) {
  const std::string& name = line.word(1);
  if (name == "cache-store") return proxy.mapping.ignored(line, "responses are not cached");
  if (name == "set-log-level" && line.word(2) != "silent") return proxy.mapping.ignored(line, "lines have level info");
  Action action = action_of(proxy, line, 2);
  take_action(action, name);
  const bool is_after = line.words[0] == "http-after-response";
  if (is_after) proxy.mapping.changed(line, "for responses of servers, not for answers of the proxy itself");
  gather(action, {proxy.has_front(), "response_rules", is_after ? phase_after : phase_rules});
}

constexpr std::array keywords = {
    Keyword{"http-response", in_defaults | in_both, 1, any_words, take_response},
    Keyword{"http-after-response", in_defaults | in_both, 1, any_words, take_response},
};

}  // namespace

std::span<const Keyword> responses_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
