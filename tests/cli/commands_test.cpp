#include <gtest/gtest.h>

#include <map>

#include "control/cli/command.hpp"

namespace poise::control::cli {
namespace {

TEST(Commands, no_two_commands_have_the_same_words_and_all_of_them_run) {
  std::map<std::string, int> count;
  for (const Command& command : commands()) {
    EXPECT_EQ(++count[command.words], 1) << command.words;
    EXPECT_NE(command.run, nullptr) << command.words;
    EXPECT_FALSE(command.help.empty() || command.group.empty()) << command.words;
  }
}

TEST(Commands, no_command_is_the_beginning_of_another) {
  for (const Command& one : commands())
    for (const Command& other : commands()) EXPECT_FALSE(other.words.starts_with(one.words + " ")) << one.words;
}

TEST(Commands, required_positionals_come_before_optional_ones_and_names_are_not_shared_with_global_options) {
  for (const Command& command : commands()) {
    bool optional_seen = false;
    for (const Argument* argument : positionals(command)) {
      EXPECT_FALSE(optional_seen && argument->required) << command.words;
      optional_seen = optional_seen || !argument->required;
    }
    for (const Argument* option : options(command))
      for (const Argument& global : global_options()) EXPECT_NE(option->name, global.name) << command.words;
  }
}

TEST(Commands, a_segment_of_a_path_names_an_argument) {
  for (const Command& command : commands()) {
    const std::size_t open = command.path.find('{');
    if (open == std::string::npos) continue;
    const std::string name = command.path.substr(open + 1, command.path.find('}') - open - 1);
    ASSERT_FALSE(positionals(command).empty()) << command.words;
    EXPECT_EQ(positionals(command).front()->name, name);
  }
}

}  // namespace
}  // namespace poise::control::cli
