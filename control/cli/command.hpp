#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "control/cli/outcome.hpp"
#include "control/cli/table.hpp"

namespace poise::control::cli {

struct Context;
struct Command;

// What an argument or the value of an option is: checks it, and says how a shell completes it.
enum class Kind { flag, text, number, duration, file, service, pool, server, config_path, shell, protocol, role };

// Argument - a positional ("PATH") or an option ("--limit"). `query` names the query member of the request that it
// becomes; "" when the command's own code reads it.
struct Argument {
  std::string name;  // "PATH", "--limit", "-w"
  Kind kind = Kind::text;
  bool required = false;  // positionals only
  std::string help;
  std::string query = {};
  std::string value = {};  // what stands for an option's value in help: "N"
  bool repeats = false;    // an option that may be given several times: its values stand in lines
};

// Invocation - one parsed command line: the values by argument name; a flag that was given has the value "true".
struct Invocation {
  const Command* command = nullptr;
  std::map<std::string, std::string> values;

  bool has(const std::string& name) const { return values.contains(name); }
  std::string get(const std::string& name, const std::string& otherwise = "") const {
    const auto found = values.find(name);
    return found == values.end() ? otherwise : found->second;
  }
};

// Renders an answer of the API as text for people.
using View = std::string (*)(const nlohmann::json& answer, const Style& style);
using Run = Outcome<void> (*)(Context& context, const Invocation& invocation);

// Command - one row of the table from which parsing, help, completion and docs/cli.md come.
struct Command {
  std::string words;       // "config get"
  std::string group = {};  // a heading of the help
  std::string help;        // one line
  std::vector<Argument> arguments = {};
  std::string method = {};  // of the request of a plain command; "" when `run` makes its own
  std::string path = {};    // "/v1/services/{NAME}": a segment whose argument is missing falls away
  View view = nullptr;
  Run run = nullptr;
  std::string details = {};  // more text and examples for its help
};

const std::vector<Command>& commands();
const std::vector<Argument>& global_options();

// Positionals of a command, in order, and its options.
std::vector<const Argument*> positionals(const Command& command);
std::vector<const Argument*> options(const Command& command);

}  // namespace poise::control::cli
