#include "control/cli/help.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace poise::control::cli {
namespace {

TEST(Help, docs_cli_md_is_what_the_table_says) {
  std::ifstream file(std::string(SOURCE_ROOT) + "/docs/cli.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), markdown()) << "poise __markdown >docs/cli.md";
}

TEST(Help, every_command_and_option_is_in_its_help) {
  for (const Command& command : commands()) {
    const std::string text = help_text(command.words);
    EXPECT_NE(text.find(usage_line(command)), std::string::npos) << command.words;
    for (const Argument& argument : command.arguments)
      EXPECT_NE(text.find(argument.help), std::string::npos) << argument.name;
    EXPECT_NE(help_text("").find(command.help), std::string::npos) << command.words;
  }
}

TEST(Help, a_family_shows_its_own_commands_only) {
  const std::string text = help_text("config");
  EXPECT_NE(text.find("config get"), std::string::npos);
  EXPECT_EQ(text.find("server drain"), std::string::npos);
}

TEST(Help, lines_fit_a_terminal_of_120_columns) {
  for (const Command& command : commands()) {
    std::istringstream lines(help_text(command.words));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
  }
}

}  // namespace
}  // namespace poise::control::cli
