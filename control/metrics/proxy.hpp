#pragma once
#include <string>

#include "control/core.hpp"

namespace poise::control {

// The metrics of layer 7, in Prometheus' text format.
void append_proxy(std::string& text, const Core& core);

}  // namespace poise::control
