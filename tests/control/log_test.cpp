#include "control/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace poise::control::log {
namespace {

std::vector<std::string> lines_of(const config::Logging& settings, const std::function<void()>& write) {
  configure(settings);
  testing::internal::CaptureStderr();
  write();
  flush();
  std::stringstream text(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(Log, json_lines_carry_event_message_level_and_fields) {
  const auto lines = lines_of({config::LogTarget::console, config::LogFormat::json, config::LogLevel::info},
                              [] { warning("link", "lan is down", {{"port", "0"}}); });
  ASSERT_EQ(lines.size(), 1u);
  const auto line = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(line["event"], "link");
  EXPECT_EQ(line["message"], "lan is down");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["port"], "0");
}

TEST(Log, nothing_that_is_logged_makes_a_second_line) {
  for (const auto format : {config::LogFormat::text, config::LogFormat::json}) {
    const auto lines = lines_of({config::LogTarget::console, format, config::LogLevel::info},
                                [] { info("commit", "a\nforged: line", {{"by", "x\r\ny\x1b[2J"}}); });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
  }
}

TEST(Log, lines_below_the_level_are_not_written) {
  const auto lines = lines_of({config::LogTarget::console, config::LogFormat::text, config::LogLevel::warning}, [] {
    debug("a", "one");
    info("a", "two");
    error("a", "three");
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("a: three"), std::string::npos);
}

TEST(Log, flush_writes_all_lines_in_their_order_and_none_is_lost) {
  const auto lines = lines_of({config::LogTarget::console, config::LogFormat::text, config::LogLevel::info}, [] {
    for (int i = 0; i < 1000; ++i) info("line", std::to_string(i) + ".");
  });
  ASSERT_EQ(lines.size(), 1000u);
  EXPECT_NE(lines[999].find(": 999."), std::string::npos);
  EXPECT_EQ(lost(), 0u);
}

}  // namespace
}  // namespace poise::control::log
