#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// The cookie that keeps clients with their server.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// CookieLine - one `cookie` while its words are read.
struct CookieLine {
  Mapping& mapping;
  const Line& line;
  json cookie = json::object();
  bool is_wrong = false;

  void refuse(const std::string& problem, const std::string& fix) {
    is_wrong = true;
    mapping.refuse(line, problem, fix);
  }
};

void take_age(CookieLine& of, const char* field, const std::string& text) {
  const auto time = of.mapping.value(of.line, read_time(text, "s"));
  of.is_wrong = of.is_wrong || !time;
  if (time) of.cookie[field] = (*time + 999) / 1000;
}

// True: the word has a value behind it.
bool take_valued_word(CookieLine& of, const std::string& word, const std::string& value) {
  if (word != "domain" && word != "attr" && word != "maxidle" && word != "maxlife") return false;
  if (value.empty())
    of.refuse("\"" + word + "\" needs a value", "write it behind it");
  else if (word == "maxidle")
    take_age(of, "idle_max_s", value);
  else if (word == "maxlife")
    take_age(of, "life_max_s", value);
  else
    of.cookie[word == "domain" ? "domains" : "attributes"].push_back(value);
  return true;
}

void take_words(CookieLine& of) {
  constexpr std::array<std::string_view, 7> flags = {"indirect", "nocache", "postonly", "preserve",
                                                     "httponly", "secure",  "dynamic"};
  for (std::size_t i = 2; i < of.line.words.size() && !of.is_wrong; ++i) {
    const std::string& word = of.line.words[i];
    if (word == "insert" || word == "prefix" || word == "rewrite") {
      if (of.cookie.contains("mode")) return of.refuse("it has two modes", "keep one of insert, prefix and rewrite");
      of.cookie["mode"] = word;
    } else if (std::find(flags.begin(), flags.end(), word) != flags.end()) {
      of.cookie[word] = true;
    } else if (take_valued_word(of, word, of.line.word(i + 1))) {
      ++i;
    } else {
      of.refuse("\"" + word + "\" is not known here", "see `cookie` in HAProxy's manual");
    }
  }
}

void take_cookie(Proxy& proxy, const Line& line) {
  Part back = proxy.back(line);
  proxy.cookie.reset();
  if (line.is_negated || line.is_reset) {
    back.object.erase("cookie");
    return proxy.mapping.taken(line, "no cookie");
  }
  CookieLine of{proxy.mapping, line};
  of.cookie["name"] = line.word(1);
  take_words(of);
  if (of.is_wrong) return;
  if (!of.cookie.contains("mode"))
    return proxy.mapping.leave_out(line, "a cookie that servers set themselves, with their own values, is not followed",
                                   "add insert, prefix or rewrite");
  back.set(line, "cookie", of.cookie);
  proxy.cookie = line;
  proxy.mapping.taken(line, back.shown_of("cookie") + " = " + text_of(of.cookie));
}

void take_key(Proxy& proxy, const Line& line) {
  proxy.cookie_key = line.is_negated || line.is_reset ? std::nullopt : std::optional(line);
  if (!proxy.cookie_key) proxy.mapping.taken(line, "no key");
}

void take_capture(Proxy& proxy, const Line& line) {
  if (line.word(3) != "len" || line.words.size() != 5)
    return proxy.mapping.refuse(line, "it is no capture", "write capture cookie NAME len LENGTH");
  const auto length = proxy.mapping.value(line, read_number(line.word(4), 1, UINT32_MAX));
  if (!length) return;
  if (*length > 1024) proxy.mapping.changed(line, "at most 1024 characters");
  const json capture{{"name", line.word(2)}, {"length_max", std::min<std::uint64_t>(*length, 1024)}};
  proxy.front(line).child(line, "log").take(line, "cookie", capture);
}

constexpr std::array keywords = {
    Keyword{"cookie", in_defaults | in_back, 1, any_words, take_cookie, true},
    Keyword{"dynamic-cookie-key", in_defaults | in_back, 1, 1, take_key, true},
    Keyword{"capture cookie", in_front, 1, any_words, take_capture},
};

void finish_key(Proxy& proxy, json& cookie) {
  if (!proxy.cookie_key) return;
  if (!proxy.cookie || !cookie.value("dynamic", false))
    return proxy.mapping.ignored(*proxy.cookie_key, "it is for cookies with dynamic");
  cookie["dynamic_key"] = proxy.cookie_key->word(1);
  proxy.mapping.taken(*proxy.cookie_key, "dynamic_key of the cookie");
}

}  // namespace

std::span<const Keyword> cookies_keywords() { return keywords; }

void finish_cookies(Proxy& proxy) {
  if (!proxy.has_back()) return;
  json& backend = proxy.back(proxy.section.head).object;
  if (proxy.cookie && proxy.mode == "tcp") {
    proxy.mapping.ignored(*proxy.cookie, "mode tcp knows nothing of requests, as in HAProxy");
    proxy.cookie.reset();
    backend.erase("cookie");
  }
  json none;
  finish_key(proxy, proxy.cookie ? backend["cookie"] : none);
  for (const Proxy::NamedServer& server : proxy.servers)
    if (!proxy.cookie && backend["servers"][server.name].erase("cookie") > 0)
      proxy.mapping.ignored(server.line, "cookie: the backend has none");
}

}  // namespace poise::config::importing::haproxy
