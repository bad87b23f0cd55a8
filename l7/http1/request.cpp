#include "l7/http1/request.hpp"

#include <optional>
#include <utility>

#include "l7/http1/authority.hpp"
#include "l7/http1/version.hpp"

namespace poise::l7::http1 {
namespace {

constexpr std::uint16_t http_port = 80, https_port = 443;
constexpr std::pair<std::string_view, Method> methods[] = {
    {"GET", Method::get},         {"HEAD", Method::head},   {"POST", Method::post},
    {"PUT", Method::put},         {"DELETE", Method::del},  {"CONNECT", Method::connect},
    {"OPTIONS", Method::options}, {"TRACE", Method::trace}, {"PATCH", Method::patch},
};

Text text_at(std::size_t offset, std::size_t length) { return {std::uint16_t(offset), std::uint16_t(length)}; }

void split_path(std::string_view head, std::size_t at, std::size_t end, RequestHead& into) {
  const std::size_t mark = std::min(head.substr(0, end).find('?', at), end);
  into.path = text_at(at, mark - at);
  into.query = mark == end ? text_at(end, 0) : text_at(mark + 1, end - mark - 1);
}

// scheme "://" authority path-abempty [ "?" query ]. Of schemes, http and https.
bool parse_absolute(std::string_view head, RequestHead& into) {
  const std::size_t at = into.target.offset, end = at + into.target.length;
  const std::string_view target = text_of(head, into.target);
  const std::size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, colon);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return false;
  const std::size_t authority = at + colon + 3;
  const std::size_t path = std::min(head.substr(0, end).find_first_of("/?", authority), end);
  into.authority = text_at(authority, path - authority);
  split_path(head, path, end, into);
  return into.authority.length > 0;
}

tl::expected<void, Refusal> parse_target(std::string_view head, RequestHead& into) {
  const std::string_view target = text_of(head, into.target);
  if (target.size() > target_max) return tl::unexpected(Refusal::target_too_long);
  if (target.empty() || !all(target_character, target)) return tl::unexpected(Refusal::target);
  const std::size_t at = into.target.offset, end = at + target.size();
  if (into.method == Method::connect) {
    into.form = TargetForm::authority;
    into.authority = into.target;
    const auto authority = parse_authority(target);
    if (!authority || !authority->port) return tl::unexpected(Refusal::target);
  } else if (target.front() == '/') {
    into.form = TargetForm::origin;
    split_path(head, at, end, into);
  } else if (target == "*") {
    into.form = TargetForm::asterisk;
    if (into.method != Method::options) return tl::unexpected(Refusal::target);
  } else {
    into.form = TargetForm::absolute;
    if (!parse_absolute(head, into)) return tl::unexpected(Refusal::target);
  }
  return {};
}

tl::expected<std::size_t, Refusal> parse_line(std::string_view head, std::size_t at, RequestHead& into) {
  const auto line = line_at(head, at);
  if (!line) return tl::unexpected(line.error());
  const std::size_t first = head.substr(0, line->end).find(' ', at);
  if (first == std::string_view::npos) return tl::unexpected(Refusal::version);
  const std::size_t second = head.substr(0, line->end).find(' ', first + 1);
  into.method_text = text_at(at, first - at);
  const std::string_view method = text_of(head, into.method_text);
  if (method.empty() || !all(token_character, method)) return tl::unexpected(Refusal::method);
  into.method = method_of(method);
  if (second == std::string_view::npos) return tl::unexpected(Refusal::version);
  into.target = text_at(first + 1, second - first - 1);
  const auto version = parse_version(head.substr(second + 1, line->end - second - 1));
  if (!version) return tl::unexpected(version.error());
  into.version = *version;
  if (const auto parsed = parse_target(head, into); !parsed) return tl::unexpected(parsed.error());
  return line->next;
}

// Host is there once, and names what the target names (RFC 9112 3.2).
tl::expected<void, Refusal> check_host(std::string_view head, RequestHead& into) {
  const Field* host = into.fields.find(FieldId::host);
  if (into.fields.count(FieldId::host) > 1) return tl::unexpected(Refusal::host_repeated);
  if (host == nullptr && into.version == Version::http_1_1) return tl::unexpected(Refusal::host_missing);
  const bool has_authority = into.form == TargetForm::absolute || into.form == TargetForm::authority;
  const std::string_view target = text_of(head, into.authority);
  const auto of_target = parse_authority(target);
  if (has_authority && (!of_target || of_target->host.empty())) return tl::unexpected(Refusal::host_malformed);
  if (host == nullptr) return {};
  const auto of_host = parse_authority(text_of(head, host->value));
  if (!of_host) return tl::unexpected(Refusal::host_malformed);
  if (!has_authority) {
    into.authority = host->value;
    return {};
  }
  const bool is_https = equals_ignoring_case(text_of(head, into.target).substr(0, 8), "https://");
  if (!is_same(*of_target, *of_host, is_https ? https_port : http_port)) return tl::unexpected(Refusal::host_differs);
  return {};
}

}  // namespace

Method method_of(std::string_view text) {
  for (const auto& [name, method] : methods)
    if (text == name) return method;
  return Method::other;
}

tl::expected<void, Refusal> parse_request(std::string_view head, RequestHead& into) {
  if (head.size() > head_max) return tl::unexpected(Refusal::head_too_large);
  into.authority = into.path = into.query = {};
  std::size_t at = 0;
  while (head.substr(at).starts_with("\r\n")) at += 2;
  const auto fields_at = parse_line(head, at, into);
  if (!fields_at) return tl::unexpected(fields_at.error());
  if (const auto parsed = into.fields.parse(head, *fields_at); !parsed) return parsed;
  if (const auto checked = check_host(head, into); !checked) return checked;
  const auto framing = framing_of_request(head, into.fields, into.version);
  if (!framing) return tl::unexpected(framing.error());
  into.framing = *framing;
  into.keeps_alive = keeps_alive(head, into.fields, into.version);
  return {};
}

}  // namespace poise::l7::http1
