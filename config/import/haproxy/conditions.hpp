#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/import/haproxy/lexer.hpp"

namespace poise::config::importing::haproxy {

// What a condition of .if says: numbers, defined(NAME), streq(A,B), strneq(A,B), version_atleast(V), version_before(V),
// joined by !, &&, || and parentheses. Nothing: it asks what only HAProxy itself can tell, or is none.
std::optional<bool> evaluate(std::string_view condition, const Variables& variables);

}  // namespace poise::config::importing::haproxy
