#include "l7/http1/fields.hpp"

#include <utility>

#include "config/types/result.hpp"

namespace poise::l7::http1 {
namespace {

constexpr std::pair<std::string_view, FieldId> known[] = {
    {"host", FieldId::host},
    {"content-length", FieldId::content_length},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"connection", FieldId::connection},
    {"keep-alive", FieldId::keep_alive},
    {"proxy-connection", FieldId::proxy_connection},
    {"te", FieldId::te},
    {"trailer", FieldId::trailer},
    {"upgrade", FieldId::upgrade},
    {"expect", FieldId::expect},
    {"cookie", FieldId::cookie},
    {"set-cookie", FieldId::set_cookie},
    {"x-forwarded-for", FieldId::x_forwarded_for},
    {"forwarded", FieldId::forwarded},
};

Text text_between(std::size_t from, std::size_t to) { return {std::uint16_t(from), std::uint16_t(to - from)}; }

}  // namespace

FieldId field_id(std::string_view name) {
  for (const auto& [text, id] : known)
    if (text.size() == name.size() && equals_ignoring_case(name, text)) return id;
  return FieldId::other;
}

std::optional<std::size_t> end_of_head(std::string_view bytes, std::size_t& scanned) {
  // An empty line before the first is no end: clients send one after a body (RFC 9112 2.2).
  std::size_t begin = 0;
  while (begin < bytes.size() && (bytes[begin] == '\r' || bytes[begin] == '\n')) ++begin;
  for (std::size_t at = bytes.find('\n', std::max(scanned, begin)); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    scanned = at;
    if (at + 1 < bytes.size() && bytes[at + 1] == '\n') return at + 2;
    if (at + 2 < bytes.size() && bytes[at + 1] == '\r' && bytes[at + 2] == '\n') return at + 3;
    if (at + 2 >= bytes.size()) return std::nullopt;
  }
  scanned = std::max(scanned, bytes.empty() ? 0 : bytes.size() - 1);
  return std::nullopt;
}

tl::expected<Line, Refusal> line_at(std::string_view head, std::size_t at) {
  const std::size_t feed = head.find('\n', at);
  ensure(feed != std::string_view::npos);  // end_of_head has seen the last
  if (feed == at || head[feed - 1] != '\r') return tl::unexpected(Refusal::bare_line_feed);
  if (head.find('\r', at) != feed - 1) return tl::unexpected(Refusal::bare_carriage_return);
  return Line{feed - 1, feed + 1};
}

const Field* Fields::find(FieldId id) const {
  if (count(id) == 0) return nullptr;
  for (const Field& field : *this)
    if (field.id == id) return &field;
  return nullptr;
}

tl::expected<void, Refusal> Fields::parse_line(std::string_view head, std::size_t at, std::size_t end) {
  if (head[at] == ' ' || head[at] == '\t') return tl::unexpected(Refusal::folded_field);
  std::size_t colon = at;
  while (colon < end && is(token_character, head[colon])) ++colon;
  if (colon == at || colon == end || head[colon] != ':') return tl::unexpected(Refusal::field_name);
  std::size_t first = colon + 1, last = end;
  while (first < last && (head[first] == ' ' || head[first] == '\t')) ++first;
  while (last > first && (head[last - 1] == ' ' || head[last - 1] == '\t')) --last;
  if (!all(value_character, head.substr(first, last - first))) return tl::unexpected(Refusal::field_value);
  if (count_ == fields_max) return tl::unexpected(Refusal::too_many_fields);
  const FieldId id = field_id(head.substr(at, colon - at));
  fields_[count_++] = {text_between(at, colon), text_between(first, last), id};
  ++counts_[std::size_t(id)];
  return {};
}

tl::expected<void, Refusal> Fields::parse(std::string_view head, std::size_t at) {
  ensure(head.size() <= head_max);
  count_ = 0;
  counts_ = {};
  for (;;) {
    const auto line = line_at(head, at);
    if (!line) return tl::unexpected(line.error());
    if (line->end == at) return {};  // the empty one
    if (const auto parsed = parse_line(head, at, line->end); !parsed) return parsed;
    at = line->next;
  }
}

}  // namespace poise::l7::http1
