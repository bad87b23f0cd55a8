#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Files of rules, as HAProxy has them: a value a line, or "key value"; blank around it does not count, nor do lines
// that are empty or begin with "#".
namespace poise::l7::rules {

std::vector<std::string> lines_of(std::string_view file);
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view file);  // a line of one word has no value

}  // namespace poise::l7::rules
