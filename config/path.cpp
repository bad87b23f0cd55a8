#include "config/path.hpp"

#include <algorithm>

#include "config/types/limits.hpp"

namespace poise::config {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string quoted(std::string_view name) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      text += "\\u00";
      text += digits[byte >> 4];
      text += digits[byte & 15];
    } else {
      text += c;
    }
  }
  return text + "\"";
}

// `text` starts at '[': takes "[name]" or "[\"name\"]" off it.
std::optional<std::string> take_bracket(std::string_view& text) {
  std::string name;
  std::size_t at = 1;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      name += text[at];
    }
    ++at;
  } else {
    while (at < text.size() && text[at] != ']') name += text[at++];
  }
  if (at >= text.size() || text[at] != ']') return std::nullopt;
  text.remove_prefix(at + 1);
  return name;
}

Result<std::vector<std::string>> split_slashes(std::string_view path) {
  std::vector<std::string> result;
  const std::string whole(path);
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash == 0) return fail(whole, "the path has an empty part", "write it like services/web/pool");
    result.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return result;
}

}  // namespace

std::string child(std::string_view path, std::string_view name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '*';
  });
  std::string result(path);
  if (!plain) return result + "[" + quoted(name) + "]";
  if (!result.empty()) result += '.';
  return result.append(name);
}

std::string child(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

std::string to_string(const Path& path) {
  if (!path.parent) return "";
  const std::string parent = to_string(*path.parent);
  return path.index ? child(parent, *path.index) : child(parent, path.name);
}

Result<std::vector<std::string>> segments(std::string_view path) {
  if (path.find('/') != std::string_view::npos && path.find('[') == std::string_view::npos) return split_slashes(path);
  std::vector<std::string> result;
  std::string_view rest = path;
  while (!rest.empty()) {
    if (rest.front() == '[') {
      auto name = take_bracket(rest);
      if (!name) return fail(std::string(path), "a bracket is not closed", "write it like routes[2].prefix");
      result.push_back(std::move(*name));
    } else {
      const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
      if (end == 0) return fail(std::string(path), "the path has an empty part", "write it like services.web.pool");
      result.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (rest == ".") return fail(std::string(path), "the path ends with a dot", "write it like services.web.pool");
    if (rest.starts_with('.')) rest.remove_prefix(1);
  }
  return result;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::name_length && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace poise::config
