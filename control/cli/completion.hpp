#pragma once
#include <string>
#include <vector>

#include "control/cli/command.hpp"
#include "control/cli/context.hpp"

namespace poise::control::cli {

// Completion. The scripts of all shells are thin: they ask `poise __complete WORDS...` for the candidates of the last
// word, so that the command table is the only place that knows the words.
std::string completion_script(const std::string& shell);  // "bash", "zsh" or "fish"

// Candidate - a word, and what it means. Two words are orders to the shell: ":file" (complete file names) and
// ":nospace" (the word is not complete yet).
struct Candidate {
  std::string word, meaning;
};

// The candidates for the last of `words` (those after "poise"; the last may be empty). Names are asked from the API,
// quickly; when it does not answer there are none.
std::vector<Candidate> complete(const std::vector<std::string>& words, Client& client);

// The value of a global option among `words`, for `complete` to ask the right poised: "" when it is not there.
std::string option_value(const std::vector<std::string>& words, const std::string& option);

}  // namespace poise::control::cli
