// Any field as a Cookie field of a request and as a Set-Cookie field of a response. Asked is that no line ends where
// none should, that the server never sees the backend's cookie with `indirect`, that all other cookies go on byte for
// byte, and that what is written is read again as the same. Input: a byte of flags, and the field's value.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "l7/http1/write.hpp"
#include "l7/persistence/cookie_reader.hpp"
#include "l7/persistence/request_cookies.hpp"
#include "l7/persistence/response_cookies.hpp"

namespace {

using namespace poise;
using namespace poise::l7;
using namespace poise::l7::persistence;

constexpr std::string_view ours = "S";

bool is_ours(const Cookie& cookie) { return cookie.has_value && !cookie.is_attribute && cookie.name == ours; }

// The pieces of a field that are not ours, without the white space around them.
std::vector<std::string_view> others_of(std::string_view field) {
  std::vector<std::string_view> others;
  Cookie cookie;
  bool belongs_to_ours = false;
  for (CookieReader reader(field); reader.next(cookie);) {
    if (!cookie.is_attribute) belongs_to_ours = is_ours(cookie);
    const std::string_view piece = http1::trimmed(field.substr(cookie.begin, cookie.end - cookie.begin));
    if (!belongs_to_ours && !piece.empty()) others.push_back(piece);
  }
  return others;
}

void look_at_lines(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r') ensure(at + 1 < text.size() && text[at + 1] == '\n');
    if (text[at] == '\n') ensure(at > 0 && text[at - 1] == '\r');
  }
}

// What was written of a field named so; nothing: it was left out.
std::optional<std::string> field_of(std::string_view head, const http1::Fields& fields, http1::FieldId id) {
  const http1::Field* field = fields.find(id);
  if (field == nullptr) return std::nullopt;
  return std::string(text_of(head, field->value));
}

void look_at_request(const CookieRule& rule, std::string_view value) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(value) + "\r\n\r\n";
  http1::RequestHead request, again;
  if (!http1::parse_request(head, request)) return;
  const std::string came = *field_of(head, request.fields, http1::FieldId::cookie);
  std::array<char, 3 * http1::head_max> room;
  http1::HeadWriter writer(room);
  writer.request_line("GET", "/");
  const RequestCookies cookies(rule);
  write_request_fields(writer, head, request, &cookies);
  writer.end();
  ensure(writer.is_whole());
  look_at_lines(writer.text());
  ensure(http1::parse_request(writer.text(), again).has_value());
  const auto seen = field_of(writer.text(), again.fields, http1::FieldId::cookie);
  const bool is_taken_away = rule.mode == CookieRule::Mode::insert && rule.is_indirect;
  if (is_taken_away) {
    const std::vector<std::string_view> before = others_of(came);
    const std::vector<std::string_view> after = seen ? others_of(*seen) : std::vector<std::string_view>{};
    const bool is_all_attributes = std::all_of(before.begin(), before.end(), [](auto each) { return each[0] == '$'; });
    ensure(before == after || (!seen && is_all_attributes));
    Cookie cookie;
    if (seen)
      for (CookieReader reader(*seen); reader.next(cookie);) ensure(!is_ours(cookie));
  } else if (rule.mode != CookieRule::Mode::prefix) {
    ensure(seen == came);
  }
}

void look_at_response(const CookieRule& rule, const ResponseFacts& facts, std::string_view value) {
  const std::string head = "HTTP/1.1 200 OK\r\nSet-Cookie: " + std::string(value) + "\r\nX: y\r\n\r\n";
  http1::ResponseHead response, again;
  if (!http1::parse_response(head, http1::Method::head, response)) return;
  const std::string came = *field_of(head, response.fields, http1::FieldId::set_cookie);
  const Cookie cookie = read_set_cookie(came);
  std::array<char, 3 * http1::head_max> room;
  http1::HeadWriter writer(room);
  writer.status_line(200, "OK");
  ResponseCookies cookies(rule, facts);
  for (const http1::Field& field : response.fields)
    cookies.see(field.id, text_of(head, field.name), text_of(head, field.value));
  cookies.decide();
  write_response_fields(writer, head, response, &cookies);
  cookies.write_inserted(writer);
  writer.end();
  ensure(writer.is_whole());
  look_at_lines(writer.text());
  ensure(http1::parse_response(writer.text(), http1::Method::head, again).has_value());
  if (is_ours(cookie) || cookie.name == ours) return;
  ensure(field_of(writer.text(), again.fields, http1::FieldId::set_cookie) == came);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 8000) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
  CookieRule rule{.mode = CookieRule::Mode(data[0] % 3), .name = std::string(ours)};
  rule.is_indirect = data[0] & 4;
  rule.preserves = data[0] & 8;
  rule.idle_max_s = data[0] & 16 ? 100 : 0;
  ResponseFacts facts{.server = "s1", .is_direct = bool(data[0] & 32), .now_s = 1'795'971'577};
  Cookie cookie;
  for (CookieReader reader(value); reader.next(cookie);) {
    const ServerCookie read = read_server_cookie(rule, cookie.value);
    ensure(read.server.size() <= cookie.value.size());
    facts.dates = read.dates;
  }
  look_at_request(rule, value);
  look_at_response(rule, facts, value);
  return 0;
}
