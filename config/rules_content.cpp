#include "config/rules_content.hpp"

#include <algorithm>
#include <set>

#include "config/placeholders.hpp"
#include "config/spelling.hpp"

// Content rules: what they may do.
namespace poise::config {
namespace {

constexpr std::string_view protected_headers[] = {
    "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"};

std::string in_lower_case(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = char(letter | 0x20);
  return text;
}

void check_header(Rules& rules, const std::string& name, bool may_be_host, const std::string& path) {
  check_header_name(rules, name, path);
  const std::string lower = in_lower_case(name);
  if (std::ranges::find(protected_headers, lower) != std::end(protected_headers))
    rules.add(path, quoted(name) + " says how a message ends, or is for one connection alone",
              "leave it to the proxy, which writes it as it has to be");
  if (lower == "host" && !may_be_host)
    rules.add(path, "a request has one Host, always", "use set_header or replace_header");
}

template <class Action>
void check_content(Rules& rules, const Action& action, const std::string& path) {
  if (action.body && action.file) rules.add(path + ".file", "there is a body too", "remove one of the two");
  if constexpr (requires { action.content_type->size(); })
    if (action.content_type && !action.body && !action.file)
      rules.add(path + ".content_type", "there is no content", "add body or file, or remove it");
}

void check_redirect(Rules& rules, const RedirectAction& action, const RuleScope& scope, const std::string& path) {
  int kinds = 0;
  for (const auto& [text, name] : {std::pair(&action.location, ".location"), std::pair(&action.prefix, ".prefix"),
                                   std::pair(&action.scheme, ".scheme")})
    if (*text) {
      ++kinds;
      check_placeholders(rules, **text, scope, path + name);
    }
  if (kinds != 1)
    rules.add(path, kinds == 0 ? "it leads nowhere" : "it leads to more than one place",
              "give one of location, prefix and scheme");
  constexpr std::uint16_t codes[] = {301, 302, 303, 307, 308};
  if (std::ranges::find(codes, action.code) == std::end(codes))
    rules.add(path + ".code", std::to_string(action.code) + " is no code of a redirect",
              "use 301, 302, 303, 307 or 308");
  if (action.append_slash && !action.drop_query)
    rules.add(path + ".append_slash", "the slash would stand behind the query", "set drop_query too");
  if (action.drop_query && action.location)
    rules.add(path + ".drop_query", "a location has no query but what is written in it", "remove it");
  if (action.ignore_empty && !action.location)
    rules.add(path + ".ignore_empty", "only a location can be empty", "remove it");
}

void check_return(Rules& rules, const ReturnAction& action, const RuleScope& scope, const std::string& path) {
  check_content(rules, action, path);
  if ((action.status == 204 || action.status == 304) && (action.body || action.file))
    rules.add(path + ".status", "an answer with status " + std::to_string(action.status) + " has no content",
              "use another status, or remove body and file");
  for (std::size_t i = 0; i < action.headers.size(); ++i) {
    const std::string place = child(path + ".headers", i);
    check_header(rules, action.headers[i].name, true, place + ".name");
    check_placeholders(rules, action.headers[i].value, scope, place + ".value");
  }
}

// The actions on headers, which rules of requests and of responses have.
template <class Rule>
void check_headers(Rules& rules, const Rule& rule, const RuleScope& scope, const std::string& path) {
  const bool is_response = scope.has_response;
  for (const auto& [action, name] :
       {std::pair(&rule.add_header, ".add_header"), std::pair(&rule.set_header, ".set_header")})
    if (*action) {
      check_header(rules, (*action)->name, is_response || action == &rule.set_header, path + name + ".name");
      check_placeholders(rules, (*action)->value, scope, path + name + ".value");
    }
  if (rule.del_header && rule.del_header->compare == TextComparison::exact)
    check_header(rules, rule.del_header->name, is_response, path + ".del_header.name");
  if (rule.del_header && rule.del_header->compare == TextComparison::regex)
    check_expression(rules, rule.del_header->name, path + ".del_header.name");
  if (rule.replace_header) {
    check_header(rules, rule.replace_header->name, true, path + ".replace_header.name");
    check_replacement(rules, {rule.replace_header->regex, rule.replace_header->with}, scope, path + ".replace_header");
  }
  if (rule.deny) check_content(rules, *rule.deny, path + ".deny");
  if (rule.capture) check_placeholders(rules, rule.capture->value, scope, path + ".capture.value");
}

// Which of the rule's fields are set, but for its conditions. A rule does one thing: several would have an order.
void check_one_action(Rules& rules, const std::vector<std::pair<std::string_view, bool>>& actions,
                      const std::string& path) {
  std::string set, all;
  int count = 0;
  for (const auto& [name, is_set] : actions) {
    all += (all.empty() ? "" : ", ") + std::string(name);
    if (!is_set) continue;
    set += (count++ == 0 ? "" : ", ") + std::string(name);
  }
  if (count == 0) rules.add(path, "it does nothing", "add one of " + all);
  if (count > 1) rules.add(path, "it does more than one thing: " + set, "make a rule of each");
}

void check_request_rule(Rules& rules, const RequestRule& rule, const std::string& path) {
  const RuleScope scope{.has_request = true, .what = "a rule on requests"};
  if (rule.match) check_match(rules, *rule.match, scope, path + ".match");
  check_one_action(rules,
                   {{"allow", rule.allow},
                    {"deny", rule.deny.has_value()},
                    {"tarpit", rule.tarpit.has_value()},
                    {"reject", rule.reject},
                    {"silent_drop", rule.silent_drop},
                    {"redirect", rule.redirect.has_value()},
                    {"return", rule.answer.has_value()},
                    {"add_header", rule.add_header.has_value()},
                    {"set_header", rule.set_header.has_value()},
                    {"del_header", rule.del_header.has_value()},
                    {"replace_header", rule.replace_header.has_value()},
                    {"set_path", rule.set_path.has_value()},
                    {"replace_path", rule.replace_path.has_value()},
                    {"set_query", rule.set_query.has_value()},
                    {"set_method", rule.set_method.has_value()},
                    {"set_priority", rule.set_priority.has_value()},
                    {"capture", rule.capture.has_value()},
                    {"no_log", rule.no_log}},
                   path);
  check_headers(rules, rule, scope, path);
  if (rule.redirect) check_redirect(rules, *rule.redirect, scope, path + ".redirect");
  if (rule.answer) check_return(rules, *rule.answer, scope, path + ".return");
  if (rule.set_path) {
    check_placeholders(rules, *rule.set_path, scope, path + ".set_path");
    if (!rule.set_path->starts_with('/') && !rule.set_path->starts_with("%["))
      rules.add(path + ".set_path", quoted(*rule.set_path) + " does not begin with \"/\"", "write a path");
  }
  if (rule.replace_path) check_replacement(rules, *rule.replace_path, scope, path + ".replace_path");
  if (rule.set_query) check_placeholders(rules, *rule.set_query, scope, path + ".set_query");
  if (rule.set_method && (!is_token(*rule.set_method) || *rule.set_method == "HEAD" || *rule.set_method == "CONNECT"))
    rules.add(path + ".set_method", quoted(*rule.set_method) + " is no method that a request can get",
              "use one like \"GET\", but not HEAD and CONNECT, whose answers have no body");
  if (rule.set_priority && !rule.set_priority->priority_class && !rule.set_priority->offset_ms)
    rules.add(path + ".set_priority", "it changes nothing", "give class, offset_ms or both");
}

void check_response_rule(Rules& rules, const ResponseRule& rule, const std::string& path) {
  const RuleScope scope{.has_response = true, .what = "a rule on responses"};
  if (rule.match) check_match(rules, *rule.match, scope, path + ".match");
  check_one_action(rules,
                   {{"allow", rule.allow},
                    {"deny", rule.deny.has_value()},
                    {"add_header", rule.add_header.has_value()},
                    {"set_header", rule.set_header.has_value()},
                    {"del_header", rule.del_header.has_value()},
                    {"replace_header", rule.replace_header.has_value()},
                    {"set_status", rule.set_status.has_value()},
                    {"capture", rule.capture.has_value()},
                    {"no_log", rule.no_log}},
                   path);
  check_headers(rules, rule, scope, path);
  if (rule.set_status && (rule.set_status->status == 204 || rule.set_status->status == 304))
    rules.add(path + ".set_status.status",
              "a response with status " + std::to_string(rule.set_status->status) + " has no body",
              "use another status, or deny the response");
}

void check_connection_rule(Rules& rules, const ConnectionRule& rule, const RuleScope& scope, const std::string& path) {
  if (rule.match) check_match(rules, *rule.match, scope, path + ".match");
  check_one_action(rules, {{"accept", rule.accept}, {"reject", rule.reject}, {"silent_drop", rule.silent_drop}}, path);
}

void check_backend_rule(Rules& rules, const Frontend& frontend, const BackendRule& rule, const std::string& path) {
  const bool is_http = frontend.mode == ProxyMode::http;
  const RuleScope scope{.has_request = is_http, .has_sni = !is_http, .what = "a rule on the backend"};
  if (rule.match) check_match(rules, *rule.match, scope, path + ".match");
  check_one_action(rules, {{"backend", rule.backend.has_value()}, {"map", rule.map.has_value()}}, path);
  if (rule.backend) check_backend_name(rules, frontend, *rule.backend, path + ".backend");
  if (!rule.map) return;
  check_placeholders(rules, rule.map->key, scope, path + ".map.key");
  if (rule.map->compare == TextComparison::substring || rule.map->compare == TextComparison::regex)
    rules.add(path + ".map.compare", "keys are found by exact, prefix or suffix", "use one of these");
  if (rule.map->otherwise) check_backend_name(rules, frontend, *rule.map->otherwise, path + ".map.default");
}

void check_pages(Rules& rules, const std::vector<ErrorPage>& pages, const std::string& path) {
  std::set<std::uint16_t> statuses;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::string place = child(path, i);
    if (pages[i].body.has_value() == pages[i].file.has_value())
      rules.add(place, pages[i].body ? "it has both a body and a file" : "it has no content",
                "give one of body and file");
    if (!statuses.insert(pages[i].status).second)
      rules.add(place + ".status", "another page is for " + std::to_string(pages[i].status), "remove one of the two");
  }
}

// What a frontend and a backend have alike.
template <class Owner>
void check_owner(Rules& rules, const Owner& owner, const std::string& path) {
  const auto refuse = [&](bool is_there, const char* name) {
    if (is_there && owner.mode == ProxyMode::tcp)
      rules.add(path + name, "mode \"tcp\" knows nothing of requests", "remove it, or use mode \"http\"");
  };
  refuse(!owner.request_rules.empty(), ".request_rules");
  refuse(!owner.response_rules.empty(), ".response_rules");
  refuse(!owner.error_pages.empty(), ".error_pages");
  refuse(owner.forwarded.has_value(), ".forwarded");
  refuse(owner.original_to.has_value(), ".original_to");
  for (std::size_t i = 0; i < owner.request_rules.size(); ++i)
    check_request_rule(rules, owner.request_rules[i], child(path + ".request_rules", i));
  for (std::size_t i = 0; i < owner.response_rules.size(); ++i)
    check_response_rule(rules, owner.response_rules[i], child(path + ".response_rules", i));
  check_pages(rules, owner.error_pages, path + ".error_pages");
  if (owner.original_to) check_header(rules, owner.original_to->header, false, path + ".original_to.header");
  const Forwarded none{.proto = false, .client = false};
  if (owner.forwarded == none)
    rules.add(path + ".forwarded", "the header would be empty", "set one of its fields, or remove it");
}

template <class Rule>
std::size_t captures_of(const std::vector<Rule>& list) {
  return std::size_t(std::ranges::count_if(list, [](const Rule& rule) { return rule.capture.has_value(); }));
}

void check_captures(Rules& rules, const Frontend& frontend, const std::string& path) {
  const auto check = [&](std::size_t headers, std::size_t captures, const char* name) {
    if (headers + captures > limits::captures)
      rules.add(path + name,
                std::to_string(headers + captures) + " captures, with the headers of the log, are more than " +
                    std::to_string(limits::captures),
                "remove some");
  };
  check(frontend.log.request_headers.size(), captures_of(frontend.request_rules), ".request_rules");
  check(frontend.log.response_headers.size(), captures_of(frontend.response_rules), ".response_rules");
}

}  // namespace

void check_content(Rules& rules) {
  for (const auto& [name, frontend] : rules.config.frontends) {
    const std::string path = child("frontends", name);
    check_owner(rules, frontend, path);
    check_captures(rules, frontend, path);
    const RuleScope scope{.has_sni = frontend.mode == ProxyMode::tcp, .what = "a rule on connections"};
    for (std::size_t i = 0; i < frontend.connection_rules.size(); ++i)
      check_connection_rule(rules, frontend.connection_rules[i], scope, child(path + ".connection_rules", i));
    for (std::size_t i = 0; i < frontend.backend_rules.size(); ++i)
      check_backend_rule(rules, frontend, frontend.backend_rules[i], child(path + ".backend_rules", i));
  }
  for (const auto& [name, backend] : rules.config.backends) {
    const std::string path = child("backends", name);
    check_owner(rules, backend, path);
    if (captures_of(backend.request_rules) + captures_of(backend.response_rules) > 0)
      rules.add(path, "a backend captures nothing: the log is its frontends'", "put the rules that capture there");
  }
}

}  // namespace poise::config
