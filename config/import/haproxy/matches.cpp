#include <algorithm>
#include <array>

#include "config/import/haproxy/acls.hpp"
#include "config/types/limits.hpp"

// Conditions to matches: {conditions that must all hold, "any": groups of which one must, "not": groups of which none
// may}.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::size_t groups_max = 64;
constexpr const char* too_much = "the condition is more than a rule can say";

bool is_of_names(const std::string& field) {
  return field == "headers" || field == "parameters" || field == "cookies" || field == "response_headers" ||
         field == "tracked";
}

bool is_prefix_only(const json& text) {
  return text.contains("prefix") && text.size() == 1u + text.count("case_insensitive");
}

// Puts an atom into a group whose conditions must all hold; false: there is one on the same thing already.
bool put(json& group, const Atom& atom) {
  if (is_of_names(atom.field)) {
    for (const json& each : atom.fields[atom.field]) group[atom.field].push_back(each);
    return true;
  }
  const auto is_there = [&](const auto& item) { return group.contains(item.key()); };
  for (const auto& item : atom.fields.items())
    if (is_there(item)) {
      // A path begins as the path with the query does.
      if (atom.field != "path" || !is_prefix_only(atom.fields["path"]) || group.contains("url")) return false;
      group["url"] = atom.fields["path"];
      return true;
    }
  group.update(atom.fields);
  return true;
}

// The groups of which one holds when one of each list does.
std::optional<std::vector<json>> product(const std::vector<AnyOf>& all) {
  std::vector<json> groups = {json::object()};
  for (const AnyOf& any : all) {
    std::vector<json> next;
    for (const json& group : groups)
      for (const Atom& atom : any) {
        next.push_back(group);
        if (!put(next.back(), atom) || next.size() > groups_max) return std::nullopt;
      }
    groups = std::move(next);
  }
  return groups;
}

std::vector<AnyOf> positives_of(const Conjunct& conjunct) {
  std::vector<AnyOf> all;
  for (const Literal& literal : conjunct)
    if (!literal.is_negated) all.push_back(literal.any);
  return all;
}

bool has_negatives(const Conjunct& conjunct) {
  return std::any_of(conjunct.begin(), conjunct.end(), [](const Literal& literal) { return literal.is_negated; });
}

// `excluded`: groups of which none may hold, besides what the literals exclude.
std::optional<json> match_of(const Conjunct& conjunct, std::vector<json> excluded) {
  json match = json::object();
  std::vector<AnyOf> rest;
  for (const AnyOf& any : positives_of(conjunct))
    if (any.size() != 1 || !put(match, any[0])) rest.push_back(any);
  if (!rest.empty()) {
    const auto groups = product(rest);
    if (!groups) return std::nullopt;
    match["any"] = *groups;
  }
  for (const Literal& literal : conjunct)
    if (literal.is_negated)
      for (const Atom& atom : literal.any) excluded.push_back(atom.fields);
  if (excluded.size() > groups_max) return std::nullopt;
  if (!excluded.empty()) match["not"] = excluded;
  return match;
}

std::optional<json> match_of_any(const std::vector<Conjunct>& any) {
  json groups = json::array();
  for (const Conjunct& conjunct : any) {
    const auto some = has_negatives(conjunct) ? std::nullopt : product(positives_of(conjunct));
    if (!some || groups.size() + some->size() > groups_max) return std::nullopt;
    for (const json& group : *some) groups.push_back(group);
  }
  return json{{"any", groups}};
}

Matches matches_if(const std::vector<Conjunct>& any, bool may_repeat) {
  Matches matches;
  if (any.size() > 1)
    if (auto match = match_of_any(any)) {
      matches.list.push_back(std::move(*match));
      return matches;
    }
  if (any.size() > 1 && !may_repeat) {
    matches.why_not = too_much;
    return matches;
  }
  for (const Conjunct& conjunct : any) {
    auto match = match_of(conjunct, {});
    if (!match) return {{}, too_much};
    matches.list.push_back(std::move(*match));
  }
  return matches;
}

// Not any of these, as one match: each is excluded as a whole, or is one literal that turns around.
std::optional<json> match_unless(const std::vector<Conjunct>& any) {
  Conjunct turned;
  std::vector<json> excluded;
  for (const Conjunct& conjunct : any) {
    if (conjunct.size() == 1 && conjunct[0].is_negated) {
      turned.push_back({conjunct[0].any, false});
      continue;
    }
    const auto groups = has_negatives(conjunct) ? std::nullopt : product(positives_of(conjunct));
    if (!groups) return std::nullopt;
    excluded.insert(excluded.end(), groups->begin(), groups->end());
  }
  return match_of(turned, std::move(excluded));
}

// Not any of these, as conjuncts: one literal of each, turned around.
std::vector<Conjunct> turned_around(const std::vector<Conjunct>& any) {
  std::vector<Conjunct> all = {{}};
  for (const Conjunct& conjunct : any) {
    std::vector<Conjunct> next;
    for (const Conjunct& before : all)
      for (const Literal& literal : conjunct) {
        if (next.size() > groups_max) return {};
        next.push_back(before);
        next.back().push_back({literal.any, !literal.is_negated});
      }
    all = std::move(next);
  }
  return all;
}

std::optional<bool> constant_of(const AnyOf& any) {
  bool are_constant = true;
  for (const Atom& atom : any) {
    if (atom.field.empty() && atom.is_true) return true;
    are_constant = are_constant && atom.field.empty();
  }
  return are_constant ? std::optional(false) : std::nullopt;
}

// Without what is always or never so; nothing: always.
std::optional<std::vector<Conjunct>> simplified(const std::vector<Conjunct>& any) {
  std::vector<Conjunct> rest;
  for (const Conjunct& conjunct : any) {
    Conjunct kept;
    bool is_never = false;
    for (Literal literal : conjunct) {
      if (const auto constant = constant_of(literal.any)) {
        is_never = is_never || *constant == literal.is_negated;
        continue;
      }
      std::erase_if(literal.any, [](const Atom& atom) { return atom.field.empty(); });
      kept.push_back(std::move(literal));
    }
    if (is_never) continue;
    if (kept.empty()) return std::nullopt;
    rest.push_back(std::move(kept));
  }
  return rest;
}

}  // namespace

Matches matches_of(const Condition& condition, bool may_repeat) {
  if (!condition.why_not.empty()) return {{}, condition.why_not};
  if (condition.is_always) return {{json()}, ""};
  const auto any = simplified(condition.any);
  const bool is_always = any ? any->empty() && condition.is_unless : !condition.is_unless;
  const bool is_never = any ? any->empty() && !condition.is_unless : condition.is_unless;
  if (is_never) return {};
  if (is_always) return {{json()}, ""};
  if (!condition.is_unless) return matches_if(*any, may_repeat);
  if (auto match = match_unless(*any)) return {{std::move(*match)}, ""};
  const std::vector<Conjunct> turned = turned_around(*any);
  return turned.empty() ? Matches{{}, too_much} : matches_if(turned, may_repeat);
}

}  // namespace poise::config::importing::haproxy
