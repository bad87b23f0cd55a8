#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "control/cli/arguments.hpp"
#include "control/cli/completion.hpp"
#include "control/cli/help.hpp"
#include "control/cli/run.hpp"
#include "control/cli/terminal.hpp"
#include "control/cli/text.hpp"

// poise - the command of operators and scripts. Parses its words, asks poised's REST API, prints. Knows nothing of the
// datapath.
namespace poise::control::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Target target_of(const std::string& socket, const Invocation& invocation) {
  Target target;
  if (!environment("POISE_SOCKET").empty()) target.socket = environment("POISE_SOCKET");
  if (!socket.empty()) target.socket = socket;
  target.url = invocation.get("--url");
  target.token_file = invocation.get("--token-file");
  target.ca = invocation.get("--ca");
  return target;
}

int exit_code(Exit exit) { return int(exit); }

int report(const Failure& failure, const Style& style) {
  std::cout.flush();
  for (const Error& error : failure.errors)
    std::cerr << toned("error: ", Tone::bad, style) << printable(to_string(error)) << "\n";
  return exit_code(failure.exit);
}

bool colours(int file, const Invocation& invocation) {
  return ::isatty(file) != 0 && environment("NO_COLOR").empty() && environment("TERM") != "dumb" &&
         !invocation.has("--no-color");
}

int run(const Invocation& invocation) {
  const Interrupt interrupt;
  Client client(target_of(invocation.get("--socket"), invocation), interrupt.descriptor());
  const TerminalSize size = terminal_size(STDOUT_FILENO);
  Context context{.client = client,
                  .out = std::cout,
                  .notes = std::cerr,
                  .style = {colours(STDOUT_FILENO, invocation), size.columns}};
  context.json = invocation.has("--json");
  context.out_is_terminal = size.columns != 0;
  context.height = size.lines;
  context.notes_is_terminal = ::isatty(STDERR_FILENO) != 0;
  context.in_is_terminal = ::isatty(STDIN_FILENO) != 0;
  context.now = monotonic_now;
  context.wait = [&](std::chrono::milliseconds longest) { return interrupt.wait(longest); };
  context.ask = [](const std::string& question) {
    std::string answer;
    std::cerr << question << std::flush;
    std::getline(std::cin, answer);
    return answer;
  };
  context.edit = run_editor;
  const Outcome<void> outcome = invocation.command->run(context, invocation);
  if (!outcome) return report(outcome.error(), {.colour = colours(STDERR_FILENO, invocation)});
  std::cout.flush();
  if (!std::cout) return report({Exit::usage, {{"", "the output cannot be written", "is the disk full?"}}}, {});
  return exit_code(Exit::ok);
}

int print_candidates(const std::vector<std::string>& words) {
  Client client(target_of(option_value(words, "--socket"), {}));
  for (const Candidate& candidate : complete(words, client))
    std::cout << candidate.word << (candidate.meaning.empty() ? "" : "\t" + candidate.meaning) << "\n";
  return exit_code(Exit::ok);
}

int poise(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "__complete") return print_candidates({words.begin() + 1, words.end()});
  if (words == std::vector<std::string>{"__markdown"}) {
    std::cout << markdown();
    return exit_code(Exit::ok);
  }
  if (words.empty()) {
    std::cerr << help_text("");
    return exit_code(Exit::usage);
  }
  const Parsed parsed = parse_arguments(words);
  if (const auto* help = std::get_if<HelpWanted>(&parsed)) {
    std::cout << help_text(help->words);
    return exit_code(Exit::ok);
  }
  if (const auto* mistake = std::get_if<Error>(&parsed)) return report({Exit::usage, {*mistake}}, {});
  return run(std::get<Invocation>(parsed));
}

}  // namespace
}  // namespace poise::control::cli

int main(int count, char** words) { return poise::control::cli::poise({words + 1, words + count}); }
