#include <algorithm>
#include <array>

#include "config/import/haproxy/actions.hpp"
#include "config/import/haproxy/stick.hpp"
#include "config/import/texts.hpp"
#include "config/spelling.hpp"

// use_backend, and the rules on connections: tcp-request.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// "%[req.hdr(host),lower,map_end(/etc/haproxy/hosts.map,web)]" taken apart at its last converter.
struct MapCall {
  std::string sample, compare, file, otherwise;
};
std::optional<MapCall> map_call(const std::string& text) {
  const std::size_t at = text.rfind(",map");
  if (!text.starts_with("%[") || !text.ends_with(")]") || at == std::string::npos) return std::nullopt;
  MapCall call{.sample = text.substr(2, at - 2)};
  const std::size_t open = text.find('(', at);
  if (open == std::string::npos) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, const char*>, 4> names = {
      {{"map", "exact"}, {"map_str", "exact"}, {"map_beg", "prefix"}, {"map_end", "suffix"}}};
  for (const auto& [name, compare] : names)
    if (text.substr(at + 1, open - at - 1) == name) call.compare = compare;
  const std::string inside = text.substr(open + 1, text.size() - open - 3);
  const std::size_t comma = inside.find(',');
  call.file = inside.substr(0, comma);
  if (comma != std::string::npos) call.otherwise = inside.substr(comma + 1);
  return call.compare.empty() ? std::nullopt : std::optional(call);
}

std::optional<std::string> backend_named(Action& action, const std::string& theirs) {
  const auto& names = action.proxy.mapping.backend_names;
  if (const auto found = names.find(theirs); found != names.end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [name, ours] : names) known.push_back(name);
  action.refuse("there is no backend \"" + theirs + "\"", did_you_mean(theirs, known, "add it"));
  return std::nullopt;
}

void take_map(Action& action, const MapCall& call) {
  const Sample sample = sample_of(call.sample, action.proxy.mapping.variables);
  action.why_not = sample.why_not;
  if (sample.placeholder.empty() && action.why_not.empty()) action.why_not = "the key of the map is always the same";
  json map{{"key", "%[" + sample.placeholder + "]"}, {"file", call.file}};
  if (call.compare != "exact") map["compare"] = call.compare;
  if (sample.changes_case) map["case_insensitive"] = true;
  if (!call.otherwise.empty())
    if (const auto name = backend_named(action, call.otherwise)) map["default"] = *name;
  action.rule["map"] = std::move(map);
}

void take_use_backend(Proxy& proxy, const Line& line) {
  Action action = action_of(proxy, line, 2);
  const std::string& name = line.word(1);
  if (!action.is_done()) return action.refuse("\"" + action.next() + "\" is not expected here", "write if CONDITION");
  if (const auto call = map_call(name))
    take_map(action, *call);
  else if (name.find('%') != std::string::npos)
    action.why_not = "the name of a backend is not put together";
  else if (const auto backend = backend_named(action, name))
    action.rule["backend"] = *backend;
  gather(action, {.field = "backend_rules"});
}

// In mode tcp the first data are waited for anyway where a rule asks for the name in them.
bool is_only_waiting(const Action& action) {
  if (action.line.word(2) != "accept") return false;
  const std::string rest = joined({action.line.words.begin() + std::ptrdiff_t(action.end), action.line.words.end()});
  return rest == "if { req.ssl_hello_type 1 }" || rest == "if { req_ssl_hello_type 1 }" || rest == "if WAIT_END";
}

void take_connection(Proxy& proxy, const Line& line) {
  if (take_tracking(proxy, line)) return;
  const std::string& name = line.word(2);
  Action action = action_of(proxy, line, 3);
  if (is_only_waiting(action)) return proxy.mapping.ignored(line, "rules that ask for sni wait for it anyway");
  if (name == "accept" || name == "reject")
    action.rule[name] = true;
  else if (name == "silent-drop")
    action.rule["silent_drop"] = true;
  else
    action.why_not = "there is no action \"" + name + "\" on connections here";
  if (!proxy.has_front()) action.why_not = "rules on connections are those of frontends";
  gather(action, {.field = "connection_rules"});
}

void take_delay(Proxy& proxy, const Line& line) {
  if (!proxy.has_front()) return proxy.mapping.ignored(line, "only frontends wait for what clients say first");
  const auto time = proxy.mapping.value(line, read_time(line.word(2)));
  if (time && *time > 0)
    proxy.front(line).take(line, "inspect_delay_ms", std::min<std::uint64_t>(*time, 604'800'000));
  else if (time)
    proxy.mapping.ignored(line, "0 is not waited");
}

void take_tarpit_time(Proxy& proxy, const Line& line) {
  const auto time = proxy.mapping.value(line, read_time(line.word(2)));
  if (!time) return;
  const std::uint64_t ms = std::min<std::uint64_t>(*time, 604'800'000);
  if (proxy.has_front()) proxy.front(line).child(line, "timeouts").take(line, "tarpit_ms", ms);
  if (proxy.has_back()) proxy.back(line).child(line, "timeouts").take(line, "tarpit_ms", ms);
}

constexpr std::array keywords = {
    Keyword{"use_backend", in_front, 1, any_words, take_use_backend},
    Keyword{"tcp-request connection", in_defaults | in_front, 1, any_words, take_connection},
    Keyword{"tcp-request session", in_defaults | in_front, 1, any_words, take_connection},
    Keyword{"tcp-request content", in_defaults | in_both, 1, any_words, take_connection},
    Keyword{"tcp-request inspect-delay", in_defaults | in_both, 1, 1, take_delay},
    Keyword{"timeout tarpit", in_defaults | in_both, 1, 1, take_tarpit_time},
};

}  // namespace

std::span<const Keyword> routing_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
