#include "control/health/pattern.hpp"

#include <re2/re2.h>

namespace poise::control::health {

Pattern::Pattern(const std::optional<std::string>& text) {
  if (!text) return;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // a byte is a character
  compiled_ = std::make_shared<const re2::RE2>(*text, options);
}

bool Pattern::matches(std::string_view bytes) const {
  return re2::RE2::PartialMatch(re2::StringPiece(bytes.data(), bytes.size()), *compiled_);
}

}  // namespace poise::control::health
