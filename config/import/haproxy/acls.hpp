#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "config/import/haproxy/mapping.hpp"

// Conditions of HAProxy, ACLs, as conditions of ours.
namespace poise::config::importing::haproxy {

// Atom - one thing that a request must be like: fields of a match group that go together, or what is always so.
struct Atom {
  std::string field;  // "path", "headers", "source" ...; "": `is_true`, whatever comes
  nlohmann::json fields = nlohmann::json::object();
  bool is_true = false;
};
using AnyOf = std::vector<Atom>;

// Acl - any of these, or why it cannot be said here.
struct Acl {
  AnyOf any;
  std::string why_not;
};
using Acls = std::map<std::string, Acl>;

// The words of an ACL behind its name: criterion, flags, values.
Acl read_criterion(Mapping& mapping, std::span<const std::string> words);
// Adds to what an ACL of several lines says; joins what a list of values can say.
void add_to(Acl& acl, Acl more);

struct Literal {
  AnyOf any;
  bool is_negated = false;
};
using Conjunct = std::vector<Literal>;

// Condition - any of the conjuncts; nothing: always.
struct Condition {
  std::vector<Conjunct> any;
  bool is_always = false, is_unless = false;
  std::string why_not;
};

// What stands behind a rule from its `if` or `unless` on; always when there is neither. An ACL that is not known is
// refused: nothing then.
std::optional<Condition> read_condition(Mapping& mapping, const Acls& acls, const Line& line, std::size_t first);
// The index of the `if` or `unless` from a word on, or the number of words.
std::size_t condition_at(const Line& line, std::size_t first);

// Matches - the conditions of as many rules of ours, null: always. `why_not`: it cannot be said.
struct Matches {
  std::vector<nlohmann::json> list;
  std::string why_not;
};
// `may_repeat`: the same action may be done twice.
Matches matches_of(const Condition& condition, bool may_repeat);

}  // namespace poise::config::importing::haproxy
