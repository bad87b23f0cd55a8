#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/haproxy/stick.hpp"
#include "config/import/texts.hpp"
#include "config/spelling.hpp"

// The keywords of proxies in one place: which there are, where they may stand, how many words they take.
namespace poise::config::importing::haproxy {
namespace {

std::array<std::span<const Keyword>, 16> tables() {
  return {settings_keywords(), options_keywords(),  logs_keywords(),      stats_keywords(),
          balance_keywords(),  binds_keywords(),    servers_keywords(),   cookies_keywords(),
          acls_keywords(),     requests_keywords(), responses_keywords(), routing_keywords(),
          pages_keywords(),    checks_keywords(),   stick_keywords(),     untaken_keywords()};
}

const Keyword* find_named(std::string_view name) {
  for (const std::span<const Keyword> table : tables())
    for (const Keyword& keyword : table)
      if (keyword.name == name) return &keyword;
  return nullptr;
}

// The second words of "option", or the first words of all.
std::vector<std::string_view> words_after(std::string_view first) {
  std::vector<std::string_view> words;
  for (const std::span<const Keyword> table : tables())
    for (const Keyword& keyword : table) {
      const std::size_t blank = keyword.name.find(' ');
      if (first.empty())
        words.push_back(keyword.name.substr(0, blank));
      else if (blank != std::string_view::npos && keyword.name.substr(0, blank) == first)
        words.push_back(keyword.name.substr(blank + 1));
    }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

void refuse_unknown(Proxy& proxy, const Line& line) {
  const std::vector<std::string_view> seconds = words_after(line.words[0]);
  if (seconds.empty())
    return proxy.mapping.refuse(line, "there is no keyword \"" + line.words[0] + "\"",
                                did_you_mean(line.words[0], words_after(""), "remove it"));
  if (line.words.size() == 1)
    return proxy.mapping.refuse(line, "\"" + line.words[0] + "\" needs another word", "write it behind it");
  proxy.mapping.refuse(line, "there is no \"" + line.words[0] + " " + line.words[1] + "\"",
                       did_you_mean(line.words[1], seconds, "remove it"));
}

std::string count_of(std::size_t count) { return count == 1 ? "one word" : std::to_string(count) + " words"; }

bool has_as_many_words(Proxy& proxy, const Line& line, const Keyword& keyword) {
  const std::size_t own = keyword.name.find(' ') == std::string_view::npos ? 1 : 2;
  const std::size_t count = line.words.size() - own;
  if (count < keyword.words_min) {
    proxy.mapping.refuse(line, "it needs " + count_of(keyword.words_min) + ", and has " + std::to_string(count),
                         "write what is missing");
    return false;
  }
  if (keyword.words_max != any_words && count > keyword.words_max) {
    proxy.mapping.refuse(line, "\"" + line.words[own + keyword.words_max] + "\" is not expected here", "remove it");
    return false;
  }
  return true;
}

}  // namespace

const Keyword* find_keyword(const Line& line) {
  if (line.words.size() > 1)
    if (const Keyword* found = find_named(line.words[0] + " " + line.words[1])) return found;
  return find_named(line.words[0]);
}

void take_line(Proxy& proxy, const Line& line) {
  const Keyword* keyword = find_keyword(line);
  if (keyword == nullptr) return refuse_unknown(proxy, line);
  if (line.is_inherited && (keyword->where & in_defaults) == 0)
    return proxy.mapping.refuse(line, "it may not stand in defaults", "move it to the sections that need it");
  const bool has_side =
      (proxy.has_front() && (keyword->where & in_front) != 0) || (proxy.has_back() && (keyword->where & in_back) != 0);
  if (!has_side) {
    if (!line.is_inherited)
      proxy.mapping.ignored(
          line, proxy.has_front() ? "HAProxy ignores it in a frontend, too" : "HAProxy ignores it in a backend, too");
    return;
  }
  if ((line.is_negated || line.is_reset) && !keyword->may_be_negated)
    return proxy.mapping.refuse(line, "\"no\" and \"default\" are not for it", "remove the line that sets it");
  if (!line.is_negated && !line.is_reset && !has_as_many_words(proxy, line, *keyword)) return;
  if (keyword->take != nullptr) return keyword->take(proxy, line);
  if (line.is_negated || line.is_reset) return proxy.mapping.ignored(line, keyword->why);
  if (keyword->matters) return proxy.mapping.leave_out(line, keyword->why, "see docs/from_haproxy.md, or --lenient");
  proxy.mapping.ignored(line, keyword->why);
}

}  // namespace poise::config::importing::haproxy
