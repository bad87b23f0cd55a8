#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "l7/report/line_writer.hpp"

namespace poise::l7::report {

// Facilities and levels by HAProxy's names. nullopt, and "", for what is none.
std::optional<std::uint8_t> facility_of(std::string_view name);
std::optional<std::uint8_t> level_of(std::string_view name);
std::string_view facility_name(std::uint8_t facility);
std::string_view level_name(std::uint8_t level);

struct SyslogHeader {
  std::uint8_t facility = 16;  // local0
  std::uint8_t level = 6;      // info
  Moment now{};
  std::string_view hostname{};  // "": RFC 3164 leaves it out, RFC 5424 writes "-"
  std::string_view tag = "haproxy";
  std::uint32_t pid = 0;
};
// "<134>Nov 22 09:34:08 haproxy[12713]: " and "<134>1 2026-11-22T09:34:08.000000+00:00 - haproxy 12713 - - ". The
// message follows, and to.end_line(), as HAProxy ends it.
void put_rfc3164_header(const SyslogHeader& header, LineWriter& to);
void put_rfc5424_header(const SyslogHeader& header, LineWriter& to);

}  // namespace poise::l7::report
