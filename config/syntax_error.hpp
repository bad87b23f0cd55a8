#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "config/types/result.hpp"

namespace poise::config {

// Puts line and column of a byte offset before the error's path: "poise.json:12:7: services.web". Lines and columns
// count from 1, columns in characters. Without a source only syntax errors carry their place ("line 12, column 7").
Error at_place(std::string_view text, std::string_view source, std::size_t offset, Error error);

struct SyntaxProblem {
  std::string_view text, source;
  std::size_t position;      // bytes that the parser had taken
  std::string_view message;  // the parser's own
};

// A parser's message in plain words, with what to write instead.
Error syntax_error(const SyntaxProblem& problem);

}  // namespace poise::config
