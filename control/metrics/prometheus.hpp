#pragma once
#include <string>

#include "control/core.hpp"

namespace poise::control {

// Everything that is counted, in the Prometheus text format 0.0.4; names are poise_<what>_<unit>[_total]. Thread:
// control's.
std::string prometheus_text(const Core& core);

// A label value with backslash, quote and newline escaped.
std::string escape_label(const std::string& value);

}  // namespace poise::control
