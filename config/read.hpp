#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "config/type.hpp"
#include "config/types/result.hpp"

namespace poise::config {

// Fills `target`, an object of the C++ type that `type` describes, from JSON by the field tables. Returns every error,
// at most limits::errors_reported and one more that says so. Recursion is as deep as the tables, never as deep as the
// document.
Errors read(const Type& type, const nlohmann::json& document, void* target);

// A value as an error quotes it: short, printable, lists and objects only by kind.
std::string quote(const nlohmann::json& value);

// What a field of this type and rule wants, in words: "a whole number 1..4094", "true or false".
std::string wanted(const Type& type, const Rule& rule);

}  // namespace poise::config
