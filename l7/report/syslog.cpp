#include "l7/report/syslog.hpp"

#include <array>
#include <span>

namespace poise::l7::report {
namespace {

// By their numbers.
constexpr std::array<std::string_view, 24> facilities = {
    "kern", "user",  "mail",  "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "auth2",  "ftp",
    "ntp",  "audit", "alert", "cron2",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> levels = {"emerg",   "alert",  "crit", "err",
                                                    "warning", "notice", "info", "debug"};

std::optional<std::uint8_t> number_of(std::string_view name, std::span<const std::string_view> names) {
  for (std::size_t number = 0; number < names.size(); ++number)
    if (names[number] == name) return std::uint8_t(number);
  return std::nullopt;
}

std::string_view name_of(std::uint8_t number, std::span<const std::string_view> names) {
  return number < names.size() ? names[number] : std::string_view{};
}

void put_priority(const SyslogHeader& header, LineWriter& to) {
  to.put('<');
  to.count(header.facility * 8u + header.level);
  to.put('>');
}

}  // namespace

std::optional<std::uint8_t> facility_of(std::string_view name) { return number_of(name, facilities); }
std::optional<std::uint8_t> level_of(std::string_view name) { return number_of(name, levels); }
std::string_view facility_name(std::uint8_t facility) { return name_of(facility, facilities); }
std::string_view level_name(std::uint8_t level) { return name_of(level, levels); }

void put_rfc3164_header(const SyslogHeader& header, LineWriter& to) {
  const CivilTime time = civil_time(header.now);
  put_priority(header, to);
  to.put(month_names[time.month - 1]);
  to.put(' ');
  to.digits(time.day, 2, ' ');
  char before = ' ';
  for (const std::uint32_t part : {time.hour, time.minute, time.second}) {
    to.put(before);
    to.digits(part, 2);
    before = ':';
  }
  to.put(' ');
  if (!header.hostname.empty()) {
    to.put(header.hostname);
    to.put(' ');
  }
  to.put(header.tag);
  to.put('[');
  to.count(header.pid);
  to.put("]: ");
}

void put_rfc5424_header(const SyslogHeader& header, LineWriter& to) {
  put_priority(header, to);
  to.put("1 ");
  to.iso_time(header.now, LineWriter::Fraction::microseconds);
  to.put(' ');
  to.put(header.hostname.empty() ? "-" : header.hostname);
  to.put(' ');
  to.put(header.tag);
  to.put(' ');
  to.count(header.pid);
  to.put(" - - ");
}

}  // namespace poise::l7::report
