#pragma once
#include <cstdint>
#include <string>

namespace poise::l7::health {

struct LogLine {
  enum class Level : std::uint8_t { emerg = 0, alert = 1, notice = 5 } level = Level::notice;  // syslog's
  std::string text;
};

}  // namespace poise::l7::health
