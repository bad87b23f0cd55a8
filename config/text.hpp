#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "config/types/result.hpp"

// JSON text: the door through which files and API bodies come in. Nothing here knows the configuration's fields.
namespace poise::config {

enum class Comments { refused, allowed };

// Text to JSON. Refused, with line and column: syntax errors in plain words, duplicate keys (all of them), more than
// limits::document_bytes, objects and lists more than limits::document_depth deep. Never recurses with the document.
Results<nlohmann::json> read_text(std::string_view text, std::string_view source, Comments comments);

}  // namespace poise::config
