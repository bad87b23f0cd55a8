#pragma once
#include <string>
#include <vector>

#include "config/import/keepalived_keywords.hpp"
#include "config/import/keepalived_lexer.hpp"

namespace poise::config::importing {

// Statement - a keyword with its arguments and block, or an entry of a list: its main word is `keyword`, the options
// around it are `arguments`.
struct Statement {
  std::string keyword;
  std::vector<std::string> arguments;
  std::vector<Statement> children;
  Place place, end;                // first and last line
  const Keyword* known = nullptr;  // null: an entry of a list
};

// Words to statements. One statement a line, as keepalived wants it, or several: then the table of keywords tells where
// one ends. Unknown keywords are reported here, with their blocks. As deep as the table, never as the text.
std::vector<Statement> parse_statements(const std::vector<Token>& tokens, Report& report);

}  // namespace poise::config::importing
