#pragma once
#include "config/import/keepalived_mapping.hpp"

namespace poise::config::importing {

// authentication { auth_type auth_pass }; `why_not` when keepalived would not use it either.
void map_authentication(Target& target, const Statement& statement, const std::string& why_not);
void map_hmac(Target& target, const Statement& statement);  // auth_hmac

}  // namespace poise::config::importing
