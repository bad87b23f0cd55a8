#include <re2/re2.h>

#include "config/checks.hpp"
#include "config/placeholders.hpp"
#include "config/rules_content.hpp"

// The conditions of content rules, and the texts that they and the actions share.
namespace poise::config {
namespace {

bool has_values(const TextMatch& text) {
  return !text.exact.empty() || !text.prefix.empty() || !text.suffix.empty() || !text.substring.empty() ||
         !text.regex.empty() || text.file;
}

void check_text_match(Rules& rules, const TextMatch& text, const std::string& path) {
  for (std::size_t i = 0; i < text.regex.size(); ++i) check_expression(rules, text.regex[i], child(path + ".regex", i));
  if (!text.file && text.file_as != TextComparison::exact)
    rules.add(path + ".file_as", "there is no file", "name one in `file`, or remove it");
}

void check_values(Rules& rules, const TextMatch& text, const std::string& path) {
  check_text_match(rules, text, path);
  if (!has_values(text)) rules.add(path, "nothing would match", "give values: exact, prefix, suffix, substring, regex");
}

void check_named(Rules& rules, const NamedMatch& named, bool is_header, const std::string& path) {
  check_text_match(rules, named.text, path);
  if (is_header) check_header_name(rules, named.name, path + ".name");
  if (!is_header && named.name.empty()) rules.add(path + ".name", "the name is empty", "write one");
  if (named.present && (has_values(named.text) || named.min || named.max))
    rules.add(path + ".present", "values are asked for besides",
              "remove one of the two: what has a value is there, and what is not there has none");
  if (named.min && named.max && *named.min > *named.max)
    rules.add(path + ".min", std::to_string(*named.min) + " is above max, " + std::to_string(*named.max),
              "exchange the two");
}

// MatchCheck - the conditions of one group, with what they may ask for.
class MatchCheck {
 public:
  MatchCheck(Rules& rules, const RuleScope& scope) : rules_(rules), scope_(scope) {}

  void check(const MatchGroup& group, const std::string& path) {
    path_ = path;
    check_scope(group);
    for (const auto& [text, name] :
         {std::pair(&group.path, "path"), std::pair(&group.query, "query"), std::pair(&group.url, "url"),
          std::pair(&group.host, "host"), std::pair(&group.sni, "sni")})
      if (*text) check_values(rules_, **text, path_ + "." + name);
    for (std::size_t i = 0; i < group.methods.size(); ++i)
      if (!is_token(group.methods[i]))
        rules_.add(child(path_ + ".methods", i), quoted(group.methods[i]) + " is no method", "write it like \"GET\"");
    check_all(group.headers, "headers", true);
    check_all(group.parameters, "parameters", false);
    check_all(group.cookies, "cookies", false);
    check_all(group.response_headers, "response_headers", true);
    for (std::size_t i = 0; i < group.tracked.size(); ++i)
      if (!group.tracked[i].above && !group.tracked[i].below)
        rules_.add(child(path_ + ".tracked", i), "any number would match", "say above or below what it is to be");
    for (std::size_t i = 0; i < group.statuses.size(); ++i)
      if (!parse_statuses(group.statuses[i]))
        rules_.add(child(path_ + ".statuses", i), quoted(group.statuses[i]) + " is neither a status code nor a range",
                   "write \"404\" or \"500-599\", within 100..599 and the smaller first");
  }

 private:
  void check_all(const std::vector<NamedMatch>& all, const char* name, bool are_headers) {
    for (std::size_t i = 0; i < all.size(); ++i) check_named(rules_, all[i], are_headers, child(path_ + "." + name, i));
  }

  void check_scope(const MatchGroup& group) {
    const auto refuse = [&](bool is_set, bool may, const char* name) {
      if (is_set && !may)
        rules_.add(path_ + "." + name, std::string(scope_.what) + " can't ask for it",
                   "remove it; it may ask for " + allowed());
    };
    refuse(group.path.has_value(), scope_.has_request, "path");
    refuse(group.query.has_value(), scope_.has_request, "query");
    refuse(group.url.has_value(), scope_.has_request, "url");
    refuse(group.host.has_value(), scope_.has_request, "host");
    refuse(!group.methods.empty(), scope_.has_request, "methods");
    refuse(!group.headers.empty(), scope_.has_request, "headers");
    refuse(!group.parameters.empty(), scope_.has_request, "parameters");
    refuse(!group.cookies.empty(), scope_.has_request, "cookies");
    refuse(group.sni.has_value(), scope_.has_sni, "sni");
    refuse(!group.statuses.empty(), scope_.has_response, "statuses");
    refuse(!group.response_headers.empty(), scope_.has_response, "response_headers");
  }
  std::string allowed() const {
    if (scope_.has_request) return "the request, the source and the destination port";
    if (scope_.has_response) return "the status, headers of the response, the source and the destination port";
    return scope_.has_sni ? "sni, the source and the destination port" : "the source and the destination port";
  }

  Rules& rules_;
  const RuleScope& scope_;
  std::string path_;
};

}  // namespace

void check_expression(Rules& rules, const std::string& pattern, const std::string& path) {
  if (const std::string why = why_no_pattern(pattern); !why.empty())
    rules.add(path, quoted(pattern) + " is no regular expression: " + why,
              "write one that RE2 takes; it has no back references and no look-around");
}

void check_placeholders(Rules& rules, const std::string& text, const RuleScope& scope, const std::string& path) {
  const auto pieces = parse_placeholders(text);
  if (!pieces) return rules.add(path, pieces.error().problem, pieces.error().fix);
  for (const TextPiece& piece : *pieces) {
    if (!piece.is_placeholder) continue;
    const bool is_there = is_of_request(piece.placeholder)    ? scope.has_request
                          : is_of_response(piece.placeholder) ? scope.has_response
                                                              : true;
    if (!is_there)
      rules.add(
          path,
          std::string(scope.what) + " has nothing to fill %[" + std::string(name_of(piece.placeholder)) + "] with",
          "use another placeholder");
  }
}

void check_replacement(Rules& rules, const PathPattern& pattern, const RuleScope& scope, const std::string& path) {
  check_expression(rules, pattern.regex, path + ".regex");
  const auto pieces = parse_replacement(pattern.with);
  if (!pieces) return rules.add(path + ".with", pieces.error().problem, pieces.error().fix);
  const re2::RE2 expression(pattern.regex, re2::RE2::Quiet);
  for (const ReplacementPiece& piece : *pieces) {
    check_placeholders(rules, piece.text, scope, path + ".with");
    if (expression.ok() && piece.group > expression.NumberOfCapturingGroups())
      rules.add(path + ".with", "the expression has no group " + std::to_string(piece.group),
                "put ( ) around what it is to be, or use another number");
  }
}

void check_match(Rules& rules, const Match& match, const RuleScope& scope, const std::string& path) {
  MatchCheck(rules, scope).check(match.all, path);
  for (const auto& [groups, name] : {std::pair(&match.any, ".any"), std::pair(&match.none, ".not")})
    for (std::size_t i = 0; i < groups->size(); ++i) {
      const std::string place = child(path + name, i);
      MatchCheck(rules, scope).check((*groups)[i], place);
      if ((*groups)[i] == MatchGroup{}) rules.add(place, "it has no condition", "add one, or remove it");
    }
}

}  // namespace poise::config
