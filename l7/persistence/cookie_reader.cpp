#include "l7/persistence/cookie_reader.hpp"

#include <algorithm>

namespace poise::l7::persistence {
namespace {

bool is_blank(char character) { return character == ' ' || character == '\t'; }

std::size_t end_of_value(std::string_view field, std::size_t at, std::string_view separators) {
  bool is_quoted = false;
  for (; at < field.size(); ++at) {
    const char character = field[at];
    if (is_quoted && character == '\\')
      ++at;
    else if (character == '"')
      is_quoted = !is_quoted;
    else if (!is_quoted && separators.find(character) != std::string_view::npos)
      return at;
  }
  return field.size();
}

// The piece at `at`, which ends at one of `separators`.
Cookie read(std::string_view field, std::size_t at, std::string_view separators) {
  Cookie cookie{.begin = at};
  while (at < field.size() && is_blank(field[at])) ++at;
  const std::size_t name = at;
  while (at < field.size() && field[at] != '=' && separators.find(field[at]) == std::string_view::npos) ++at;
  std::size_t name_end = at;
  while (name_end > name && is_blank(field[name_end - 1])) --name_end;
  cookie.name = field.substr(name, name_end - name);
  cookie.is_attribute = cookie.name.starts_with('$');
  cookie.end = cookie.value_begin = cookie.value_end = at;
  if (at == field.size() || field[at] != '=') return cookie;
  cookie.has_value = true;
  ++at;
  while (at < field.size() && is_blank(field[at])) ++at;
  cookie.value_begin = at;
  cookie.end = cookie.value_end = end_of_value(field, at, separators);
  while (cookie.value_end > at && is_blank(field[cookie.value_end - 1])) --cookie.value_end;
  cookie.value = field.substr(at, cookie.value_end - at);
  return cookie;
}

}  // namespace

bool CookieReader::next(Cookie& into) {
  if (is_over_) return false;
  into = read(field_, at_, ";,");
  is_over_ = into.end == field_.size();
  at_ = into.end + 1;
  return true;
}

Cookie read_set_cookie(std::string_view field) { return read(field, 0, ";"); }

}  // namespace poise::l7::persistence
