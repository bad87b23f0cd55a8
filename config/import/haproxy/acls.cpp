#include "config/import/haproxy/acls.hpp"

#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/spelling.hpp"

// `acl` lines, and the conditions that name them.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// ACLs that are always there.
struct Predefined {
  std::string_view name;
  std::array<const char*, 3> words;  // criterion and values; "" ends them
};
constexpr std::array predefined = {
    Predefined{"FALSE", {"always_false", "", ""}},         Predefined{"TRUE", {"always_true", "", ""}},
    Predefined{"HTTP", {"always_true", "", ""}},           Predefined{"LOCALHOST", {"src", "127.0.0.1/8", "::1"}},
    Predefined{"METH_CONNECT", {"method", "CONNECT", ""}}, Predefined{"METH_DELETE", {"method", "DELETE", ""}},
    Predefined{"METH_GET", {"method", "GET", "HEAD"}},     Predefined{"METH_HEAD", {"method", "HEAD", ""}},
    Predefined{"METH_OPTIONS", {"method", "OPTIONS", ""}}, Predefined{"METH_POST", {"method", "POST", ""}},
    Predefined{"METH_PUT", {"method", "PUT", ""}},         Predefined{"METH_TRACE", {"method", "TRACE", ""}},
    Predefined{"HTTP_URL_SLASH", {"url_beg", "/", ""}},    Predefined{"HTTP_URL_STAR", {"url", "*", ""}},
    Predefined{"WAIT_END", {"wait_end", "", ""}},
};

std::optional<Acl> predefined_acl(Mapping& mapping, const std::string& name) {
  for (const Predefined& each : predefined) {
    if (each.name != name) continue;
    std::vector<std::string> words;
    for (const char* word : each.words)
      if (*word != 0) words.emplace_back(word);
    return read_criterion(mapping, words);
  }
  return std::nullopt;
}

// Parser - goes through the words of a condition.
class Parser {
 public:
  Parser(Mapping& mapping, const Acls& acls, const Line& line, std::size_t at)
      : mapping_(mapping), acls_(acls), line_(line), at_(at) {}

  std::optional<Condition> read() {
    condition_.is_unless = line_.words[at_++] == "unless";
    condition_.any.emplace_back();
    while (at_ < line_.words.size() && !is_wrong_) step();
    if (!is_wrong_ && condition_.any.back().empty()) refuse("the condition ends too early", "name an ACL");
    return is_wrong_ ? std::nullopt : std::optional(std::move(condition_));
  }

 private:
  void refuse(const std::string& problem, const std::string& fix) {
    is_wrong_ = true;
    mapping_.refuse(line_, problem, fix);
  }

  void step() {
    std::string word = line_.words[at_++];
    if (word == "or" || word == "||" || word == "OR") {
      if (condition_.any.back().empty()) return refuse("there is nothing before \"or\"", "name an ACL");
      condition_.any.emplace_back();
      return;
    }
    bool is_negated = false;
    while (word.starts_with('!')) {
      is_negated = !is_negated;
      word.erase(0, 1);
      if (word.empty() && at_ < line_.words.size()) word = line_.words[at_++];
    }
    if (word == "{" || word.starts_with('{')) return take_anonymous(word.substr(1), is_negated);
    take_named(word, is_negated);
  }

  void take_anonymous(const std::string& first, bool is_negated) {
    std::vector<std::string> words;
    if (!first.empty()) words.push_back(first);
    while (at_ < line_.words.size() && line_.words[at_] != "}") words.push_back(line_.words[at_++]);
    if (at_ >= line_.words.size() || words.empty())
      return refuse("an anonymous ACL is not complete", "write { CRITERION VALUES } with blanks at the braces");
    ++at_;
    add(read_criterion(mapping_, words), is_negated);
  }

  void take_named(const std::string& name, bool is_negated) {
    if (const auto found = acls_.find(name); found != acls_.end()) return add(found->second, is_negated);
    if (const auto acl = predefined_acl(mapping_, name)) return add(*acl, is_negated);
    std::vector<std::string_view> names;
    for (const auto& [known, acl] : acls_) names.push_back(known);
    refuse("there is no ACL \"" + name + "\" before it", did_you_mean(name, names, "add a line acl " + name + " ..."));
  }

  void add(const Acl& acl, bool is_negated) {
    if (!acl.why_not.empty()) condition_.why_not = acl.why_not;
    condition_.any.back().push_back({acl.any, is_negated});
  }

  Mapping& mapping_;
  const Acls& acls_;
  const Line& line_;
  std::size_t at_;
  Condition condition_;
  bool is_wrong_ = false;
};

bool is_text(const std::string& field) {
  return field == "path" || field == "query" || field == "url" || field == "host" || field == "sni";
}

// Adds the lists of values of one text to another's; false: they are compared otherwise.
bool join_texts(json& into, const json& from) {
  if (into.value("case_insensitive", false) != from.value("case_insensitive", false)) return false;
  for (const char* field : {"present", "min", "max", "file"})
    if (into.contains(field) || from.contains(field)) return false;
  if (into.value("name", "") != from.value("name", "")) return false;
  for (const auto& [key, values] : from.items())
    if (values.is_array())
      for (const json& value : values) into[key].push_back(value);
  return true;
}

// Makes one atom of two of which either may hold; false: they are about different things.
bool join(Atom& into, const Atom& from) {
  if (into.field.empty() || into.field != from.field || into.field == "tracked") return false;
  json& to = into.fields[into.field];
  if (is_text(into.field)) return join_texts(to, from.fields.at(from.field));
  if (into.fields.contains("source_file") || from.fields.contains("source_file")) return false;
  const json& values = from.fields.at(from.field);
  const bool are_names = !to.empty() && to[0].is_object();
  if (are_names) return to.size() == 1 && values.size() == 1 && join_texts(to[0], values[0]);
  for (const json& value : values) to.push_back(value);
  return true;
}

void take_acl(Proxy& proxy, const Line& line) {
  const std::string& name = line.word(1);
  Acl acl = read_criterion(proxy.mapping, std::span(line.words).subspan(2));
  if (acl.why_not.empty())
    proxy.mapping.taken(line, "for the rules that name it");
  else
    proxy.mapping.ignored(line, acl.why_not + ": rules that name it are not taken");
  add_to(proxy.acls[name], std::move(acl));
}

constexpr std::array keywords = {Keyword{"acl", in_defaults | in_both, 2, any_words, take_acl}};

}  // namespace

std::span<const Keyword> acls_keywords() { return keywords; }

void add_to(Acl& acl, Acl more) {
  if (acl.why_not.empty()) acl.why_not = more.why_not;
  for (Atom& atom : more.any) {
    const bool is_joined = std::any_of(acl.any.begin(), acl.any.end(), [&](Atom& other) { return join(other, atom); });
    if (!is_joined) acl.any.push_back(std::move(atom));
  }
}

std::size_t condition_at(const Line& line, std::size_t first) {
  for (std::size_t i = first; i < line.words.size(); ++i)
    if (line.words[i] == "if" || line.words[i] == "unless") return i;
  return std::max(first, line.words.size());
}

std::optional<Condition> read_condition(Mapping& mapping, const Acls& acls, const Line& line, std::size_t first) {
  const std::size_t at = condition_at(line, first);
  if (at < line.words.size()) return Parser(mapping, acls, line, at).read();
  Condition always;
  always.is_always = true;
  return always;
}

}  // namespace poise::config::importing::haproxy
