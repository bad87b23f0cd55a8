#pragma once
#include "config/model.hpp"
#include "config/types/result.hpp"

namespace poise::config {

// Rules that span fields: names that must exist, addresses that clash, families that a mode cannot carry, limits.
// Returns every error, empty when the configuration can be committed. Pure.
Errors validate(const Config& config);

}  // namespace poise::config
