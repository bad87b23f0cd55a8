#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "config/model.hpp"
#include "config/type.hpp"

// Scalars of the configuration, between JSON and C++: numbers, strings with a format, addresses, port ranges, enums.
namespace poise::config {

struct Problem {
  std::string problem, fix;
};

// Reads one scalar into `to`; what is wrong with it, if anything, and then `to` is unchanged.
std::optional<Problem> read_scalar(const Type& type, const Rule& rule, const nlohmann::json& from, void* to);
nlohmann::json write_scalar(const Type& type, const void* from);

// "80", "8000-8099", "any": as in messages.
std::string to_string(const PortRange& ports);

// What is wrong with a string of this format, if anything. Also for strings that did not come from JSON.
std::optional<Problem> check_text(Format format, const std::string& text);

}  // namespace poise::config
