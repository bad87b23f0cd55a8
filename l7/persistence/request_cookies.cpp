#include "l7/persistence/request_cookies.hpp"

#include "l7/persistence/cookie_reader.hpp"

namespace poise::l7::persistence {
namespace {

// Goes through the pieces of a field and tells which of them go.
class Pieces {
 public:
  Pieces(const CookieRule& rule, std::string_view field) : rule_(rule), reader_(field) {}
  bool next(Cookie& cookie) {
    if (!reader_.next(cookie)) return false;
    const bool is_ours = cookie.has_value && !cookie.is_attribute && cookie.name == rule_.name;
    if (!cookie.is_attribute) goes_ = is_ours && rule_.mode == CookieRule::Mode::insert && rule_.is_indirect;
    return true;
  }
  bool goes() const { return goes_; }  // also an attribute of a cookie that goes

 private:
  const CookieRule& rule_;
  CookieReader reader_;
  bool goes_ = false;
};

struct Seen {
  bool has_ours = false, has_others = false;
};
Seen look(const CookieRule& rule, std::string_view field) {
  Seen seen;
  Cookie cookie;
  for (Pieces pieces(rule, field); pieces.next(cookie);) {
    if (pieces.goes())
      seen.has_ours = true;
    else if (!cookie.is_attribute && (cookie.has_value || !cookie.name.empty()))
      seen.has_others = true;
  }
  return seen;
}

void write_others(http1::HeadWriter& writer, const CookieRule& rule, std::string_view field) {
  Cookie cookie;
  bool is_first = true;
  for (Pieces pieces(rule, field); pieces.next(cookie);) {
    if (pieces.goes()) continue;
    std::size_t from = cookie.begin;
    if (!is_first)
      --from;  // with the separator before it
    else
      while (from < cookie.end && (field[from] == ' ' || field[from] == '\t')) ++from;
    writer.add(field.substr(from, cookie.end - from));
    is_first = false;
  }
}

// Without what stands before the delimiter; false: nothing does.
bool write_without_prefixes(http1::HeadWriter& writer, const CookieRule& rule, std::string_view field) {
  std::size_t written = 0;
  bool has_begun = false;
  Cookie cookie;
  for (CookieReader reader(field); reader.next(cookie);) {
    if (cookie.is_attribute || cookie.name != rule.name) continue;
    const std::size_t delimiter = cookie.value.find('~');
    if (delimiter == std::string_view::npos) continue;
    if (!std::exchange(has_begun, true)) writer.begin_field("cookie");
    writer.add(field.substr(written, cookie.value_begin - written));
    written = cookie.value_begin + delimiter + 1;
  }
  if (has_begun) writer.add(field.substr(written));
  return has_begun;
}

}  // namespace

bool RequestCookies::write(http1::HeadWriter& writer, http1::FieldId id, std::string_view value) const {
  if (id != http1::FieldId::cookie) return false;
  if (rule_.mode == CookieRule::Mode::prefix) {
    if (!write_without_prefixes(writer, rule_, value)) return false;
    writer.end_field();
    return true;
  }
  const Seen seen = look(rule_, value);
  if (!seen.has_ours) return false;
  if (!seen.has_others) return true;
  writer.begin_field("cookie");
  write_others(writer, rule_, value);
  writer.end_field();
  return true;
}

}  // namespace poise::l7::persistence
