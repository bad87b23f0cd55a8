#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/import/report.hpp"

// Bytes of keepalived.conf to words. Works line by line, as keepalived does: quotes end with their line.
namespace poise::config::importing {

struct SourceLine {
  Place place;
  std::string text;  // without comment
};

struct Token {
  enum class Kind { word, open, close };  // a word, {, }
  Kind kind = Kind::word;
  std::string text;
  Place place;
  bool starts_line = false;
};

// The text, from Latin-1 when it is not UTF-8.
std::string as_utf8(std::string_view text);
bool is_utf8(std::string_view text);

// The line up to the first ! or # outside of quotes.
std::string_view without_comment(std::string_view line);

// Adds the words and braces of a line. Quotes are removed and escapes in them replaced; a quote that is not closed is
// refused.
void add_tokens(const SourceLine& line, std::vector<Token>& tokens, Report& report);

}  // namespace poise::config::importing
