#pragma once
#include <string_view>
#include <tl/expected.hpp>

#include "l7/http1/characters.hpp"
#include "l7/http1/framing.hpp"

namespace poise::l7::http1 {

// "HTTP/1.1", and nothing else (RFC 9112 2.3). A later minor version is as 1.1 (RFC 9110 2.5).
constexpr tl::expected<Version, Refusal> parse_version(std::string_view text) {
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") && is(digit_character, text[5]) &&
                          text[6] == '.' && is(digit_character, text[7]);
  if (!is_version) return tl::unexpected(Refusal::version);
  if (text[5] != '1') return tl::unexpected(Refusal::version_unsupported);
  return text[7] == '0' ? Version::http_1_0 : Version::http_1_1;
}

}  // namespace poise::l7::http1
