#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types/result.hpp"

// Paths as errors, plans and help show them: services.web.port, routes[2].prefix, interfaces.lan.vlans["lan.100"].mtu.
// A name with anything but letters, digits, '_' and '-' is quoted, so that two places never share a path.
namespace poise::config {

std::string child(std::string_view path, std::string_view name);
std::string child(std::string_view path, std::size_t index);

// Path - a place while walking down a document: a chain on the stack, made into text only for an error.
struct Path {
  const Path* parent = nullptr;
  std::string_view name = {};
  std::optional<std::size_t> index = std::nullopt;

  Path operator/(std::string_view child_name) const { return {this, child_name}; }
  Path operator/(std::size_t child_index) const { return {this, {}, child_index}; }
};
std::string to_string(const Path& path);

// The names and indexes of a path, written with dots ("services.web.port", brackets understood) or slashes
// ("services/web/port"). An Error when it is malformed.
Result<std::vector<std::string>> segments(std::string_view path);

// 1..63 of [A-Za-z0-9._-], but not "." or "..", which have a meaning in URLs.
bool is_name(std::string_view text);

}  // namespace poise::config
