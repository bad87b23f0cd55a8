#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

// Words and values as the importers' notes show them, and names as ours may be.
namespace poise::config::importing {

std::string text_of(const nlohmann::json& value);
std::string joined(const std::vector<std::string>& words);

// A name that our names allow, made of one that they may not.
std::string valid_name(std::string_view name);

}  // namespace poise::config::importing
