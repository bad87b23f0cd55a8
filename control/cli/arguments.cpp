#include "control/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <map>

#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

// Slot - where CLI11 puts the value of one argument of one command.
struct Slot {
  const Argument* argument;
  CLI::Option* option;
  std::string text;
};

std::string check_choice(const std::string& text, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return "";
  std::string listed;
  for (const std::string& choice : choices) listed += (listed.empty() ? "" : ", ") + choice;
  return "\"" + text + "\" is not one of " + listed;
}

// "" when `text` can be a value of that kind; else what is wrong. What only poised can know is left to it.
std::string check(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::number:
      return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos
                 ? ""
                 : "\"" + text + "\" is not a whole number";
    case Kind::duration:
      return parse_duration(text) ? "" : "\"" + text + "\" is not a time such as 500ms, 30s, 5m or 2h";
    case Kind::shell:
      return check_choice(text, {"bash", "zsh", "fish"});
    case Kind::role:
      return check_choice(text, {"read", "operate", "admin"});
    default:
      return "";
  }
}

class Parser {
 public:
  Parser() {
    app_.set_help_flag("-h,--help");
    app_.require_subcommand(1);
    for (const Argument& option : global_options()) add(app_, option);
    for (const Command& command : commands()) {
      CLI::App* at = &app_;
      for (std::size_t begin = 0; begin <= command.words.size();) {
        const std::size_t end = std::min(command.words.find(' ', begin), command.words.size());
        at = descend(at, command.words.substr(0, end), command.words.substr(begin, end - begin));
        begin = end + 1;
      }
      at->require_subcommand(0);
      for (const Argument& argument : command.arguments) add(*at, argument);
    }
  }

  Parsed parse(const std::vector<std::string>& words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      return HelpWanted{chosen()};
    } catch (const CLI::ParseError& mistake) {
      return explain(mistake.what(), words);
    }
    const std::string words_of_command = chosen();
    Invocation invocation;
    for (const Command& command : commands())
      if (command.words == words_of_command) invocation.command = &command;
    if (invocation.command == nullptr) return HelpWanted{words_of_command};
    for (const Slot& slot : slots_)
      if (slot.option->count() > 0)
        invocation.values[slot.argument->name] = slot.argument->kind == Kind::flag ? "true" : slot.text;
    return invocation;
  }

 private:
  CLI::App* descend(CLI::App* from, const std::string& words, const std::string& last) {
    CLI::App*& app = by_words_[words];
    if (app != nullptr) return app;
    app = from->add_subcommand(last);
    app->set_help_flag("-h,--help");
    app->fallthrough();
    app->require_subcommand(1);
    return app;
  }

  void add(CLI::App& app, const Argument& argument) {
    Slot& slot = slots_.emplace_back(Slot{&argument, nullptr, ""});
    if (argument.kind == Kind::flag) {
      slot.option = app.add_flag(argument.name);
      return;
    }
    slot.option = app.add_option(argument.name, slot.text);
    slot.option->required(argument.required);
    if (argument.repeats) slot.option->join('\n');
    const Kind kind = argument.kind;
    slot.option->check([kind](const std::string& text) { return check(kind, text); });
  }

  // The words of the deepest subcommand that was given.
  std::string chosen() const {
    std::string words;
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      words += (words.empty() ? "" : " ") + at->get_name();
    }
    return words;
  }

  Error explain(std::string what, const std::vector<std::string>& words) const {
    std::string typed = chosen();
    const std::string help = typed.empty() ? "poise --help" : "poise " + typed + " --help";
    const bool is_command =
        std::any_of(commands().begin(), commands().end(), [&](const Command& c) { return c.words == typed; });
    if (is_command) return {"", what, help};
    const std::string unknown = first_unknown(words, typed);
    if (unknown.empty())
      return {"", typed.empty() ? "no command is named" : "\"poise " + typed + "\" needs one more word", help};
    std::vector<std::string> candidates;
    const std::string prefix = typed.empty() ? "" : typed + " ";
    for (const Command& command : commands()) {
      if (!command.words.starts_with(prefix)) continue;
      const std::string rest = command.words.substr(prefix.size());
      candidates.push_back(rest.substr(0, rest.find(' ')));
    }
    const std::string near = nearest(unknown, candidates);
    return {"", "there is no command \"" + prefix + unknown + "\"",
            near.empty() ? help : "did you mean \"" + prefix + near + "\"?"};
  }

  // The first word after the known ones that is no option.
  static std::string first_unknown(const std::vector<std::string>& words, const std::string& known) {
    std::size_t skip = known.empty() ? 0 : std::size_t(std::count(known.begin(), known.end(), ' ')) + 1;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].starts_with('-')) {
        for (const Argument& option : global_options())
          if (option.name == words[i] && option.kind != Kind::flag) ++i;
        continue;
      }
      if (skip == 0) return words[i];
      --skip;
    }
    return "";
  }

  CLI::App app_{"poise", "poise"};
  std::map<std::string, CLI::App*> by_words_;
  std::deque<Slot> slots_;  // stable addresses: CLI11 writes into them
};

}  // namespace

Parsed parse_arguments(const std::vector<std::string>& words) { return Parser().parse(words); }

}  // namespace poise::control::cli
