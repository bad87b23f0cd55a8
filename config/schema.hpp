#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "config/model.hpp"
#include "config/types/result.hpp"

// One field table per struct (config/fields_*.hpp) drives everything here: JSON in and out, refusal of unknown keys,
// ranges, JSON Schema, help and docs/config.md. Nothing below touches files or clocks.
namespace poise::config {

// Parses one document as an operator wrote it (comments allowed). Syntax, duplicate and unknown keys, types and ranges:
// all errors at once, `path` = "<source>:line:column: services.web.port" when `source` is not empty, else
// "services.web.port". Rules that span fields are not checked here: see validate.hpp.
Results<Config> parse(std::string_view text, std::string_view source = "");

// Puts "<source>:line:column: " before the path of each error that has a place in `text`, and sorts them by it: for the
// errors of validate(). `text` must have been parsed without a syntax error.
Errors with_places(Errors errors, std::string_view text, std::string_view source);

// parse() for a document that is JSON already (an API body); paths carry no line.
Results<Config> from_json(const nlohmann::json& document);

// Every field, defaults included, in a stable order; parse(dump(to_json(c))) == c.
nlohmann::json to_json(const Config& config);
// Only what differs from the defaults: what is stored on disk and shown by `poise config get`.
nlohmann::json to_json_brief(const Config& config);
// Either form for who may not see secrets: "(secret)" stands for each.
nlohmann::json to_json_without_secrets(const Config& config, bool brief);

nlohmann::json json_schema();  // JSON Schema 2020-12 of the whole document
std::string markdown();        // docs/config.md
Result<std::string> help(
    std::string_view path);  // "services.*.scheduler" or "services.web.scheduler": type, range, default, text

}  // namespace poise::config
