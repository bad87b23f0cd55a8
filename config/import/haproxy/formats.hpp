#pragma once
#include <string>
#include <string_view>

#include "config/import/haproxy/lexer.hpp"

namespace poise::config::importing::haproxy {

// Format - a text of HAProxy's log-format strings as one with our placeholders, or why it cannot be said.
struct Format {
  std::string text, why_not;
};
Format format_of(std::string_view theirs, const Variables& variables);

// A text that stands for itself, as one where % begins placeholders.
std::string literal_format(std::string_view text);

// "req.hdr(host),lower" to "req.hdr(host)": a sample as a placeholder without its brackets. `changes_case`: it had a
// converter for that.
struct Sample {
  std::string placeholder, literal, why_not;
  bool changes_case = false;
};
Sample sample_of(std::string_view expression, const Variables& variables);

}  // namespace poise::config::importing::haproxy
