#pragma once

namespace poise::control {
inline constexpr const char* version = POISE_VERSION;  // of the project, from the build
}
