#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/import/haproxy/formats.hpp"
#include "config/import/haproxy/proxy.hpp"

// What rules on requests, responses and connections share: the words of an action, and how it becomes rules of ours.
namespace poise::config::importing::haproxy {

// Action - a rule's line while its words are read. Words from `at` up to `end`, where the condition begins.
struct Action {
  Proxy& proxy;
  const Line& line;
  std::size_t at = 0, end = 0;
  nlohmann::json rule = nlohmann::json::object();
  bool may_repeat = true;  // twice is as once
  std::string why_not;     // it cannot be said here
  bool is_wrong = false;   // it was refused

  bool is_done() const { return at >= end; }
  const std::string& word(std::size_t index) const;
  std::string next() { return is_done() ? std::string() : line.words[at++]; }
  void refuse(const std::string& problem, const std::string& fix);
  // The next word as a text with placeholders, or as one that stands for itself.
  std::string format();
  // Refuses when there are not as many words as these, or more.
  bool has_words(std::size_t count);
  std::optional<std::uint64_t> number(const std::string& text, std::uint64_t min, std::uint64_t max);
};

Action action_of(Proxy& proxy, const Line& line, std::size_t first);

enum Phase : int { phase_monitor, phase_rules, phase_redirects, phase_after };
struct RulePlace {
  bool is_front = true;
  const char* field = "request_rules";
  Phase phase = phase_rules;
};
// The rules that the action becomes, with its condition; or the reason why there are none.
void gather(Action& action, const RulePlace& place);
// Writes what was gathered.
void finish_rules(Proxy& proxy);

// What requests and responses have alike: headers, capture, log. False: it is none of these.
bool take_common_action(Action& action, const std::string& name);
// What is answered: status, content, headers. `with_headers`: of `return`.
void take_answer(Action& action, nlohmann::json& answer, bool with_headers);

}  // namespace poise::config::importing::haproxy
