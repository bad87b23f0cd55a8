#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/scalars.hpp"

// Texts with placeholders, as content rules have them: "https://%[host]%[path]". A small part of HAProxy's sample
// fetches, under their names.
namespace poise::config {

enum class Placeholder : std::uint8_t {
  src,
  src_port,
  dst,
  dst_port,
  method,
  path,
  query,
  url,
  host,
  request_header,        // req.hdr(name): the last value, a list taken apart at its commas
  request_header_whole,  // req.fhdr(name): the last line of that name
  request_cookie,        // req.cook(name)
  url_parameter,         // url_param(name)
  sni,                   // ssl_fc_sni, req.ssl_sni
  unique_id,
  status,
  response_header,        // res.hdr(name)
  response_header_whole,  // res.fhdr(name)
};

// A piece of such a text: as it is, or a placeholder.
struct TextPiece {
  std::string text;  // or the name within the parentheses
  bool is_placeholder = false;
  Placeholder placeholder = Placeholder::src;
};

// "%%" is a percent sign, so is a single one that no "[" follows.
tl::expected<std::vector<TextPiece>, Problem> parse_placeholders(std::string_view text);

// Which of them can be filled where there is no request (any more), or no response (yet).
constexpr bool is_of_request(Placeholder placeholder) {
  return placeholder >= Placeholder::method && placeholder <= Placeholder::url_parameter;
}
constexpr bool is_of_response(Placeholder placeholder) { return placeholder >= Placeholder::status; }
constexpr bool is_sni(Placeholder placeholder) { return placeholder == Placeholder::sni; }
std::string_view name_of(Placeholder placeholder);
// Whether any placeholder of a text is one of those; not when the text is wrong.
bool has_any(std::string_view text, bool (*is_one)(Placeholder));

// How a replacement (replace_header, replace_path) is written: groups of the expression as \0 to \9, "\\" is a
// backslash. Its pieces are texts with placeholders, each followed by a group.
struct ReplacementPiece {
  std::string text;
  int group = -1;  // -1: none
};
tl::expected<std::vector<ReplacementPiece>, Problem> parse_replacement(std::string_view text);

}  // namespace poise::config
