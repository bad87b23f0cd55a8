#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using nlohmann::json;

const json table = {{"name", "clients"},
                    {"type", "ip"},
                    {"size", 1000},
                    {"entries", 1},
                    {"store", {{{"data", "gpc0"}}, {{"data", "conn_rate"}, {"period_ms", 10000}}}}};

TEST(StickViews, tables_say_what_they_store) {
  const std::string text = view_stick_tables(json::array({table}), {});
  EXPECT_NE(text.find("clients"), std::string::npos) << text;
  EXPECT_NE(text.find("gpc0,conn_rate(10s)"), std::string::npos) << text;
  EXPECT_EQ(view_stick_tables(json::array(), {}), "no stick tables\n");
}

TEST(StickViews, a_table_shows_its_entries_with_a_column_for_each_kind) {
  json one = table;
  one["list"] = {{{"key", "192.0.2.1"}, {"use", 2}, {"gpc0", 7}, {"conn_rate", 33}}};
  const std::string text = view_stick_tables(one, {});
  EXPECT_NE(text.find("192.0.2.1"), std::string::npos) << text;
  EXPECT_NE(text.find("33"), std::string::npos) << text;
  one["list"] = json::array();
  EXPECT_NE(view_stick_tables(one, {}).find("no entries\n"), std::string::npos);
}

}  // namespace
}  // namespace poise::control::cli
