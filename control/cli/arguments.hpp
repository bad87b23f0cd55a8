#pragma once
#include <string>
#include <variant>
#include <vector>

#include "control/cli/command.hpp"

namespace poise::control::cli {

// What the user asked for: a command, a page of help ("" all commands, "config" a family, "config get" one), or a
// mistake in words.
struct HelpWanted {
  std::string words;
};
using Parsed = std::variant<Invocation, HelpWanted, Error>;

// Parses the words after "poise" against the command table. Global options may stand before or after the command; they
// are in Invocation::values like the command's own.
Parsed parse_arguments(const std::vector<std::string>& words);

}  // namespace poise::control::cli
