#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/import/haproxy/mapping.hpp"

namespace poise::config::importing::haproxy {

// A text on one line, as texts of our configuration are: what would begin another line is a blank.
std::string on_one_line(std::string_view text);

// A response as HAProxy keeps it in a file, head and body, to {"body", "content_type"}. Nothing: it cannot be read.
std::optional<nlohmann::json> read_error_file(Mapping& mapping, const std::string& path);

}  // namespace poise::config::importing::haproxy
