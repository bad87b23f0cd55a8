#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// `stats` lines: the statistics page of a frontend.
namespace poise::config::importing::haproxy {
namespace {

constexpr const char* default_uri = "/haproxy?stats";

bool is_of_front(Proxy& proxy, const Line& line) {
  if (!proxy.stats.first) proxy.stats.first = line;
  if (proxy.has_front()) return true;
  if (!line.is_inherited)
    proxy.mapping.leave_out(line, "only frontends have a statistics page", "move it to the frontend");
  return false;
}

void take_uri(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  proxy.stats.uri = line.word(2);
  proxy.mapping.taken(line, proxy.front(line).shown_of("stats") + ".uri = " + text_of(line.word(2)));
}

void take_enable(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  if (proxy.stats.uri.empty()) proxy.stats.uri = default_uri;
  proxy.mapping.taken(line, proxy.front(line).shown_of("stats") + ".uri = " + text_of(proxy.stats.uri));
}

void take_refresh(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  const auto time = proxy.mapping.value(line, read_time(line.word(2), "s"));
  if (!time) return;
  if (proxy.stats.uri.empty()) proxy.stats.uri = default_uri;
  proxy.stats.refresh_s = std::min<std::uint64_t>((*time + 999) / 1000, 86400);
  proxy.mapping.taken(line,
                      proxy.front(line).shown_of("stats") + ".refresh_s = " + std::to_string(*proxy.stats.refresh_s));
}

// Without it the page would show more, or to more people, than it did.
void take_guard(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  proxy.stats.is_withheld = true;
  proxy.mapping.leave_out(line, "the page cannot ask for a password, nor hide some proxies: it would be open to all",
                          "give the page a frontend of its own on an address of the management network");
}

void take_look(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  if (proxy.stats.uri.empty()) proxy.stats.uri = default_uri;  // any of these opens the page
  proxy.mapping.ignored(line, "the page looks as it looks");
}

void take_admin(Proxy& proxy, const Line& line) {
  if (!is_of_front(proxy, line)) return;
  proxy.mapping.ignored(line, "the page changes nothing; servers are changed by `poise` and the REST API");
}

constexpr std::array keywords = {
    Keyword{"stats uri", in_defaults | in_both, 1, 1, take_uri},
    Keyword{"stats enable", in_defaults | in_both, 0, 0, take_enable},
    Keyword{"stats refresh", in_defaults | in_both, 1, 1, take_refresh},
    Keyword{"stats auth", in_defaults | in_both, 1, 1, take_guard},
    Keyword{"stats scope", in_defaults | in_both, 1, 1, take_guard},
    Keyword{"stats http-request", in_both, 1, any_words, take_guard},
    Keyword{"stats admin", in_both, 1, any_words, take_admin},
    Keyword{"stats realm", in_defaults | in_both, 1, 1, take_look},
    Keyword{"stats hide-version", in_defaults | in_both, 0, 0, take_look},
    Keyword{"stats show-legends", in_defaults | in_both, 0, 0, take_look},
    Keyword{"stats show-modules", in_defaults | in_both, 0, 0, take_look},
    Keyword{"stats show-node", in_defaults | in_both, 0, any_words, take_look},
    Keyword{"stats show-desc", in_defaults | in_both, 0, any_words, take_look},
};

}  // namespace

std::span<const Keyword> stats_keywords() { return keywords; }

void finish_stats(Proxy& proxy) {
  const Proxy::Stats& stats = proxy.stats;
  if (!proxy.has_front() || stats.uri.empty()) return;
  if (proxy.mode == "tcp") return proxy.mapping.ignored(*stats.first, "mode tcp has no page, in HAProxy neither");
  if (stats.is_withheld)
    return proxy.mapping.ignored(*stats.first, "there is no page: see the line about who may see it");
  Part part = proxy.front(*stats.first).child(*stats.first, "stats");
  part.set(*stats.first, "uri", stats.uri);
  if (stats.refresh_s) part.set(*stats.first, "refresh_s", *stats.refresh_s);
}

}  // namespace poise::config::importing::haproxy
