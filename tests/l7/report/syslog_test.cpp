#include "l7/report/syslog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace poise::l7::report {
namespace {

using namespace std::chrono_literals;

std::string header_3164(const SyslogHeader& header) {
  std::array<char, 256> room;
  LineWriter line(room);
  put_rfc3164_header(header, line);
  return std::string(line.text());
}

std::string header_5424(const SyslogHeader& header) {
  std::array<char, 256> room;
  LineWriter line(room);
  put_rfc5424_header(header, line);
  return std::string(line.text());
}

// These four were written by HAProxy 2.6.12: facilities local3 and local0, with and without "log-send-hostname".
TEST(Syslog, headers_are_haproxy_s) {
  SyslogHeader header{.now = {.since_1970 = 1795539282717207us}, .pid = 26158};
  header.hostname = "lb-1";
  header.facility = *facility_of("local3");
  header.level = *level_of("alert");
  EXPECT_EQ(header_3164(header), "<153>Nov 24 16:54:42 lb-1 haproxy[26158]: ");
  header.facility = *facility_of("local0");
  EXPECT_EQ(header_5424(header), "<129>1 2026-11-24T16:54:42.717207+00:00 lb-1 haproxy 26158 - - ");
  header.hostname = "";
  header.level = *level_of("info");
  EXPECT_EQ(header_3164(header), "<134>Nov 24 16:54:42 haproxy[26158]: ");
  EXPECT_EQ(header_5424(header), "<134>1 2026-11-24T16:54:42.717207+00:00 - haproxy 26158 - - ");
}

TEST(Syslog, an_early_day_of_the_month_has_a_space_before_it) {
  const SyslogHeader header{
      .now = {.since_1970 = 1767222000007ms, .utc_offset_minutes = 120}, .tag = "poise", .pid = 1};
  EXPECT_EQ(header_3164(header), "<134>Jan  1 01:00:00 poise[1]: ");
  EXPECT_EQ(header_5424(header), "<134>1 2026-01-01T01:00:00.007000+02:00 - poise 1 - - ");
}

TEST(Syslog, facilities_and_levels_have_names) {
  struct Row {
    std::uint8_t number;
    std::string_view name;
  };
  for (const auto& [number, name] : {Row{0, "kern"}, Row{1, "user"}, Row{3, "daemon"}, Row{4, "auth"}, Row{9, "cron"},
                                     Row{10, "auth2"}, Row{15, "cron2"}, Row{16, "local0"}, Row{23, "local7"}}) {
    EXPECT_EQ(facility_of(name), number);
    EXPECT_EQ(facility_name(number), name);
  }
  for (const auto& [number, name] :
       {Row{0, "emerg"}, Row{1, "alert"}, Row{2, "crit"}, Row{3, "err"}, Row{4, "warning"}, Row{7, "debug"}}) {
    EXPECT_EQ(level_of(name), number);
    EXPECT_EQ(level_name(number), name);
  }
  EXPECT_EQ(facility_of("local8"), std::nullopt);
  EXPECT_EQ(level_of(""), std::nullopt);
  EXPECT_EQ(facility_name(24), "");
  EXPECT_EQ(level_name(8), "");
}

}  // namespace
}  // namespace poise::l7::report
