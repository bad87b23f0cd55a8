#pragma once
#include <string_view>
#include <vector>

#include "config/import/keepalived_import.hpp"
#include "config/import/keepalived_lexer.hpp"

namespace poise::config::importing {

// The lines that mean something once comments, includes, @id conditions, $NAME=, ${NAME}, ~SEQ() and ~LST() are dealt
// with. A line that came out of a definition has the place where the definition is used. Bounded: what expands to more
// than limits allow is refused.
std::vector<SourceLine> expand_lines(std::string_view text, const ImportOptions& options, Report& report);

}  // namespace poise::config::importing
