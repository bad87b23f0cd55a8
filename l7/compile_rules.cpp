#include "l7/compile_rules.hpp"

#include <algorithm>

#include "config/checks.hpp"
#include "config/placeholders.hpp"
#include "l7/rules/content_rules.hpp"
#include "l7/rules/list_file.hpp"
#include "l7/session/answer.hpp"

namespace poise::l7 {
namespace {

using rules::TextCondition;
using rules::TextMatcher;

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), http1::lower);
  return text;
}

TextMatcher::Kind kind_of(config::TextComparison comparison) { return TextMatcher::Kind(comparison); }

// Compiler - of the rules of one frontend or backend.
class Compiler {
 public:
  explicit Compiler(const RuleFiles& files, Frontend* frontend = nullptr) : files_(files), frontend_(frontend) {}

  rules::Match match(const std::optional<config::Match>& wanted) const {
    rules::Match match;
    if (!wanted) return match;
    match.all = group(wanted->all, match.needs_sni);
    for (const config::MatchGroup& each : wanted->any) match.any.push_back(group(each, match.needs_sni));
    for (const config::MatchGroup& each : wanted->none) match.none.push_back(group(each, match.needs_sni));
    return match;
  }
  rules::RuleList requests(const std::vector<config::RequestRule>& wanted) const {
    rules::RuleList list;
    for (const config::RequestRule& rule : wanted) list.push_back({match(rule.match), action(rule)});
    return list;
  }
  rules::RuleList responses(const std::vector<config::ResponseRule>& wanted) const {
    rules::RuleList list;
    for (const config::ResponseRule& rule : wanted) list.push_back({match(rule.match), action(rule)});
    return list;
  }
  rules::RuleList connections(const std::vector<config::ConnectionRule>& wanted) const {
    rules::RuleList list;
    for (const config::ConnectionRule& rule : wanted) {
      const auto action = [&]() -> rules::Action {
        if (rule.reject) return rules::Reject{};
        if (rule.silent_drop) return rules::SilentDrop{};
        return rules::Allow{};
      };
      list.push_back({match(rule.match), action()});
    }
    return list;
  }
  std::vector<rules::BackendRule> backends(const std::vector<config::BackendRule>& wanted,
                                           const std::map<std::string, const Backend*>& by_name) const;
  std::vector<rules::ErrorPage> error_pages(const std::vector<config::ErrorPage>& wanted) const {
    std::vector<rules::ErrorPage> pages;
    for (const config::ErrorPage& page : wanted)
      pages.push_back({page.status, *content(page.content_type, page.body, page.file)});
    return pages;
  }

 private:
  std::string_view file(const std::string& path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? std::string_view{} : std::string_view(found->second);
  }
  std::optional<rules::Content> content(const std::optional<std::string>& type, const std::optional<std::string>& body,
                                        const std::optional<std::string>& path) const {
    if (!body && !path) return std::nullopt;
    return rules::Content{type.value_or("text/html"), body ? *body : std::string(file(*path))};
  }

  TextMatcher matcher(const config::TextMatch& wanted, bool ignores_case) const;
  TextCondition named(TextCondition::Of of, const config::NamedMatch& wanted) const;
  rules::Group group(const config::MatchGroup& wanted, bool& needs_sni) const;
  rules::Action action(const config::RequestRule& rule) const;
  rules::Action action(const config::ResponseRule& rule) const;
  template <class Rule>
  std::optional<rules::Action> header_action(const Rule& rule) const;
  rules::Action redirect(const config::RedirectAction& wanted) const;
  rules::CaptureText capture(const config::CaptureAction& wanted, std::vector<Capture>& captures) const;

  const RuleFiles& files_;
  Frontend* frontend_;
};

TextMatcher Compiler::matcher(const config::TextMatch& wanted, bool ignores_case) const {
  TextMatcher matcher(ignores_case);
  using Kind = TextMatcher::Kind;
  const auto add = [&](Kind kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) matcher.add(kind, value);
  };
  add(Kind::exact, wanted.exact);
  add(Kind::prefix, wanted.prefix);
  add(Kind::suffix, wanted.suffix);
  add(Kind::substring, wanted.substring);
  add(Kind::regex, wanted.regex);
  if (wanted.file) add(kind_of(wanted.file_as), rules::lines_of(file(*wanted.file)));
  return matcher;
}

TextCondition Compiler::named(TextCondition::Of of, const config::NamedMatch& wanted) const {
  const bool is_header = of == TextCondition::Of::header || of == TextCondition::Of::response_header;
  TextCondition condition{of, is_header ? in_lower_case(wanted.name) : wanted.name, wanted.present,
                          matcher(wanted.text, wanted.text.case_insensitive)};
  condition.matcher.limit(wanted.min, wanted.max);
  const bool asks_for_values = !condition.matcher.is_empty() || wanted.text.file;
  if (!asks_for_values && !condition.present) condition.present = true;
  return condition;
}

rules::Group Compiler::group(const config::MatchGroup& wanted, bool& needs_sni) const {
  rules::Group group;
  const auto add_text = [&](TextCondition::Of of, const std::optional<config::TextMatch>& text, bool is_name) {
    if (text) group.push_back(TextCondition{of, "", std::nullopt, matcher(*text, is_name || text->case_insensitive)});
  };
  const auto add_named = [&](TextCondition::Of of, const std::vector<config::NamedMatch>& all) {
    for (const config::NamedMatch& each : all) group.push_back(named(of, each));
  };
  if (!wanted.source.empty() || wanted.source_file) {
    rules::SourceCondition condition;
    for (const IpPrefix& prefix : wanted.source) condition.sources.insert(prefix);
    if (wanted.source_file)
      for (const std::string& line : rules::lines_of(file(*wanted.source_file)))
        if (const auto prefix = parse_prefix(line)) condition.sources.insert(*prefix);
    group.push_back(std::move(condition));
  }
  if (!wanted.destination_ports.empty()) {
    rules::PortCondition condition;
    for (const config::PortRange& range : wanted.destination_ports)
      condition.destination_ports.emplace_back(range.first, range == config::PortRange{} ? 65535 : range.last);
    group.push_back(std::move(condition));
  }
  if (!wanted.methods.empty()) group.push_back(rules::MethodCondition{wanted.methods});
  if (!wanted.statuses.empty()) {
    rules::StatusCondition condition;
    for (const std::string& text : wanted.statuses)
      if (const auto range = config::parse_statuses(text)) condition.statuses.emplace_back(range->first, range->last);
    group.push_back(std::move(condition));
  }
  for (const config::CounterMatch& each : wanted.tracked)
    group.push_back(rules::CounterCondition{each.counter, stick::Data(each.data), each.above, each.below});
  add_text(TextCondition::Of::path, wanted.path, false);
  add_text(TextCondition::Of::query, wanted.query, false);
  add_text(TextCondition::Of::url, wanted.url, false);
  add_text(TextCondition::Of::host, wanted.host, true);
  add_text(TextCondition::Of::sni, wanted.sni, true);
  needs_sni = needs_sni || wanted.sni.has_value();
  add_named(TextCondition::Of::header, wanted.headers);
  add_named(TextCondition::Of::parameter, wanted.parameters);
  add_named(TextCondition::Of::cookie, wanted.cookies);
  add_named(TextCondition::Of::response_header, wanted.response_headers);
  return group;
}

// What may be done to requests and responses alike.
template <class Rule>
std::optional<rules::Action> Compiler::header_action(const Rule& rule) const {
  if (rule.allow) return rules::Allow{};
  if (rule.no_log) return rules::NoLog{};
  if (rule.add_header)
    return rules::AddHeader{in_lower_case(rule.add_header->name), rules::TextTemplate(rule.add_header->value)};
  if (rule.set_header)
    return rules::SetHeader{in_lower_case(rule.set_header->name), rules::TextTemplate(rule.set_header->value)};
  if (rule.replace_header)
    return rules::ReplaceHeader{in_lower_case(rule.replace_header->name),
                                rules::Replacement(rule.replace_header->regex, rule.replace_header->with)};
  if (!rule.del_header) return std::nullopt;
  rules::RemoveHeaders action;
  action.names.add(kind_of(rule.del_header->compare), rule.del_header->name);
  return action;
}

rules::Action Compiler::redirect(const config::RedirectAction& wanted) const {
  rules::Redirect redirect;
  using Kind = rules::Redirect::Kind;
  redirect.kind = wanted.location ? Kind::location : wanted.prefix ? Kind::prefix : Kind::scheme;
  redirect.text = rules::TextTemplate(wanted.location ? *wanted.location
                                      : wanted.prefix ? *wanted.prefix
                                                      : wanted.scheme.value_or("https"));
  redirect.code = wanted.code;
  redirect.drops_query = wanted.drop_query;
  redirect.appends_slash = wanted.append_slash;
  redirect.ignores_empty = wanted.ignore_empty;
  if (wanted.set_cookie) redirect.cookie = "set-cookie: " + *wanted.set_cookie + "; path=/;\r\n";
  if (wanted.clear_cookie) redirect.cookie += "set-cookie: " + *wanted.clear_cookie + "=; path=/; Max-Age=0;\r\n";
  return redirect;
}

rules::CaptureText Compiler::capture(const config::CaptureAction& wanted, std::vector<Capture>& captures) const {
  captures.push_back({"", wanted.length_max});
  return {std::uint8_t(captures.size() - 1), wanted.length_max, rules::TextTemplate(wanted.value)};
}

rules::Action Compiler::action(const config::RequestRule& rule) const {
  if (auto action = header_action(rule)) return std::move(*action);
  if (rule.deny)
    return rules::Deny{rule.deny->status.value_or(403),
                       content(rule.deny->content_type, rule.deny->body, rule.deny->file)};
  if (rule.tarpit) return rules::Tarpit{rule.tarpit->status};
  if (rule.reject) return rules::Reject{};
  if (rule.silent_drop) return rules::SilentDrop{};
  if (rule.redirect) return redirect(*rule.redirect);
  if (rule.answer) {
    rules::Return action{
        rule.answer->status, content(rule.answer->content_type, rule.answer->body, rule.answer->file), {}};
    for (const config::HeaderValue& header : rule.answer->headers)
      action.headers.emplace_back(in_lower_case(header.name), rules::TextTemplate(header.value));
    return action;
  }
  if (rule.set_path) return rules::SetPath{rules::TextTemplate(*rule.set_path)};
  if (rule.replace_path)
    return rules::ReplacePath{rules::Replacement(rule.replace_path->regex, rule.replace_path->with)};
  if (rule.set_query) return rules::SetQuery{rules::TextTemplate(*rule.set_query)};
  if (rule.set_method)
    return rules::SetMethod{*rule.set_method, http1::is_idempotent(http1::method_of(*rule.set_method))};
  if (rule.set_priority) return rules::SetPriority{rule.set_priority->priority_class, rule.set_priority->offset_ms};
  if (rule.capture && frontend_ != nullptr) return capture(*rule.capture, frontend_->request_captures);
  return rules::Allow{};
}

rules::Action Compiler::action(const config::ResponseRule& rule) const {
  if (auto action = header_action(rule)) return std::move(*action);
  if (rule.deny)
    return rules::Deny{rule.deny->status.value_or(502),
                       content(rule.deny->content_type, rule.deny->body, rule.deny->file)};
  if (rule.set_status)
    return rules::SetStatus{rule.set_status->status,
                            rule.set_status->reason.value_or(std::string(reason_of(rule.set_status->status)))};
  if (rule.capture && frontend_ != nullptr) return capture(*rule.capture, frontend_->response_captures);
  return rules::Allow{};
}

std::vector<rules::BackendRule> Compiler::backends(const std::vector<config::BackendRule>& wanted,
                                                   const std::map<std::string, const Backend*>& by_name) const {
  const auto backend_of = [&](const std::optional<std::string>& name) -> const Backend* {
    const auto found = name ? by_name.find(*name) : by_name.end();
    return found == by_name.end() ? nullptr : found->second;
  };
  std::vector<rules::BackendRule> list;
  for (const config::BackendRule& rule : wanted) {
    rules::BackendRule& into = list.emplace_back();
    into.match = match(rule.match);
    into.backend = backend_of(rule.backend);
    if (!rule.map) continue;
    into.map = std::make_unique<rules::BackendMap>();
    into.map->kind = rules::BackendMap::Kind(rule.map->compare);
    into.map->key = rules::TextTemplate(rule.map->key);
    into.match.needs_sni = into.match.needs_sni || config::has_any(rule.map->key, config::is_sni);
    into.map->keys = rules::TextTable(rule.map->case_insensitive);
    into.map->otherwise = backend_of(rule.map->otherwise);
    for (const auto& [key, name] : rules::pairs_of(file(rule.map->file))) {
      const Backend* backend = backend_of(name);
      if (backend == nullptr || backend->mode != frontend_->mode) continue;
      into.map->keys.insert(key, std::uint32_t(into.map->backends.size()));
      into.map->backends.push_back(backend);
    }
  }
  return list;
}

bool needs_sni(const auto& list) {
  return std::ranges::any_of(list, [](const auto& rule) { return rule.match.needs_sni; });
}

template <class Owner>
void compile_common(const Owner& wanted, const Compiler& compiler, rules::ContentRules& content) {
  content.requests = compiler.requests(wanted.request_rules);
  content.responses = compiler.responses(wanted.response_rules);
  content.error_pages = compiler.error_pages(wanted.error_pages);
  if (wanted.forwarded)
    content.forwarded = {wanted.forwarded->proto,   wanted.forwarded->host,   wanted.forwarded->by,
                         wanted.forwarded->by_port, wanted.forwarded->client, wanted.forwarded->client_port};
  if (wanted.original_to) content.original_to = {in_lower_case(wanted.original_to->header), wanted.original_to->except};
}

template <class Owner>
bool has_common(const Owner& wanted) {
  return !wanted.request_rules.empty() || !wanted.response_rules.empty() || !wanted.error_pages.empty() ||
         wanted.forwarded || wanted.original_to;
}

// Whether stick tables are looked into, or servers found, by the name that a TLS client asks for.
bool any_is_sni(const auto& keyed) {
  return std::ranges::any_of(keyed, [](const auto& rule) { return rule.key.kind == stick::Source::Kind::sni; });
}
bool has_sni_key(const Backend* backend) {
  return backend != nullptr && (backend->key.needs_sni || any_is_sni(backend->stick) ||
                                any_is_sni(backend->tracking));
}
bool leads_to_sni_key(const rules::BackendRule& rule) {
  if (has_sni_key(rule.backend)) return true;
  return rule.map != nullptr &&
         (has_sni_key(rule.map->otherwise) || std::ranges::any_of(rule.map->backends, has_sni_key));
}

}  // namespace

std::shared_ptr<const rules::ContentRules> compile_rules(const config::Frontend& wanted, const RuleFiles& files,
                                                         const std::map<std::string, const Backend*>& backends,
                                                         Frontend& frontend) {
  const auto otherwise = wanted.default_backend ? backends.find(*wanted.default_backend) : backends.end();
  bool is_keyed = any_is_sni(frontend.tracking) ||
                  has_sni_key(otherwise == backends.end() ? nullptr : otherwise->second);
  if (!has_common(wanted) && wanted.connection_rules.empty() && wanted.backend_rules.empty() && !is_keyed)
    return nullptr;
  const Compiler compiler(files, &frontend);
  auto content = std::make_shared<rules::ContentRules>();
  compile_common(wanted, compiler, *content);
  content->connections = compiler.connections(wanted.connection_rules);
  content->backends = compiler.backends(wanted.backend_rules, backends);
  is_keyed = is_keyed || std::ranges::any_of(content->backends, leads_to_sni_key);
  const bool waits =
      frontend.mode == Mode::tcp && (is_keyed || needs_sni(content->connections) || needs_sni(content->backends));
  if (waits) content->inspect_delay_ms = wanted.inspect_delay_ms;
  return content;
}

std::shared_ptr<const rules::ContentRules> compile_rules(const config::Backend& wanted, const RuleFiles& files) {
  if (!has_common(wanted)) return nullptr;
  auto content = std::make_shared<rules::ContentRules>();
  compile_common(wanted, Compiler(files), *content);
  return content;
}

}  // namespace poise::l7
