#include "l7/session/key.hpp"

#include <algorithm>

#include "config/types/siphash.hpp"
#include "l7/rules/text_template.hpp"

namespace poise::l7 {
namespace {

std::optional<std::string_view> text_to_hash(ProxyCore& core, const Session& session, std::string_view head) {
  const BalanceKey& key = session.backend->key;
  const rules::EditedRequest request = edited_request(core, session, head);
  if (key.kind == BalanceKey::Kind::url_param) return query_parameter(request.query(), key.name);
  if (key.kind == BalanceKey::Kind::uri) {
    const bool has_query = !key.path_only && !request.query().empty();
    return hashed_part(has_query ? request.url(core.rule_room) : request.path(), key.length, key.depth);
  }
  std::optional<std::string_view> found;
  request.fields.for_each_of(key.name, [&](const rules::EditedFields::Each& field) {
    found = key.domain_only ? main_domain(field.value) : field.value;
    return false;
  });
  return found;
}

// Until the next call of anything that puts texts together.
std::string_view filled_in(ProxyCore& core, const Session& session, const rules::TextTemplate& text) {
  rules::Subject subject = subject_of(core, session);
  rules::EditedRequest request;
  if (session.backend->mode == Mode::http) {
    request = edited_request(core, session, kept_head(core, session));
    subject.request = &request;
  }
  core.rule_text.clear();
  text.append_to(core.rule_text, subject);
  return core.rule_text;
}

}  // namespace

std::string_view hashed_part(std::string_view uri, std::uint32_t length, std::uint32_t depth) {
  if (length != 0) uri = uri.substr(0, length);
  if (depth == 0) return uri;
  std::uint32_t slashes = 0;
  for (std::size_t at = 0; at < uri.size(); ++at)
    if (uri[at] == '/' && slashes++ == depth) return uri.substr(0, at);
  return uri;
}

std::optional<std::string_view> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view each = query.substr(0, end);
    if (each.starts_with(name) && each.substr(name.size()).starts_with('=')) return each.substr(name.size() + 1);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

std::string_view main_domain(std::string_view host) {
  host = host.substr(0, std::min(host.rfind(':'), host.size()));
  const std::size_t top = host.rfind('.');
  if (top == std::string_view::npos) return host;
  host = host.substr(0, top);
  const std::size_t dot = host.rfind('.');
  return dot == std::string_view::npos ? host : host.substr(dot + 1);
}

std::optional<std::uint64_t> balance_hash(ProxyCore& core, const Session& session) {
  const SipHash hash(session.use->tables->hash_key.octets);
  const BalanceKey& key = session.backend->key;
  if (key.kind == BalanceKey::Kind::text) {
    const std::string_view text = filled_in(core, session, *key.text);
    return text.empty() ? std::nullopt : std::optional(hash(text));
  }
  if (key.kind == BalanceKey::Kind::source || session.backend->mode == Mode::tcp) {
    const IpAddr& source = session.ends.source;
    return hash({reinterpret_cast<const char*>(source.octets.data()), source.octets.size()});
  }
  const std::string_view head = kept_head(core, session);
  const auto text = text_to_hash(core, session, head);
  return text ? std::optional(hash(*text)) : std::nullopt;
}

}  // namespace poise::l7
