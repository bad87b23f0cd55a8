#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using nlohmann::json;

TEST(ProxyViews, frontends_say_where_they_listen) {
  const json frontend = {
      {"name", "web"},
      {"mode", "http"},
      {"backend", "servers"},
      {"sessions", 3},
      {"sessions_total", 12345},
      {"requests_total", 70000},
      {"binds", {{{"address", "0.0.0.0"}, {"port", 80}}, {{"address", "::1"}, {"port", 81}}, {{"fd", 5}}}}};
  const std::string text = view_frontends(json::array({frontend}), {});
  EXPECT_NE(text.find("0.0.0.0:80, [::1]:81, no socket 5"), std::string::npos) << text;
  EXPECT_NE(text.find("servers"), std::string::npos);
  EXPECT_EQ(view_frontends(frontend, {}), text);
  EXPECT_EQ(view_frontends(json::array(), {}), "no frontends\n");
}

TEST(ProxyViews, backends_list_their_servers_and_the_whole) {
  const json backend = {{"name", "servers"},
                        {"status", "UP"},
                        {"sessions", 5},
                        {"servers", {{{"name", "s1"}, {"status", "DRAIN"}, {"address", "10.0.0.1:80"}}}}};
  const std::string text = view_backends(json::array({backend}), {});
  EXPECT_NE(text.find("10.0.0.1:80"), std::string::npos) << text;
  EXPECT_NE(text.find("DRAIN"), std::string::npos);
  EXPECT_NE(text.find("(all)"), std::string::npos);
  EXPECT_EQ(view_backends(json::array(), {}), "no backends\n");
}

}  // namespace
}  // namespace poise::control::cli
