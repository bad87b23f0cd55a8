#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/import/haproxy/lexer.hpp"

namespace poise::config::importing::haproxy {

// Line - the words of a line that is in force.
struct Line {
  Place place;
  std::vector<std::string> words;             // at least one
  bool is_negated = false, is_reset = false;  // "no" and "default" stood before the words
  bool is_inherited = false;                  // of a defaults section

  const std::string& word(std::size_t index) const {
    static const std::string none;
    return index < words.size() ? words[index] : none;
  }
};

// The words that begin a section.
bool begins_section(std::string_view word);

// A text to the lines in force: .if to .endif are evaluated, setenv and its kin of `global` change the variables of the
// lines below. Whatever is not in force gets a note.
std::vector<Line> read_lines(std::string_view text, Variables& variables, Place first, Report& report);

}  // namespace poise::config::importing::haproxy
