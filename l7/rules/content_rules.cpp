#include "l7/rules/content_rules.hpp"

namespace poise::l7::rules {
namespace {

const Backend* look_up(const BackendMap& map, const Subject& subject, std::string& key) {
  key.clear();
  map.key.append_to(key, subject);
  const auto found = map.kind == BackendMap::Kind::prefix   ? map.keys.find_prefix_of(key)
                     : map.kind == BackendMap::Kind::suffix ? map.keys.find_suffix_of(key)
                                                            : map.keys.find(key);
  return found ? map.backends[*found] : map.otherwise;
}

}  // namespace

const Backend* choose_backend(const std::vector<BackendRule>& rules, const Subject& subject, std::string& key) {
  for (const BackendRule& rule : rules) {
    if (!holds(rule.match, subject)) continue;
    const Backend* backend = rule.map != nullptr ? look_up(*rule.map, subject, key) : rule.backend;
    if (backend != nullptr) return backend;
  }
  return nullptr;
}

}  // namespace poise::l7::rules
