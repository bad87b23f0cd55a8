#include "control/cli/help.hpp"

#include <algorithm>

#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

struct ExitRow {
  Exit exit;
  const char* meaning;
};
constexpr ExitRow exits[] = {{Exit::ok, "done"},
                             {Exit::refused, "poised refused it (4xx), an import has errors, or a check of the doctor is bad"},
                             {Exit::usage, "wrong words on the command line, or a local file that cannot be read"},
                             {Exit::unreachable, "poised cannot be reached, or the connection was cut"},
                             {Exit::server, "poised failed (5xx)"},
                             {Exit::interrupted, "interrupted by Ctrl-C"}};

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string aligned(const Lines& lines) {
  std::size_t width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, display_width(left));
  std::string text;
  for (const auto& [left, right] : lines)
    text += "  " + left + std::string(width - display_width(left) + 2, ' ') + right + "\n";
  return text;
}

std::string with_value(const Argument& option) {
  return option.value.empty() ? option.name : option.name + " " + option.value;
}

std::string words_and_positionals(const Command& command) {
  std::string text = command.words;
  for (const Argument* argument : positionals(command))
    text += argument->required ? " " + argument->name : " [" + argument->name + "]";
  return text;
}

Lines lines_of(const std::vector<const Argument*>& arguments) {
  Lines lines;
  for (const Argument* argument : arguments) lines.emplace_back(with_value(*argument), argument->help);
  return lines;
}

Lines global_lines() {
  Lines lines;
  for (const Argument& option : global_options()) lines.emplace_back(with_value(option), option.help);
  return lines;
}

std::string commands_below(const std::string& prefix) {
  std::string text, group;
  Lines lines;
  const auto flush = [&] {
    if (!lines.empty()) text += group + ":\n" + aligned(lines) + "\n";
    lines.clear();
  };
  for (const Command& command : commands()) {
    if (!command.words.starts_with(prefix)) continue;
    if (command.group != group) flush();
    group = command.group;
    lines.emplace_back(words_and_positionals(command), command.help);
  }
  flush();
  return text;
}

std::string command_help(const Command& command) {
  std::string text = "poise " + command.words + ": " + command.help + "\n\nUsage: " + usage_line(command) + "\n";
  if (const auto some = positionals(command); !some.empty()) text += "\nArguments:\n" + aligned(lines_of(some));
  if (const auto some = options(command); !some.empty()) text += "\nOptions:\n" + aligned(lines_of(some));
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  return text + "\nOptions of every command:\n" + aligned(global_lines());
}

}  // namespace

std::string usage_line(const Command& command) {
  return "poise " + words_and_positionals(command) + (options(command).empty() ? "" : " [options]");
}

std::string help_text(const std::string& words) {
  for (const Command& command : commands())
    if (command.words == words) return command_help(command);
  const std::string of_command =
      "poise " + (words.empty() ? "COMMAND" : words + " COMMAND") + " --help: more on one command\n";
  std::string text =
      words.empty() ? "poise: look at and change a running poised\n\nUsage: poise COMMAND [options]\n\n" : "";
  text += commands_below(words.empty() ? "" : words + " ");
  if (words.empty()) text += "Options of every command:\n" + aligned(global_lines()) + "\n";
  return text + of_command;
}

namespace {

std::string escaped(std::string text) {  // for a cell of a table
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string markdown_arguments(const std::vector<const Argument*>& arguments) {
  std::string text;
  for (const Argument* argument : arguments)
    text += "| `" + with_value(*argument) + "` | " + escaped(argument->help) + " |\n";
  return text.empty() ? "" : "\n| argument | what |\n|---|---|\n" + text;
}

}  // namespace

std::string markdown() {
  std::string text =
      "# The command poise\n\n"
      "Written by `poise __markdown >docs/cli.md` from the table in control/cli/commands.cpp; a test compares.\n\n"
      "`poise` talks only to the REST API (docs/api.md): over the unix socket of `poised`, or over TLS with `--url`. "
      "Errors are one line each:\n"
      "`path: problem (fix)`.\n\n"
      "| exit code | meaning |\n|---|---|\n";
  for (const ExitRow& row : exits) text += "| " + std::to_string(int(row.exit)) + " | " + row.meaning + " |\n";
  text += "\n## Options of every command\n\n| option | what |\n|---|---|\n";
  for (const Argument& option : global_options())
    text += "| `" + with_value(option) + "` | " + escaped(option.help) + " |\n";
  std::string group;
  for (const Command& command : commands()) {
    if (command.group != group) text += "\n## " + command.group + "\n";
    group = command.group;
    text += "\n### " + usage_line(command) + "\n\n" + command.help + "\n";
    std::vector<const Argument*> all = positionals(command);
    for (const Argument* option : options(command)) all.push_back(option);
    text += markdown_arguments(all);
    if (!command.details.empty()) text += "\n" + command.details + "\n";
  }
  return text;
}

}  // namespace poise::control::cli
