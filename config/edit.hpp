#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "config/types/result.hpp"

// Changes to one part of a document, for the API: pure functions from a document and a path to the changed document.
// A path is "services/web/pool" ("" is the whole document); entries of lists go by index, "-" is the place after the
// last. They know the configuration's fields: what is left out because it is as by default is there all the same for a
// path that goes through it, and a wrong name gets a "did you mean". Whether values are right is for from_json() and
// validate() to say. No document, patch or path can make them throw or crash; documents come from read_body() or
// to_json_brief(), which bound their depth.
namespace poise::config {

// An API body: strict JSON, bounded in size and depth.
Results<nlohmann::json> read_body(std::string_view body);

Result<nlohmann::json> get_at(const nlohmann::json& document, std::string_view path);
// Replaces or adds; objects on the way that are only left out are made, named things that do not exist are not.
Result<nlohmann::json> replace_at(nlohmann::json document, std::string_view path, nlohmann::json value);
Result<nlohmann::json> remove_at(nlohmann::json document, std::string_view path);
// RFC 7396: members of `patch` replace, null removes.
Result<nlohmann::json> merge_patch(nlohmann::json document, std::string_view path, const nlohmann::json& patch);
// RFC 6902, all operations or none; their paths are relative to `path`. "replace" and "test" see fields left out as
// their default.
Result<nlohmann::json> json_patch(nlohmann::json document, std::string_view path, const nlohmann::json& operations);

}  // namespace poise::config
