#include "vrrp/types.hpp"

#include <gtest/gtest.h>

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;

TEST(Types, the_skew_of_version_2_is_of_a_second_and_of_version_3_of_the_interval) {
  struct Row {
    Version version;
    std::uint8_t priority;
    Duration interval, skew;
  };
  for (const Row& row : {Row{Version::v2, 90, 1s, 648437500ns}, Row{Version::v2, 90, 10s, 648437500ns},
                         Row{Version::v3, 90, 100ms, 64843750ns}, Row{Version::v3, 90, 10ms, 6484375ns},
                         Row{Version::v3, 254, 10ms, 78125ns}, Row{Version::v3, 255, 1s, 3906250ns}})
    EXPECT_EQ(skew_time(row.version, row.priority, row.interval), row.skew);
}

}  // namespace
}  // namespace poise::vrrp
