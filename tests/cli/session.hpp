#pragma once
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "control/cli/context.hpp"
#include "control/cli/outcome.hpp"
#include "tests/cli/stub_server.hpp"

namespace poise::control::cli {

// Session - one user at a stub of poised: types command lines, sees what they print. Time stands still but for one
// second a wait.
struct Session {
  explicit Session(StubServer::Answer answer) : server(std::move(answer)) {}

  Exit run(const std::vector<std::string>& words);

  StubServer server;
  std::string out, notes;  // of the last run
  Errors errors;
  std::vector<std::string> lines_to_type;  // answers to questions
  std::string editor_writes;               // what the editor leaves in the file; empty: what was there
  int waits_before_interrupt = 1000;
  bool terminal = false;     // standard output is one
  bool interactive = false;  // standard input is one
};

}  // namespace poise::control::cli
