#pragma once
#include <cstddef>
#include <string_view>

namespace poise::l7::persistence {

// Cookie - one of those in a Cookie field, or the one of a Set-Cookie field, as places in the field's value. White
// space around name and value is not theirs.
struct Cookie {
  std::size_t begin = 0, end = 0;  // the whole piece, between separators
  std::size_t value_begin = 0, value_end = 0;
  std::string_view name, value;
  bool has_value = false;     // there was a "="
  bool is_attribute = false;  // "$Path=...": belongs to the cookie before it (RFC 2109)
};

// CookieReader - goes through the value of a Cookie field. Pieces end at ";" and ",", as in HAProxy, but not within
// quotes, where a backslash takes away what the next character means. Nothing is refused: what is no cookie is a piece
// without a value.
class CookieReader {
 public:
  explicit CookieReader(std::string_view field) : field_(field) {}
  bool next(Cookie& into);

 private:
  std::string_view field_;
  std::size_t at_ = 0;
  bool is_over_ = false;
};

// The cookie of a Set-Cookie field, which ends at the first ";" outside of quotes; what follows are its attributes.
Cookie read_set_cookie(std::string_view field);

}  // namespace poise::l7::persistence
