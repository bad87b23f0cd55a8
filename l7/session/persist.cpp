#include "l7/session/persist.hpp"

#include "l7/persistence/cookie_reader.hpp"

namespace poise::l7 {
namespace {

using http1::FieldId;
using persistence::Cookie;
using persistence::CookieAge;
using persistence::CookieReader;

std::int64_t seconds_since_1970(const ProxyCore& core) {
  const Instant now = core.now;
  const WallClock* clock = core.settings.wall_clock;
  const Duration since = clock != nullptr ? clock->since_1970(now) : now.time_since_epoch();
  return since / std::chrono::seconds(1);
}

// The first server with this value that is up; a value that several servers have leads to the next of them.
void find_by_value(Session& session, std::string_view value) {
  const Backend& backend = *session.backend;
  for (const Server& server : backend.servers) {
    if (value.empty() || server.cookie != value) continue;
    const bool is_up = takes_its_own(server);
    session.cookie_seen = is_up ? 'V' : 'D';
    if (!is_up && !backend.persists_when_down) continue;
    session.own = &server;
    session.is_direct = true;
    return;
  }
  if (session.cookie_seen == 'N') session.cookie_seen = 'I';
}

void take_server_cookie(const ProxyCore& core, Session& session, std::string_view value) {
  const persistence::CookieRule& rule = *session.backend->cookie;
  const persistence::ServerCookie cookie = read_server_cookie(rule, value);
  if (cookie.dates.last_s != 0) session.cookie_dates.last_s = cookie.dates.last_s;
  if (cookie.dates.first_s != 0) session.cookie_dates.first_s = cookie.dates.first_s;
  const CookieAge age = age_of(rule, session.cookie_dates, seconds_since_1970(core));
  if (age == CookieAge::good) return find_by_value(session, cookie.server);
  session.cookie_seen = age == CookieAge::old ? 'O' : 'E';
  session.cookie_dates = {};
}

// Of "NAME=VALUE" what begins with the wanted text; the first one counts.
void capture_cookie(const Capture& rule, std::string_view field, const Cookie& cookie, std::string& into) {
  if (!into.empty() || !cookie.has_value) return;
  const auto begin = std::size_t(cookie.name.data() - field.data());
  const std::string_view text = field.substr(begin, cookie.value_end - begin);
  if (text.starts_with(rule.header)) into.assign(text.substr(0, rule.length_max));
}

}  // namespace

void find_own_server(ProxyCore& core, Session& session) {
  const Backend* backend = session.backend;
  const bool has_rule = backend != nullptr && backend->cookie.has_value();
  const auto& capture = session.frontend->cookie_capture;
  if (session.frontend->mode != Mode::http || (!has_rule && !capture)) return;
  if (has_rule) session.cookie_seen = session.cookie_done = 'N';
  const rules::EditedRequest request = edited_request(core, session, kept_head(core, session));
  request.fields.for_each([&](const rules::EditedFields::Each& field) {
    if (field.id != FieldId::cookie) return true;
    Cookie cookie;
    for (CookieReader reader(field.value); reader.next(cookie);) {
      if (cookie.is_attribute || !cookie.has_value) continue;
      if (capture) capture_cookie(*capture, field.value, cookie, session.request_cookie);
      const bool is_ours = has_rule && session.own == nullptr && cookie.name == backend->cookie->name;
      if (is_ours) take_server_cookie(core, session, cookie.value);
    }
    return true;
  });
}

bool takes_its_own(const Server& server) {
  return !server.is_disabled && server.state->is_up.load(std::memory_order_relaxed);
}

void redispatch_from(ProxyCore& core, Session& session, const Server& server) {
  core.stats(*session.backend->state).add(Stat::redispatches);
  core.stats(*server.state).add(Stat::redispatches);
  if (session.cookie_seen == 'V') session.cookie_seen = 'D';
  session.avoided = &server;
  session.is_redispatched = true;
  session.own = nullptr;
  session.is_direct = false;
}

std::optional<persistence::ResponseCookies> response_cookies(ProxyCore& core, Session& session,
                                                             const rules::EditedResponse& response) {
  using Each = rules::EditedFields::Each;
  if (core.response.status < 200 && core.response.status != 101) return std::nullopt;
  if (const auto& capture = session.frontend->cookie_capture)
    response.fields.for_each([&](const Each& field) {
      if (field.id == FieldId::set_cookie)
        capture_cookie(*capture, field.value, persistence::read_set_cookie(field.value), session.response_cookie);
      return true;
    });
  if (!session.backend->cookie) return std::nullopt;
  const persistence::ResponseFacts facts{.server = session.picked->cookie,
                                         .is_direct = session.is_direct,
                                         .dates = session.cookie_dates,
                                         .method = session.method,
                                         .status = response.status(),
                                         .now_s = seconds_since_1970(core)};
  persistence::ResponseCookies cookies(*session.backend->cookie, facts);
  response.fields.for_each([&](const Each& field) {
    cookies.see(field.id, field.name, field.value);
    return true;
  });
  cookies.decide();
  session.cookie_done = cookies.done();
  return cookies;
}

}  // namespace poise::l7
