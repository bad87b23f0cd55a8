#include "tests/cli/session.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "control/cli/arguments.hpp"

namespace poise::control::cli {
namespace {

std::chrono::nanoseconds virtual_now{};

}  // namespace

Exit Session::run(const std::vector<std::string>& words) {
  const Parsed parsed = parse_arguments(words);
  const auto* invocation = std::get_if<Invocation>(&parsed);
  if (invocation == nullptr) {
    ADD_FAILURE() << "not a command: " << words.front();
    return Exit::usage;
  }
  std::ostringstream output, remarks;
  Client client({.socket = server.socket()});
  Context context{.client = client, .out = output, .notes = remarks, .style = {}};
  context.json = invocation->has("--json");
  context.out_is_terminal = terminal;
  context.in_is_terminal = interactive;
  context.now = [] { return virtual_now; };
  context.wait = [&](std::chrono::milliseconds longest) {
    virtual_now += longest;
    return --waits_before_interrupt <= 0;
  };
  context.ask = [&](const std::string& question) {
    remarks << question;
    if (lines_to_type.empty()) return std::string();
    const std::string line = lines_to_type.front();
    lines_to_type.erase(lines_to_type.begin());
    return line;
  };
  context.edit = [&](const std::string& file) {
    if (!editor_writes.empty()) std::ofstream(file) << editor_writes;
    return true;
  };
  const Outcome<void> outcome = invocation->command->run(context, *invocation);
  out = output.str();
  notes = remarks.str();
  errors = outcome ? Errors{} : outcome.error().errors;
  return outcome ? Exit::ok : outcome.error().exit;
}

}  // namespace poise::control::cli
