#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/import/haproxy/acls.hpp"
#include "config/import/haproxy/checks.hpp"

namespace poise::config::importing::haproxy {

// Proxy - a frontend, backend or listen section while its lines are taken: those of its defaults first. A listen is a
// frontend and a backend of one name.
struct Proxy {
  Mapping& mapping;
  const Section& section;
  std::string front_name, back_name;  // ours; "" when it has none
  std::string mode = "tcp";

  bool has_front() const { return !front_name.empty(); }
  bool has_back() const { return !back_name.empty(); }
  Part front(const Line& line) {
    return part_at(mapping, line, {"frontends", front_name}, line.is_inherited ? "*" : "");
  }
  Part back(const Line& line) { return part_at(mapping, line, {"backends", back_name}, line.is_inherited ? "*" : ""); }

  // What is put together when all lines were taken.
  struct Logs {
    std::optional<Line> first;         // `log`
    std::vector<std::string> servers;  // names in log_servers
    std::optional<Line> format_line;   // option httplog, log-format ...
    std::string format;                // ours
  } logs;
  struct Stats {
    std::optional<Line> first;
    std::string uri;
    std::optional<std::uint64_t> refresh_s;
    bool is_withheld = false;  // who may see it would be more than in the source
  } stats;
  std::vector<Line> default_servers;  // their words come before those of each server
  struct NamedServer {
    Line line;
    std::string name;                                // ours
    std::map<std::string, std::string> check_words;  // with their values
  };
  std::vector<NamedServer> servers;
  Checks checks;
  std::optional<Line> balance, cookie, cookie_key;  // the last, as those below
  std::optional<Line> default_backend;
  std::optional<Line> disabled;
  Acls acls;
  // Rules are written when all lines were taken: first by phase, then in their order.
  struct GatheredRule {
    Line line;
    nlohmann::json rule;
    int phase = 0;
  };
  std::map<std::string, std::vector<GatheredRule>> front_rules, back_rules;  // by field
  struct DualBind {
    Line line;
    std::uint16_t port = 0;
    bool accepts_proxy = false;
  };
  std::vector<DualBind> dual_binds;  // of "::", perhaps of IPv4 as well
};

inline constexpr std::uint8_t in_defaults = 1, in_front = 2, in_back = 4, in_both = in_front | in_back;
inline constexpr std::uint8_t any_words = 255;

// Keyword - a word, or two, that begin a line; who takes it, or why nobody does.
struct Keyword {
  std::string_view name;
  std::uint8_t where;                         // with in_both: either side is enough
  std::uint8_t words_min = 0, words_max = 0;  // behind the name
  void (*take)(Proxy& proxy, const Line& line) = nullptr;
  bool may_be_negated = false;
  // When nobody takes it: what there is instead. It matters: then it is refused, or left out with --lenient.
  bool matters = false;
  const char* why = nullptr;
};

std::span<const Keyword> settings_keywords();   // settings.cpp: mode, timeouts, limits
std::span<const Keyword> options_keywords();    // options.cpp: option ...
std::span<const Keyword> logs_keywords();       // logs.cpp
std::span<const Keyword> stats_keywords();      // stats.cpp
std::span<const Keyword> balance_keywords();    // balance.cpp
std::span<const Keyword> binds_keywords();      // binds.cpp
std::span<const Keyword> servers_keywords();    // servers.cpp
std::span<const Keyword> cookies_keywords();    // cookies.cpp
std::span<const Keyword> acls_keywords();       // acls.cpp
std::span<const Keyword> requests_keywords();   // requests.cpp: http-request, redirect
std::span<const Keyword> responses_keywords();  // responses.cpp
std::span<const Keyword> routing_keywords();    // routing.cpp: use_backend, tcp-request
std::span<const Keyword> pages_keywords();      // pages.cpp: errorfile ...
std::span<const Keyword> checks_keywords();     // check_lines.cpp
std::span<const Keyword> untaken_keywords();    // untaken.cpp: what nobody takes

const Keyword* find_keyword(const Line& line);  // keywords.cpp
void take_line(Proxy& proxy, const Line& line);

void finish_logs(Proxy& proxy);
void finish_stats(Proxy& proxy);
void finish_balance(Proxy& proxy);
void finish_servers(Proxy& proxy);
void finish_cookies(Proxy& proxy);
void finish_checks(Proxy& proxy);
void finish_binds(Proxy& proxy);

void map_globals(Mapping& mapping, const Section& section);                                         // globals.cpp
void map_proxies(Mapping& mapping, const std::vector<Section>& sections);                           // proxies.cpp
std::optional<std::string> log_server(Mapping& mapping, const Line& line, std::size_t first_word);  // logs.cpp

}  // namespace poise::config::importing::haproxy
