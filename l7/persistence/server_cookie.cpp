#include "l7/persistence/server_cookie.hpp"

#include <xxhash.h>

#include <algorithm>
#include <optional>

namespace poise::l7::persistence {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int64_t day_s = 86400;

// 0: it is none.
std::uint32_t read_date(std::string_view text) {
  if (text.size() < date_length) return 0;
  std::uint32_t date = 0;
  for (const char character : text.substr(0, date_length)) {
    const std::size_t digit = digits.find(character);
    if (digit == std::string_view::npos) return 0;
    date = date << 6 | std::uint32_t(digit);
  }
  return date << 2;
}

bool is_beyond(std::uint32_t date_s, std::uint32_t limit_s, std::int64_t now_s) {
  if (date_s == 0 || limit_s == 0) return false;
  return now_s - date_s > std::int64_t(limit_s) || date_s - now_s > day_s;
}

}  // namespace

ServerCookie read_server_cookie(const CookieRule& rule, std::string_view value) {
  if (rule.mode == CookieRule::Mode::prefix) return {value.substr(0, value.find('~')), {}};
  const std::size_t bar = value.find('|');
  if (bar == std::string_view::npos) return {value, {}};
  ServerCookie cookie{value.substr(0, bar), {}};
  const std::string_view dates = value.substr(bar + 1);
  cookie.dates.last_s = read_date(dates);
  if (const std::size_t second = dates.find('|'); second != std::string_view::npos)
    cookie.dates.first_s = read_date(dates.substr(second + 1));
  return cookie;
}

CookieAge age_of(const CookieRule& rule, const CookieDates& dates, std::int64_t now_s) {
  if (is_beyond(dates.first_s, rule.life_max_s, now_s)) return CookieAge::old;
  if (is_beyond(dates.last_s, rule.idle_max_s, now_s)) return CookieAge::expired;
  return CookieAge::good;
}

void write_date(std::int64_t date_s, char* to) {
  const auto steps = std::uint32_t(date_s >> 2);
  for (std::size_t i = 0; i < date_length; ++i) to[i] = digits[steps >> 6 * (date_length - 1 - i) & 63];
}

std::string dynamic_cookie(std::string_view key, const IpAddr& address, std::uint16_t port) {
  const std::size_t skipped = address.is_v4() ? address.octets.size() - 4 : 0;
  std::string hashed(key);
  hashed.append(address.octets.begin() + std::ptrdiff_t(skipped), address.octets.end());
  hashed += {0, 0, char(port >> 8), char(port & 0xff)};
  std::uint64_t hash = XXH64(hashed.data(), hashed.size(), 0);
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; hash >>= 4) text[i] = "0123456789abcdef"[hash & 15];
  return text;
}

}  // namespace poise::l7::persistence
