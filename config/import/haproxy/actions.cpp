#include "config/import/haproxy/actions.hpp"

#include <algorithm>
#include <array>

#include "config/checks.hpp"
#include "config/import/haproxy/error_file.hpp"
#include "config/import/texts.hpp"
#include "config/path.hpp"

namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

bool is_changing(const std::string& text) {
  for (const char* placeholder : {"%[path", "%[url", "%[query", "%[req.", "%[res.", "%[host"})
    if (text.find(placeholder) != std::string::npos) return true;
  return false;
}

void take_header(Action& action, const char* field) {
  if (!action.has_words(2)) return;
  const std::string name = action.next(), value = action.format();
  action.rule[field] = {{"name", name}, {"value", value}};
  action.may_repeat = std::string_view(field) == "set_header" && !is_changing(value);
}

void take_deletion(Action& action) {
  json header{{"name", action.next()}};
  if (header["name"] == "") return action.refuse("it needs the name of a header", "write it");
  if (action.next() == "-m") {
    constexpr std::array<std::pair<std::string_view, const char*>, 5> methods = {
        {{"str", "exact"}, {"beg", "prefix"}, {"end", "suffix"}, {"sub", "substring"}, {"reg", "regex"}}};
    const std::string method = action.next();
    const auto found =
        std::find_if(methods.begin(), methods.end(), [&](const auto& each) { return each.first == method; });
    if (found == methods.end())
      return action.refuse("there is no match \"" + method + "\"", "use str, beg, end, sub or reg");
    if (found->first != "str") header["compare"] = found->second;
  }
  action.rule["del_header"] = std::move(header);
}

void take_replacement(Action& action) {
  if (!action.has_words(3)) return;
  const std::string name = action.next(), pattern = action.next(), with = action.format();
  action.may_repeat = false;
  if (const std::string why = why_no_pattern(pattern); !why.empty())
    action.why_not = "\"" + pattern + "\" is no expression that RE2 takes: " + why;
  action.rule["replace_header"] = {{"name", name}, {"regex", pattern}, {"with", with}};
}

void take_capture(Action& action) {
  const std::string sample = action.next(), len = action.next(), length = action.next();
  if (len == "id") {
    action.why_not = "captures have no slots; write len LENGTH";
    return;
  }
  if (len != "len") return action.refuse("it is no capture", "write capture SAMPLE len LENGTH");
  const auto number = action.number(length, 1, UINT32_MAX);
  const Sample found = sample_of(sample, action.proxy.mapping.variables);
  action.why_not = found.why_not;
  action.may_repeat = false;
  if (number)
    action.rule["capture"] = {{"value", "%[" + found.placeholder + "]"},
                              {"length_max", std::min<std::uint64_t>(*number, 1024)}};
}

// Where rules of a line go in the document, as notes show it.
std::string shown_place(Proxy& proxy, const Line& line, const RulePlace& place) {
  Part part = place.is_front ? proxy.front(line) : proxy.back(line);
  return part.shown_of(place.field);
}

}  // namespace

const std::string& Action::word(std::size_t index) const {
  static const std::string none;
  return index < end ? line.words[index] : none;
}

void Action::refuse(const std::string& problem, const std::string& fix) {
  is_wrong = true;
  proxy.mapping.refuse(line, problem, fix);
}

std::string Action::format() {
  Format format = format_of(next(), proxy.mapping.variables);
  if (why_not.empty()) why_not = format.why_not;
  return std::move(format.text);
}

bool Action::has_words(std::size_t count) {
  if (end - at == count) return true;
  if (end - at < count)
    refuse("it needs " + std::to_string(count) + " words, and has " + std::to_string(end - at),
           "write what is missing");
  else
    refuse("\"" + line.words[at + count] + "\" is not expected here",
           "remove it, or put quotes around words that go together");
  return false;
}

std::optional<std::uint64_t> Action::number(const std::string& text, std::uint64_t min, std::uint64_t max) {
  const auto found = proxy.mapping.value(line, read_number(text, min, max));
  is_wrong = is_wrong || !found;
  return found;
}

Action action_of(Proxy& proxy, const Line& line, std::size_t first) {
  return {.proxy = proxy, .line = line, .at = first, .end = condition_at(line, first)};
}

void gather(Action& action, const RulePlace& place) {
  Mapping& mapping = action.proxy.mapping;
  if (action.is_wrong) return;
  const auto condition = read_condition(mapping, action.proxy.acls, action.line, action.end);
  if (!condition) return;
  Matches matches = matches_of(*condition, action.may_repeat);
  const std::string why = action.why_not.empty() ? matches.why_not : action.why_not;
  if (!why.empty()) return mapping.leave_out(action.line, why, "remove it, or import with --lenient to leave it out");
  if (matches.list.empty()) return mapping.ignored(action.line, "its condition never holds here");
  auto& rules = place.is_front ? action.proxy.front_rules : action.proxy.back_rules;
  for (json& match : matches.list) {
    json rule = action.rule;
    if (!match.is_null()) rule["match"] = std::move(match);
    rules[place.field].push_back({action.line, std::move(rule), place.phase});
  }
  mapping.taken(action.line, shown_place(action.proxy, action.line, place));
}

void finish_rules(Proxy& proxy) {
  for (const bool is_front : {true, false})
    for (auto& [field, rules] : is_front ? proxy.front_rules : proxy.back_rules) {
      const bool is_of_requests = field == "request_rules" || field == "response_rules";
      std::stable_sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.phase < b.phase; });
      for (Proxy::GatheredRule& each : rules)
        if (is_of_requests && proxy.mode == "tcp")
          proxy.mapping.ignored(each.line, "mode tcp knows nothing of requests, as in HAProxy");
        else
          (is_front ? proxy.front(each.line) : proxy.back(each.line)).add(each.line, field, std::move(each.rule));
    }
}

bool take_common_action(Action& action, const std::string& name) {
  if (name == "add-header")
    take_header(action, "add_header");
  else if (name == "set-header")
    take_header(action, "set_header");
  else if (name == "del-header")
    take_deletion(action);
  else if (name == "replace-header")
    take_replacement(action);
  else if (name == "capture")
    take_capture(action);
  else if (name == "set-log-level" && action.word(action.at) == "silent")
    action.rule["no_log"] = true;
  else if (name == "allow")
    action.rule["allow"] = true;
  else
    return false;
  return true;
}

void take_answer(Action& action, json& answer, bool with_headers) {
  while (!action.is_done() && !action.is_wrong) {
    const std::string word = action.next(), value = action.next();
    if (value.empty()) return action.refuse("\"" + word + "\" needs a value", "write it behind it");
    if (word == "status" || word == "deny_status") {
      if (const auto status = action.number(value, 200, 599)) answer["status"] = *status;
    } else if (word == "content-type") {
      answer["content_type"] = value;
    } else if (word == "string") {
      answer["body"] = on_one_line(value);
    } else if (word == "file") {
      answer["file"] = value;
    } else if (word == "errorfile") {
      const auto page = read_error_file(action.proxy.mapping, value);
      if (!page) action.why_not = "\"" + value + "\" could not be read as a response";
      if (page) answer.update(*page);
    } else if (word == "lf-string" && value.find('%') == std::string::npos) {
      answer["body"] = on_one_line(value);
    } else if (word == "hdr" && with_headers) {
      action.at -= 1;
      const std::string name = action.next(), text = action.format();
      answer["headers"].push_back({{"name", name}, {"value", text}});
    } else {
      action.why_not = "\"" + word + "\" is not here";
    }
  }
}

}  // namespace poise::config::importing::haproxy
