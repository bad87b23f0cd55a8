#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/import/haproxy/lines.hpp"

namespace poise::config::importing::haproxy {

// Section - a head such as "frontend web" and the lines under it.
struct Section {
  enum class Kind : std::uint8_t { global, defaults, frontend, backend, listen, other };
  Kind kind = Kind::other;
  std::string name;
  Line head;
  std::vector<Line> lines;
  std::size_t defaults = SIZE_MAX;  // index of the section of defaults that it goes by

  bool has_defaults() const { return defaults != SIZE_MAX; }
  bool is_proxy() const { return kind == Kind::frontend || kind == Kind::backend || kind == Kind::listen; }
};

// Lines to sections, each with the defaults it goes by. Unknown sections and wrong heads are refused; sections that
// are known and have nothing here are `other`.
std::vector<Section> read_sections(std::vector<Line> lines, Report& report);

// What a section of another kind is here; null: it is no section of HAProxy's.
const char* why_not_section(std::string_view kind);

}  // namespace poise::config::importing::haproxy
