#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "config/checks.hpp"
#include "config/import/haproxy/actions.hpp"
#include "config/import/haproxy/stick.hpp"
#include "config/import/texts.hpp"

// http-request, redirect and monitor-uri: rules on requests.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

void take_deny(Action& action) {
  json answer = json::object();
  take_answer(action, answer, false);
  const bool is_refusal = answer.value("status", 403) >= 400;
  action.rule[is_refusal ? "deny" : "return"] = std::move(answer);
}

void take_tarpit(Action& action) {
  json answer = json::object();
  take_answer(action, answer, false);
  const bool has_content = answer.contains("body") || answer.contains("file");
  if (has_content) action.proxy.mapping.changed(action.line, "with the usual page of the status");
  json tarpit = json::object();
  if (answer.contains("status")) tarpit["status"] = answer["status"];
  action.rule["tarpit"] = std::move(tarpit);
}

void take_return(Action& action) {
  json answer = json::object();
  take_answer(action, answer, true);
  action.rule["return"] = std::move(answer);
}

// redirect (location | prefix | scheme) WHERE [code N] [drop-query] [append-slash] [ignore-empty] [set-cookie X] ...
void take_redirect(Action& action) {
  json redirect = json::object();
  while (!action.is_done() && !action.is_wrong) {
    const std::string word = action.next();
    if (word == "drop-query" || word == "append-slash" || word == "ignore-empty") {
      redirect[word == "drop-query" ? "drop_query" : word == "append-slash" ? "append_slash" : "ignore_empty"] = true;
    } else if (action.is_done()) {
      action.refuse("\"" + word + "\" needs a value", "write it behind it");
    } else if (word == "location" || word == "prefix" || word == "scheme") {
      const bool has_placeholders = action.line.words[0] != "redirect";
      redirect[word] = has_placeholders ? action.format() : literal_format(action.next());
    } else if (word == "code") {
      if (const auto code = action.number(action.next(), 301, 308)) redirect["code"] = *code;
    } else if (word == "set-cookie" || word == "clear-cookie") {
      redirect[word == "set-cookie" ? "set_cookie" : "clear_cookie"] = action.next();
    } else {
      action.refuse("\"" + word + "\" is not expected here", "use location, prefix, scheme, code, drop-query ...");
    }
  }
  if (redirect.contains("location")) redirect.erase("drop_query");
  if (!redirect.contains("drop_query")) redirect.erase("append_slash");
  action.rule["redirect"] = std::move(redirect);
}

// "%[path,regsub(A,B)]": the path with B in place of the first A.
bool take_substitution(Action& action, const std::string& format) {
  constexpr std::string_view begin = "%[path,regsub(";
  if (!format.starts_with(begin) || !format.ends_with(")]")) return false;
  std::string_view inside = std::string_view(format).substr(begin.size());
  inside.remove_suffix(2);
  const auto part = [&inside] {
    const char quote = inside.starts_with('"') || inside.starts_with('\'') ? inside[0] : '\0';
    if (quote != 0) inside.remove_prefix(1);
    const std::size_t end = std::min(inside.find(quote != 0 ? quote : ','), inside.size());
    std::string text(inside.substr(0, end));
    inside.remove_prefix(std::min(end + (quote != 0 ? 1 : 0), inside.size()));
    if (inside.starts_with(',')) inside.remove_prefix(1);
    return text;
  };
  const std::string pattern = part(), with = part(), flags = part();
  const re2::RE2 expression(pattern, re2::RE2::Quiet);
  const int groups = expression.ok() ? expression.NumberOfCapturingGroups() : 0;
  if (!expression.ok() || !inside.empty() || !flags.empty() || groups > 7) return false;
  std::string shifted;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const bool is_group = with[i] == '\\' && i + 1 < with.size() && with[i + 1] >= '1' && with[i + 1] <= '7';
    if (with[i] == '%') shifted += '%';
    shifted += is_group ? "\\" + std::to_string(with[++i] - '0' + 1) : std::string(1, with[i]);
  }
  action.rule["replace_path"] = {{"regex", "^(.*?)(?:" + pattern + ")(.*)$"},
                                 {"with", "\\1" + shifted + "\\" + std::to_string(groups + 2)}};
  action.may_repeat = false;
  return true;
}

void take_path(Action& action) {
  if (!action.has_words(1) || take_substitution(action, action.word(action.at))) return;
  action.rule["set_path"] = action.format();
  action.may_repeat = action.rule["set_path"].get<std::string>().find("%[") == std::string::npos;
}

void take_text(Action& action, const char* field) {
  if (!action.has_words(1)) return;
  action.rule[field] = action.format();
  action.may_repeat = action.rule[field].get<std::string>().find("%[") == std::string::npos;
}

void take_path_pattern(Action& action) {
  if (!action.has_words(2)) return;
  const std::string pattern = action.next(), with = action.format();
  if (const std::string why = why_no_pattern(pattern); !why.empty())
    action.why_not = "\"" + pattern + "\" is no expression that RE2 takes: " + why;
  action.rule["replace_path"] = {{"regex", pattern}, {"with", with}};
  action.may_repeat = false;
}

// int(5), -5
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with("int(") && text.ends_with(')')) text = text.substr(4, text.size() - 5);
  const bool is_negative = text.starts_with('-');
  const auto number = read_number(text.substr(is_negative ? 1 : 0), 0, 1'000'000);
  if (!number) return std::nullopt;
  return is_negative ? -std::int64_t(*number) : std::int64_t(*number);
}

void take_priority(Action& action, const char* field, std::int64_t max) {
  if (!action.has_words(1)) return;
  const auto number = whole_number(action.next());
  if (!number) action.why_not = "a priority is a number, and not looked up";
  if (number) action.rule["set_priority"] = {{field, std::clamp(*number, -max, max)}};
}

struct ActionRow {
  std::string_view name;
  void (*take)(Action& action);
};
constexpr std::array request_actions = {
    ActionRow{"deny", take_deny},
    ActionRow{"tarpit", take_tarpit},
    ActionRow{"return", take_return},
    ActionRow{"redirect", take_redirect},
    ActionRow{"reject", [](Action& action) { action.rule["reject"] = true; }},
    ActionRow{"silent-drop", [](Action& action) { action.rule["silent_drop"] = true; }},
    ActionRow{"set-path", take_path},
    ActionRow{"replace-path", take_path_pattern},
    ActionRow{"set-query", [](Action& action) { take_text(action, "set_query"); }},
    ActionRow{"set-method", [](Action& action) { take_text(action, "set_method"); }},
    ActionRow{"set-priority-class", [](Action& action) { take_priority(action, "class", 2047); }},
    ActionRow{"set-priority-offset", [](Action& action) { take_priority(action, "offset_ms", 524287); }},
};

// Those that are not here; `is_harmless`: nothing is lost with them.
struct OtherAction {
  std::string_view name;
  bool is_harmless;
  const char* why;
};
constexpr std::array other_actions = {
    OtherAction{"auth", false, "there is no user and password authentication of requests yet"},
    OtherAction{"cache-use", true, "responses are not cached"},
    OtherAction{"disable-l7-retry", true, "requests that were sent are not tried again"},
    OtherAction{"wait-for-body", true, "requests go on as they come in"},
    OtherAction{"wait-for-handshake", true, "requests come when the connection is open"},
    OtherAction{"strict-mode", true, "rules that cannot be applied are refused before they run"},
    OtherAction{"set-log-level", true, "lines have level info"},
    OtherAction{"set-nice", true, "all requests have the same priority on the processor"},
    OtherAction{"set-mark", false, "packets have no marks"},
    OtherAction{"set-fc-mark", false, "packets have no marks"},
    OtherAction{"set-tos", false, "packets have no class"},
    OtherAction{"set-fc-tos", false, "packets have no class"},
    OtherAction{"use-service", false, "there are no services in rules; metrics for Prometheus are at the REST API"},
};

void take_request(Proxy& proxy, const Line& line) {
  if (take_tracking(proxy, line)) return;
  const std::string& name = line.word(1);
  Action action = action_of(proxy, line, 2);
  const auto row = std::find_if(request_actions.begin(), request_actions.end(),
                                [&](const ActionRow& each) { return each.name == name; });
  const auto other = std::find_if(other_actions.begin(), other_actions.end(),
                                  [&](const OtherAction& each) { return each.name == name; });
  if (row != request_actions.end())
    row->take(action);
  else if (!take_common_action(action, name)) {
    if (other != other_actions.end() && other->is_harmless) return proxy.mapping.ignored(line, other->why);
    action.why_not = other != other_actions.end() ? other->why : "there is no action \"" + name + "\" here";
  }
  gather(action, {.is_front = proxy.has_front()});
}

void take_redirect_line(Proxy& proxy, const Line& line) {
  Action action = action_of(proxy, line, 1);
  take_redirect(action);
  gather(action, {.is_front = proxy.has_front(), .phase = phase_redirects});
}

void take_monitor(Proxy& proxy, const Line& line) {
  Action action = action_of(proxy, line, 2);
  action.rule = {{"match", {{"url", {{"exact", {line.word(1)}}}}}}, {"return", {{"status", 200}}}};
  proxy.mapping.changed(line, "these requests have lines in the log");
  gather(action, {.phase = phase_monitor});
}

constexpr std::array keywords = {
    Keyword{"http-request", in_defaults | in_both, 1, any_words, take_request},
    Keyword{"redirect", in_both, 2, any_words, take_redirect_line},
    Keyword{"monitor-uri", in_defaults | in_front, 1, 1, take_monitor},
};

}  // namespace

std::span<const Keyword> requests_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
