#include "config/import/haproxy/error_file.hpp"

#include <algorithm>

#include "config/import/keepalived_lexer.hpp"

namespace poise::config::importing::haproxy {
namespace {

// The value of a header, and the head without what comes before it.
std::string header_of(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    const std::size_t colon = line.find(':');
    if (colon != name.size()) continue;
    const bool is_same = std::equal(name.begin(), name.end(), line.begin(),
                                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? char(b | 0x20) : b); });
    if (!is_same) continue;
    line.remove_prefix(colon + 1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    return std::string(line);
  }
  return "";
}

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_control = std::uint8_t(c) < 0x20 || c == 0x7f;
    if (!is_control)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::optional<nlohmann::json> read_error_file(Mapping& mapping, const std::string& path) {
  const auto text = mapping.options.read_file ? mapping.options.read_file(path) : std::nullopt;
  if (!text || !text->starts_with("HTTP/")) return std::nullopt;
  std::size_t end = text->find("\r\n\r\n"), length = 4;
  if (const std::size_t bare = text->find("\n\n"); bare < end) {
    end = bare;
    length = 2;
  }
  if (end == std::string::npos) return std::nullopt;
  const std::string type = header_of(std::string_view(*text).substr(0, end + 1), "content-type");
  nlohmann::json page{{"body", on_one_line(as_utf8(std::string_view(*text).substr(end + length)))}};
  if (!type.empty()) page["content_type"] = on_one_line(as_utf8(type));
  return page;
}

}  // namespace poise::config::importing::haproxy
