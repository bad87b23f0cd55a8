#pragma once
#include <string>

#include "config/rules.hpp"

// What the checks of content rules share.
namespace poise::config {

// What a rule is asked about, and so what its conditions and placeholders may name.
struct RuleScope {
  bool has_request = false, has_response = false, has_sni = false;
  std::string_view what;  // "a request rule": for messages
};

void check_match(Rules& rules, const Match& match, const RuleScope& scope, const std::string& path);
void check_expression(Rules& rules, const std::string& pattern, const std::string& path);
void check_placeholders(Rules& rules, const std::string& text, const RuleScope& scope, const std::string& path);
// The expression, and what stands in place of what it matches.
void check_replacement(Rules& rules, const PathPattern& pattern, const RuleScope& scope, const std::string& path);

bool is_token(std::string_view text);
void check_header_name(Rules& rules, const std::string& name, const std::string& path);
// Of a frontend's: there, and of the same mode and transport.
void check_backend_name(Rules& rules, const Frontend& frontend, const std::string& name, const std::string& path);

}  // namespace poise::config
