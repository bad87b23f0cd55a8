#include <map>

#include "config/rules.hpp"

// Rules of cookies that keep clients with their server.
namespace poise::config {
namespace {

constexpr std::string_view token_characters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of(token_characters) == std::string_view::npos;
}

// What stands in a cookie and ends nothing there: RFC 6265's cookie-octet, without what separates the server from dates
// ("|") and from the server's own value ("~").
bool is_cookie_value(std::string_view text) {
  for (const char character : text)
    if (character <= ' ' || character > '~' || std::string_view("\",;\\|~").find(character) != std::string_view::npos)
      return false;
  return !text.empty();
}

bool is_attribute(std::string_view text) {
  for (const char character : text)
    if (character < ' ' || character > '~' || character == ';') return false;
  return !text.empty();
}

void check_cookie(Rules& rules, const CookiePersistence& cookie, const std::string& path) {
  if (!is_token(cookie.name) || cookie.name.starts_with('$'))
    rules.add(path + ".name", quoted(cookie.name) + " is no name of a cookie", "use letters, digits, \"-\" and \"_\"");
  for (std::size_t i = 0; i < cookie.domains.size(); ++i)
    if (!is_cookie_value(cookie.domains[i]))
      rules.add(child(path + ".domains", i), quoted(cookie.domains[i]) + " is no domain", "write it like example.org");
  for (std::size_t i = 0; i < cookie.attributes.size(); ++i)
    if (!is_attribute(cookie.attributes[i]))
      rules.add(child(path + ".attributes", i), "it has characters that an attribute cannot have",
                "write it like SameSite=Lax");
  const bool is_insert = cookie.mode == CookieMode::insert;
  if ((cookie.idle_max_s != 0 || cookie.life_max_s != 0) && !is_insert)
    rules.add(path + (cookie.idle_max_s != 0 ? ".idle_max_s" : ".life_max_s"),
              "only a cookie that the proxy sets itself has dates", "use mode \"insert\"");
  if (cookie.preserve && !is_insert && !cookie.indirect)
    rules.add(path + ".preserve", "nothing would be done to the server's cookie anyway",
              "use mode \"insert\" or indirect, or remove it");
  if (cookie.dynamic && (!cookie.dynamic_key || cookie.dynamic_key->empty()))
    rules.add(path + ".dynamic_key", "`dynamic` needs a key", "write any text that clients cannot guess");
  if (cookie.dynamic_key && !cookie.dynamic)
    rules.add(path + ".dynamic_key", "it is for `dynamic`", "set dynamic to true, or remove it");
}

void check_values(Rules& rules, const Backend& backend, const std::string& path) {
  for (const auto& [name, server] : backend.servers) {
    if (!server.cookie) continue;
    const std::string place = child(path + ".servers", name) + ".cookie";
    if (!backend.cookie) rules.add(place, "the backend has no cookie", "add `cookie` to the backend, or remove it");
    if (!is_cookie_value(*server.cookie))
      rules.add(place, quoted(*server.cookie) + " cannot stand in a cookie", "use letters, digits, \"-\" and \"_\"");
  }
}

}  // namespace

void check_persistence(Rules& rules) {
  for (const auto& [name, backend] : rules.config.backends) {
    const std::string path = child("backends", name);
    check_values(rules, backend, path);
    if (!backend.cookie) continue;
    if (backend.mode == ProxyMode::tcp)
      rules.add(path + ".cookie", "mode \"tcp\" knows nothing of requests", "remove it, or use mode \"http\"");
    check_cookie(rules, *backend.cookie, path + ".cookie");
  }
  for (const auto& [name, frontend] : rules.config.frontends)
    if (frontend.log.cookie && (frontend.log.cookie->name.empty() || !is_attribute(frontend.log.cookie->name)))
      rules.add(child("frontends", name) + ".log.cookie.name", "it is no name of a cookie", "use letters and digits");
}

}  // namespace poise::config
