#include "config/import/haproxy/formats.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace poise::config::importing::haproxy {
namespace {

// The letters that log formats have for what we have placeholders for.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> letters = {{{"ci", "src"},
                                                                                   {"cp", "src_port"},
                                                                                   {"fi", "dst"},
                                                                                   {"fp", "dst_port"},
                                                                                   {"HM", "method"},
                                                                                   {"HP", "path"},
                                                                                   {"HU", "url"},
                                                                                   {"ID", "unique_id"},
                                                                                   {"ST", "status"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> samples = {{{"src", "src"},
                                                                                    {"src_port", "src_port"},
                                                                                    {"dst", "dst"},
                                                                                    {"dst_port", "dst_port"},
                                                                                    {"method", "method"},
                                                                                    {"path", "path"},
                                                                                    {"query", "query"},
                                                                                    {"url", "url"},
                                                                                    {"pathq", "url"},
                                                                                    {"capture.req.uri", "url"},
                                                                                    {"capture.req.method", "method"},
                                                                                    {"hdr", "req.hdr"},
                                                                                    {"req.hdr", "req.hdr"},
                                                                                    {"req.fhdr", "req.fhdr"},
                                                                                    {"req.cook", "req.cook"},
                                                                                    {"url_param", "url_param"},
                                                                                    {"urlp", "url_param"},
                                                                                    {"res.hdr", "res.hdr"},
                                                                                    {"res.fhdr", "res.fhdr"},
                                                                                    {"status", "status"}}};

bool has_argument(std::string_view placeholder) {
  return placeholder.find('.') != std::string_view::npos || placeholder == "url_param";
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// "%[...]" or "%ci" at the beginning of a text: taken from it.
std::string take_placeholder(std::string_view& text, const Variables& variables, std::string& why_not) {
  if (text.starts_with("%[")) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      why_not = "a placeholder has no end";
      text = {};
      return "";
    }
    const Sample sample = sample_of(text.substr(2, close - 2), variables);
    text.remove_prefix(close + 1);
    why_not = sample.why_not;
    if (sample.changes_case) why_not = "letters are not made small or large";
    return sample.placeholder.empty() ? sample.literal : "%[" + sample.placeholder + "]";
  }
  for (const auto& [theirs, ours] : letters)
    if (text.substr(1).starts_with(theirs)) {
      text.remove_prefix(1 + theirs.size());
      return "%[" + std::string(ours) + "]";
    }
  why_not = quoted(text.substr(0, 3)) + " cannot be filled in";
  text = {};
  return "";
}

}  // namespace

std::string literal_format(std::string_view text) {
  std::string all;
  for (const char c : text) all.append(c == '%' ? 2 : 1, c);
  return all;
}

Sample sample_of(std::string_view expression, const Variables& variables) {
  Sample sample;
  const std::size_t end = std::min(expression.find_first_of("(,"), expression.size());
  const std::string_view name = expression.substr(0, end);
  std::string_view rest = expression.substr(end), argument;
  if (rest.starts_with('(')) {
    const std::size_t close = rest.find(')');
    if (close == std::string_view::npos) {
      sample.why_not = quoted(expression) + " is not complete";
      return sample;
    }
    argument = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  }
  const bool is_host = (name == "hdr" || name == "req.hdr") && (argument == "host" || argument == "Host");
  bool is_alone = false;
  for (const std::string_view converter : {",field(1,:)", ",host_only", ",word(1,:)", ",lower", ",upper"})
    while (rest.starts_with(converter) && (is_host || converter == ",lower" || converter == ",upper")) {
      rest.remove_prefix(converter.size());
      (converter == ",lower" || converter == ",upper" ? sample.changes_case : is_alone) = true;
    }
  if (is_host && rest.starts_with(",field(1,:)")) {  // behind the case
    rest.remove_prefix(11);
    is_alone = true;
  }
  if (!rest.empty()) {
    sample.why_not = "the converter " + quoted(rest.substr(1)) + " is not here";
    return sample;
  }
  if (name == "str" || name == "int") {
    sample.literal = literal_format(argument);
    return sample;
  }
  if (name == "env") {
    const auto found = variables.find(std::string(argument));
    if (found != variables.end()) sample.literal = literal_format(found->second);
    return sample;
  }
  if (is_alone) {
    sample.placeholder = "host";
    return sample;
  }
  for (const auto& [theirs, ours] : samples) {
    if (theirs != name || has_argument(ours) == argument.empty() || argument.find(',') != std::string_view::npos)
      continue;
    sample.placeholder = std::string(ours) + (argument.empty() ? "" : "(" + std::string(argument) + ")");
    return sample;
  }
  sample.why_not = quoted(expression) + " cannot be filled in";
  return sample;
}

Format format_of(std::string_view theirs, const Variables& variables) {
  Format format;
  while (!theirs.empty() && format.why_not.empty()) {
    if (theirs[0] != '%') {
      format.text += theirs[0];
      theirs.remove_prefix(1);
    } else if (theirs.starts_with("%%")) {
      format.text += "%%";
      theirs.remove_prefix(2);
    } else {
      format.text += take_placeholder(theirs, variables, format.why_not);
    }
  }
  return format;
}

}  // namespace poise::config::importing::haproxy
