#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace poise::l7::report {

// What stands in the page, for people.
std::string escaped(std::string_view text);            // safe in HTML, also within quotes
std::string readable_count(std::uint64_t count);       // "12 345 678", with spaces at which no line breaks
std::string readable_bytes(std::uint64_t bytes);       // "999", "1.23k", "45.6M", "789G": three digits, decimal
std::string readable_duration(std::uint64_t seconds);  // "25s", "3m5s", "2h10m", "4d1h": as HAProxy's
std::string readable_uptime(std::uint64_t seconds);    // "1d 2h03m04s"

}  // namespace poise::l7::report
