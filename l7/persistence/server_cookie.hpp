#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "config/types/ip.hpp"
#include "l7/persistence/cookie_rule.hpp"

namespace poise::l7::persistence {

// CookieDates - seconds since 1970; 0: the cookie has none. They are in steps of four seconds.
struct CookieDates {
  std::uint32_t last_s = 0, first_s = 0;
  bool operator==(const CookieDates&) const = default;
};

// ServerCookie - what the value of a backend's cookie says: "s1", "s1|<last seen>|<first seen>", or "s1~<the server's
// own value>" in mode prefix.
struct ServerCookie {
  std::string_view server;
  CookieDates dates;
};
ServerCookie read_server_cookie(const CookieRule& rule, std::string_view value);

// Whether a cookie with such dates still counts. Dates that lie more than a day ahead count as past ones.
enum class CookieAge : std::uint8_t { good, expired, old };
CookieAge age_of(const CookieRule& rule, const CookieDates& dates, std::int64_t now_s);

// A date as five characters of Base64, the highest bits first: HAProxy's.
inline constexpr std::size_t date_length = 5;
void write_date(std::int64_t date_s, char* to);

// The value of a server that has none of its own: a hash of the key, the address and the port, HAProxy's.
std::string dynamic_cookie(std::string_view key, const IpAddr& address, std::uint16_t port);

}  // namespace poise::l7::persistence
