#pragma once
#include "config/choices.hpp"

// The enums of content rules, as an operator writes them.
namespace poise::config {

template <>
inline constexpr auto choices<TextComparison> = std::array{
    choice(TextComparison::exact, "exact", "the whole text"), choice(TextComparison::prefix, "prefix", "how it begins"),
    choice(TextComparison::suffix, "suffix", "how it ends"),
    choice(TextComparison::substring, "substring", "a part of it"),
    choice(TextComparison::regex, "regex", "a regular expression (RE2) that matches somewhere in it")};

}  // namespace poise::config
