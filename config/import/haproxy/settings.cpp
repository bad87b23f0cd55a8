#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// Lines that set one value: mode, limits, timeouts, retries.
namespace poise::config::importing::haproxy {
namespace {

constexpr std::uint64_t time_max_ms = 604'800'000, count_max = 1u << 24;

void take_mode(Proxy& proxy, const Line& line) {
  const std::string& mode = line.word(1);
  if (mode != "http" && mode != "tcp")
    return proxy.mapping.refuse(line, "there is no mode \"" + mode + "\" here", "write http or tcp");
  proxy.mode = mode;
  if (proxy.has_front()) proxy.front(line).take(line, "mode", mode);
  if (proxy.has_back()) proxy.back(line).take(line, "mode", mode);
}

struct TimeoutRow {
  std::string_view theirs;
  const char* field;
  bool is_of_front;
};
constexpr std::array timeout_rows = {
    TimeoutRow{"client", "client_ms", true},
    TimeoutRow{"client-fin", "client_fin_ms", true},
    TimeoutRow{"http-request", "http_request_ms", true},
    TimeoutRow{"http-keep-alive", "http_keep_alive_ms", true},
    TimeoutRow{"connect", "connect_ms", false},
    TimeoutRow{"server", "server_ms", false},
    TimeoutRow{"server-fin", "server_fin_ms", false},
    TimeoutRow{"queue", "queue_ms", false},
    TimeoutRow{"tunnel", "tunnel_ms", false},
};

void take_timeout(Proxy& proxy, const Line& line) {
  const auto row = std::find_if(timeout_rows.begin(), timeout_rows.end(),
                                [&](const TimeoutRow& each) { return each.theirs == line.word(1); });
  auto time = proxy.mapping.value(line, read_time(line.word(2)));
  if (!time) return;
  if (*time > time_max_ms) proxy.mapping.changed(line, "at most 7 days");
  Part part = row->is_of_front ? proxy.front(line) : proxy.back(line);
  part.child(line, "timeouts").take(line, row->field, std::min(*time, time_max_ms));
}

void take_count(Part part, const Line& line, const char* field) {
  const auto count = part.mapping.number(line, line.word(1));
  if (!count) return;
  if (*count > count_max) part.mapping.changed(line, "at most " + std::to_string(count_max));
  part.take(line, field, std::min(*count, count_max));
}
void take_maxconn(Proxy& proxy, const Line& line) { take_count(proxy.front(line), line, "connections_max"); }
void take_fullconn(Proxy& proxy, const Line& line) { take_count(proxy.back(line), line, "connections_full"); }

void take_retries(Proxy& proxy, const Line& line) {
  const auto count = proxy.mapping.number(line, line.word(1));
  if (!count) return;
  if (*count > 100) proxy.mapping.changed(line, "at most 100");
  proxy.back(line).take(line, "retries", std::min<std::uint64_t>(*count, 100));
}

void take_retry_on(Proxy& proxy, const Line& line) {
  if (line.word(1) == "none") return proxy.back(line).take(line, "retries", 0);
  const bool is_usual = line.words.size() == 2 && line.word(1) == "conn-failure";
  if (is_usual) return proxy.mapping.taken(line, "always so");
  proxy.mapping.changed(line, "only connections that fail are tried again, not requests that were sent");
}

void take_reuse(Proxy& proxy, const Line& line) {
  const std::string& word = line.word(1);
  if (word != "never" && word != "safe" && word != "aggressive" && word != "always")
    return proxy.mapping.refuse(line, "there is no http-reuse \"" + word + "\"",
                                "write never, safe, aggressive or always");
  proxy.back(line).take(line, "reuse", word);
}

void take_default_backend(Proxy& proxy, const Line& line) { proxy.default_backend = line; }

void take_disabled(Proxy& proxy, const Line& line) {
  proxy.disabled = line.words[0] == "disabled" ? std::optional(line) : std::nullopt;
  if (!proxy.disabled) return proxy.mapping.taken(line, "as by default");
  if (proxy.has_front()) return proxy.front(line).take(line, "enabled", false);
  proxy.mapping.changed(line, "its servers are down: clients get the same 503");
}

void take_source(Proxy& proxy, const Line& line) {
  if (line.is_negated || line.is_reset) {
    std::erase_if(proxy.default_servers, [](const Line& each) { return each.word(1) == "source"; });
    return proxy.mapping.taken(line, "as by default");
  }
  Line words = line;  // as if each server had it
  words.words.insert(words.words.begin(), "default-server");
  proxy.default_servers.push_back(std::move(words));
  proxy.mapping.taken(line, "source of each server");
}

constexpr std::array keywords = {
    Keyword{"mode", in_defaults | in_both, 1, 1, take_mode},
    Keyword{"timeout client", in_defaults | in_front, 1, 1, take_timeout},
    Keyword{"timeout client-fin", in_defaults | in_front, 1, 1, take_timeout},
    Keyword{"timeout http-request", in_defaults | in_front, 1, 1, take_timeout},
    Keyword{"timeout http-keep-alive", in_defaults | in_front, 1, 1, take_timeout},
    Keyword{"timeout connect", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"timeout server", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"timeout server-fin", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"timeout queue", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"timeout tunnel", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"maxconn", in_defaults | in_front, 1, 1, take_maxconn},
    Keyword{"fullconn", in_defaults | in_back, 1, 1, take_fullconn},
    Keyword{"retries", in_defaults | in_back, 1, 1, take_retries},
    Keyword{"retry-on", in_defaults | in_back, 1, any_words, take_retry_on},
    Keyword{"http-reuse", in_defaults | in_back, 1, 1, take_reuse},
    Keyword{"default_backend", in_defaults | in_front, 1, any_words, take_default_backend},
    Keyword{"disabled", in_defaults | in_both, 0, 0, take_disabled},
    Keyword{"enabled", in_defaults | in_both, 0, 0, take_disabled},
    Keyword{"source", in_defaults | in_back, 1, any_words, take_source, true},
};

}  // namespace

std::span<const Keyword> settings_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
