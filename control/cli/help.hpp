#pragma once
#include <string>

#include "control/cli/command.hpp"

namespace poise::control::cli {

// Help of all commands (""), of a family ("config") or of one command ("config get").
std::string help_text(const std::string& words);
std::string markdown();  // docs/cli.md
std::string usage_line(const Command& command);

}  // namespace poise::control::cli
