#include "l7/persistence/cacheability.hpp"

#include "l7/http1/characters.hpp"
#include "l7/http1/fields.hpp"

namespace poise::l7::persistence {
namespace {

using http1::equals_ignoring_case;

constexpr std::uint16_t statuses[] = {200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501};

bool begins(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() && equals_ignoring_case(text.substr(0, lower_case.size()), lower_case);
}

bool is_any(std::string_view text, std::initializer_list<std::string_view> of) {
  for (const std::string_view each : of)
    if (equals_ignoring_case(text, each)) return true;
  return false;
}

}  // namespace

// Of Cache-Control, in the order of its elements: a later one counts more.
void Cacheability::take(std::string_view element) {
  if (equals_ignoring_case(element, "public")) {
    is_kept_ = true;
  } else if (equals_ignoring_case(element, "max-age=0")) {
    is_stale_ = true;
  } else if (is_any(element, {"private", "no-cache", "no-store", "s-maxage=0"})) {
    is_kept_ = false;
  } else if (begins(element, "s-maxage")) {
    has_age_ = true;
    is_stale_ = false;
  } else if (begins(element, "max-age")) {
    has_age_ = true;
  }
}

void Cacheability::see(std::string_view name, std::string_view value) {
  if (is_any(name, {"expires", "etag", "last-modified"})) has_validator_ = true;
  if (equals_ignoring_case(name, "pragma") && equals_ignoring_case(value, "no-cache")) is_banned_ = true;
  if (!equals_ignoring_case(name, "cache-control")) return;
  http1::for_each_element(value, [&](std::string_view element) {
    take(element);
    return true;
  });
}

bool Cacheability::judge(http1::Method method, std::uint16_t status) const {
  if (method != http1::Method::get && method != http1::Method::head) return false;
  bool is_known = false;
  for (const std::uint16_t each : statuses) is_known |= each == status;
  return is_known && !is_banned_ && is_kept_ && !is_stale_ && (has_age_ || has_validator_);
}

}  // namespace poise::l7::persistence
