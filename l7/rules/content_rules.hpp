#pragma once
#include <memory>
#include <string>
#include <vector>

#include "l7/rules/action.hpp"
#include "l7/rules/condition.hpp"

namespace poise::l7 {
struct Backend;
}

namespace poise::l7::rules {

struct Rule {
  Match match;
  Action action;
};
using RuleList = std::vector<Rule>;

// Which backend a key has: HAProxy's map().
struct BackendMap {
  enum class Kind : std::uint8_t { exact, prefix, suffix } kind = Kind::exact;
  TextTemplate key;
  TextTable keys{false};
  std::vector<const Backend*> backends;  // by the numbers of `keys`
  const Backend* otherwise = nullptr;    // null: the next rule is asked
};
struct BackendRule {
  Match match;
  const Backend* backend = nullptr;
  std::unique_ptr<BackendMap> map;
};

struct ErrorPage {
  std::uint16_t status = 0;
  Content content;
};

struct Forwarded {  // RFC 7239
  bool proto = false, host = false, by = false, by_port = false, client = false, client_port = false;
};
struct OriginalTo {
  std::string header;
  std::optional<IpPrefix> except;
};

// ContentRules - those of one frontend or backend. Immutable; a part of Tables.
struct ContentRules {
  RuleList connections;                // of frontends
  std::uint32_t inspect_delay_ms = 0;  // mode tcp; 0: nobody asks for SNI
  RuleList requests, responses;
  std::vector<BackendRule> backends;  // of frontends
  std::vector<ErrorPage> error_pages;
  std::optional<Forwarded> forwarded;
  std::optional<OriginalTo> original_to;

  const Content* page_of(std::uint16_t status) const {
    for (const ErrorPage& page : error_pages)
      if (page.status == status) return &page.content;
    return nullptr;
  }
};

// The backend that the rules choose; null: none of them does. `key` is room for keys of maps.
const Backend* choose_backend(const std::vector<BackendRule>& rules, const Subject& subject, std::string& key);

}  // namespace poise::l7::rules
