#pragma once
#include <source_location>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace poise {

// Error - a mistake of an operator or a peer, as a value.
// `path` says where ("services.web.pool", or "poise.json:12:7: services.web.pool" for a file), `problem` what is wrong
// in words that stand alone, `fix` what to type instead ("" when there is nothing useful to say).
struct Error {
  std::string path, problem, fix;
  bool operator==(const Error&) const = default;
};
using Errors = std::vector<Error>;

std::string to_string(const Error& error);  // "services.web.pool: no pool is named \"wbe\" (did you mean \"web\"?)"

template <class T>
using Result = tl::expected<T, Error>;
template <class T>
using Results = tl::expected<T, Errors>;  // for what can be wrong in many places at once: all are reported

inline tl::unexpected<Error> fail(std::string path, std::string problem, std::string fix = "") {
  return tl::unexpected<Error>(Error{std::move(path), std::move(problem), std::move(fix)});
}

// Our own mistakes are assertions that stay on: prints file:line and function to stderr and aborts.
[[noreturn]] void die(std::source_location at);
inline void ensure(bool invariant, std::source_location at = std::source_location::current()) {
  if (!invariant) [[unlikely]]
    die(at);
}

}  // namespace poise
