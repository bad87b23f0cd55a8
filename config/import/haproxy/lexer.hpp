#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/import/report.hpp"

// A line of haproxy.cfg to words, as HAProxy reads it: blanks separate; '...' keeps everything, "..." all but variables
// and escapes; a backslash takes the meaning from the next character; # begins a comment, in the midst of a word, too.
namespace poise::config::importing::haproxy {

using Variables = std::map<std::string, std::string>;

// Scope - what variables stand for at a line.
struct Scope {
  const Variables& variables;
  std::string file, section;  // ${.FILE}, ${.SECTION}
  Place place;
};

// The words of a line; none of an empty one. What cannot be read is refused, and there are none then, either.
std::vector<std::string> words_of(std::string_view line, const Scope& scope, Report& report);

// Addresses know variables outside of quotes, too: $NAME and ${NAME}.
std::string expand(std::string_view text, const Scope& scope, Report& report);

}  // namespace poise::config::importing::haproxy
