#include "config/types/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace poise {

std::string to_string(const Error& error) {
  std::string text = error.path.empty() ? error.problem : error.path + ": " + error.problem;
  if (!error.fix.empty()) text += " (" + error.fix + ")";
  return text;
}

void die(std::source_location at) {
  std::fprintf(stderr, "poise: broken invariant at %s:%u in %s; this is a bug, please report it\n", at.file_name(),
               unsigned(at.line()), at.function_name());
  std::abort();
}

}  // namespace poise
