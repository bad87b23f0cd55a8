#pragma once
#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "control/cli/client.hpp"
#include "control/cli/table.hpp"

namespace poise::control::cli {

// Context - what a command may touch: the API, where to write, and time. main.cpp makes the real one, tests their own.
struct Context {
  Client& client;
  std::ostream& out;    // the answer
  std::ostream& notes;  // progress and hints (standard error)
  Style style;
  bool json = false;  // the raw answer instead of tables
  bool out_is_terminal = false, notes_is_terminal = false, in_is_terminal = false;
  std::size_t height = 0;                                            // lines of the terminal; 0: no limit
  std::chrono::nanoseconds (*now)() = nullptr;                       // monotonic
  std::function<bool(std::chrono::milliseconds)> wait = {};          // true: the user typed Ctrl-C meanwhile
  std::function<std::string(const std::string& question)> ask = {};  // one line from the user, "" at the end of input
  // Runs the user's editor on a file; false when it failed.
  std::function<bool(const std::string& file)> edit = {};
};

}  // namespace poise::control::cli
