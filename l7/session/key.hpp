#pragma once
#include <cstdint>

#include "l7/session/core.hpp"

namespace poise::l7 {

// What the hash algorithms choose by: a hash of what BalanceKey names, keyed with that of the tables. Nothing: the
// session has no such part.
std::optional<std::uint64_t> balance_hash(ProxyCore& core, const Session& session);

// The part of a path that is hashed: up to `depth` directories and `length` characters (0: no limit), as HAProxy's
// `balance uri` does.
std::string_view hashed_part(std::string_view uri, std::uint32_t length, std::uint32_t depth);
// The value of a parameter of a query ("a=1&b=2"); nothing: it has none.
std::optional<std::string_view> query_parameter(std::string_view query, std::string_view name);
// "www.example.com:80" -> "example": what HAProxy's use_domain_only takes of a host's name.
std::string_view main_domain(std::string_view host);

}  // namespace poise::l7
