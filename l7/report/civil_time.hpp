#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace poise::l7::report {

// Moment - a point in time, and where on Earth it is read.
struct Moment {
  std::chrono::microseconds since_1970{0};  // UTC
  std::int16_t utc_offset_minutes = 0;      // of local time, east is positive
};

// CivilTime - a moment as a local calendar and clock show it.
struct CivilTime {
  std::uint32_t year, month, day, hour, minute, second, microsecond;  // month and day from 1
};

inline constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr CivilTime civil_time(const Moment& moment) {
  using namespace std::chrono;
  const sys_time<microseconds> local{moment.since_1970 + minutes{moment.utc_offset_minutes}};
  const sys_days midnight = floor<days>(local);
  const year_month_day date{midnight};
  const hh_mm_ss<microseconds> clock{local - midnight};
  return {.year = std::uint32_t(int(date.year())),
          .month = unsigned(date.month()),
          .day = unsigned(date.day()),
          .hour = std::uint32_t(clock.hours().count()),
          .minute = std::uint32_t(clock.minutes().count()),
          .second = std::uint32_t(clock.seconds().count()),
          .microsecond = std::uint32_t(clock.subseconds().count())};
}

}  // namespace poise::l7::report
