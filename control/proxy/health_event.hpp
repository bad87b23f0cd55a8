#pragma once
#include <string>

#include "l7/health/log_line.hpp"

namespace poise::control::proxy {

// HealthEvent - something has happened to a server of a backend, or to all of it.
struct HealthEvent {
  std::string backend, server;  // no server: the whole backend
  std::string what;             // "up", "down", "drain", "maintenance", "drained" ...
  l7::health::LogLine line;     // no text: there is nothing to log
};

}  // namespace poise::control::proxy
