#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "config/types/result.hpp"

namespace poise::control::cli {

// Exit - what `poise` returns to the shell. Documented in docs/cli.md; scripts rely on the numbers.
enum class Exit { ok = 0, refused = 1, usage = 2, unreachable = 3, server = 4, interrupted = 130 };

// Failure - why a command ended early: the exit code and every error, one line each.
struct Failure {
  Exit exit = Exit::refused;
  Errors errors;
};

template <class T>
using Outcome = tl::expected<T, Failure>;

inline tl::unexpected<Failure> failed(Exit exit, Error error) {
  return tl::unexpected<Failure>(Failure{exit, {std::move(error)}});
}
inline tl::unexpected<Failure> interrupted() { return tl::unexpected<Failure>(Failure{Exit::interrupted, {}}); }

}  // namespace poise::control::cli
