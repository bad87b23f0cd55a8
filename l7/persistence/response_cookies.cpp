#include "l7/persistence/response_cookies.hpp"

#include <array>

#include "l7/persistence/cookie_reader.hpp"

namespace poise::l7::persistence {

using Mode = CookieRule::Mode;

ResponseCookies::ResponseCookies(const CookieRule& rule, const ResponseFacts& facts)
    : rule_(rule), facts_(facts), deed_(deed()) {}

void ResponseCookies::see(http1::FieldId id, std::string_view name, std::string_view value) {
  cacheability_.see(name, value);
  if (id != http1::FieldId::set_cookie) return;
  const Cookie cookie = read_set_cookie(value);
  has_servers_own_ |= cookie.has_value && cookie.name == rule_.name;
}

void ResponseCookies::decide() {
  if (has_servers_own_) done_ = deed_ == Deed::keep ? 'P' : deed_ == Deed::remove ? 'D' : 'R';
  is_inserted_ = wants_insertion();
  if (!is_inserted_) return;
  is_private_ = rule_.has_no_cache && cacheability_.judge(facts_.method, facts_.status);
  done_ = facts_.is_direct && !facts_.server.empty() ? 'U' : 'I';
}

// To a cookie of ours that the server sets.
ResponseCookies::Deed ResponseCookies::deed() const {
  if (rule_.preserves) return Deed::keep;
  if (rule_.mode == Mode::insert || (facts_.is_direct && rule_.is_indirect)) return Deed::remove;
  if (facts_.server.empty()) return Deed::keep;
  return rule_.mode == Mode::rewrite ? Deed::rewrite : Deed::prefix;
}

// It was not the cookie that led to this server, or its dates are not those that it should have.
bool ResponseCookies::wants_insertion() const {
  if (rule_.mode != Mode::insert || (has_servers_own_ && rule_.preserves)) return false;
  if (rule_.is_for_post_only && facts_.method != http1::Method::post) return false;
  const auto [last_s, first_s] = facts_.dates;
  const bool is_dated = rule_.idle_max_s != 0 || last_s != 0;
  const bool is_due = is_dated && (last_s == 0 || std::int64_t(last_s) < facts_.now_s);
  const bool lives_otherwise = (rule_.life_max_s != 0) != (first_s != 0);
  return !facts_.is_direct || is_due || lives_otherwise;
}

bool ResponseCookies::write(http1::HeadWriter& writer, http1::FieldId id, std::string_view value) const {
  if (id != http1::FieldId::set_cookie || deed_ == Deed::keep) return false;
  const Cookie cookie = read_set_cookie(value);
  if (!cookie.has_value || cookie.name != rule_.name) return false;
  if (deed_ == Deed::remove) return true;
  writer.begin_field("set-cookie");
  writer.add(value.substr(0, cookie.value_begin));
  writer.add(facts_.server);
  if (deed_ == Deed::prefix) writer.add("~");
  writer.add(value.substr(deed_ == Deed::prefix ? cookie.value_begin : cookie.value_end));
  writer.end_field();
  return true;
}

void ResponseCookies::write_inserted(http1::HeadWriter& writer) const {
  if (!is_inserted_) return;
  writer.begin_field("set-cookie");
  writer.add(rule_.name);
  writer.add("=");
  writer.add(facts_.server);
  std::array<char, 1 + date_length> date = {'|'};
  const std::string_view dated(date.data(), date.size());
  const bool has_dates = rule_.idle_max_s != 0 || rule_.life_max_s != 0;
  if (facts_.server.empty()) {
    writer.add("; Expires=Thu, 01-Jan-1970 00:00:01 GMT");
  } else if (has_dates) {
    write_date(facts_.now_s + 3, date.data() + 1);
    writer.add(dated);
    if (rule_.life_max_s != 0) {
      if (facts_.dates.first_s != 0) write_date(facts_.dates.first_s, date.data() + 1);
      writer.add(dated);
    }
  }
  writer.add("; path=/");
  writer.add(rule_.attributes);
  writer.end_field();
  if (is_private_) writer.field("cache-control", "private");
}

}  // namespace poise::l7::persistence
