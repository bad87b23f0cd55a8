#include "control/metrics/prometheus.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

TEST(Prometheus, every_line_is_help_type_or_a_sample_of_the_metric_before) {
  Appliance appliance;
  appliance.pass(10ms);
  const std::regex help("# HELP ([a-z_]+) .+"), type("# TYPE ([a-z_]+) (gauge|counter)");
  const std::regex sample(R"re(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9]+(\.[0-9]+)?)re");
  std::stringstream text(prometheus_text(appliance.core));
  std::set<std::string> known;
  std::string described, typed;
  for (std::string line; std::getline(text, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      described = match[1];
      EXPECT_TRUE(known.insert(described).second) << described << " twice";
      EXPECT_TRUE(described.starts_with("poise_"));
    } else if (std::regex_match(line, match, type)) {
      typed = match[1];
      EXPECT_EQ(typed, described);
      EXPECT_EQ(match[2] == "counter", typed.ends_with("_total")) << typed;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], typed) << line;
    }
  }
  EXPECT_GT(known.size(), 30u);
}

TEST(Prometheus, values_are_those_of_the_appliance) {
  Appliance appliance;
  const std::string text = prometheus_text(appliance.core);
  EXPECT_NE(text.find("poise_revision 1\n"), std::string::npos);
  EXPECT_NE(text.find("poise_server_weight{service=\"web\",server=\"web1\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("poise_port_up{interface=\"lan\"} 0\n"), std::string::npos);
}

TEST(Prometheus, label_values_are_escaped) { EXPECT_EQ(escape_label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd"); }

}  // namespace
}  // namespace poise::control
