#include "config/spelling.hpp"

#include <gtest/gtest.h>

namespace poise::config {
namespace {

TEST(Spelling, the_distance_counts_insertions_removals_changes_and_swaps) {
  struct Row {
    const char *left, *right;
    std::size_t distance;
  };
  for (auto [left, right, distance] :
       {Row{"", "", 0}, Row{"web", "web", 0}, Row{"web", "wbe", 1}, Row{"web", "webb", 1}, Row{"web", "wb", 1},
        Row{"web", "wab", 1}, Row{"", "abc", 3}, Row{"abcd", "dcba", 3}})
    EXPECT_EQ(edit_distance(left, right), distance) << left << " " << right;
}

TEST(Spelling, the_nearest_word_is_offered_only_when_it_is_near) {
  const std::vector<std::string_view> known = {"scheduler", "snat_pool", "pool", "ports"};
  EXPECT_EQ(nearest("schedular", known), "scheduler");
  EXPECT_EQ(nearest("SNAT-Pool", known), "snat_pool");
  EXPECT_EQ(nearest("port", known), "ports");
  EXPECT_EQ(nearest("persistence", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(10000, 'x'), known), std::nullopt);
  EXPECT_EQ(nearest("x", std::vector<std::string_view>{"y"}), std::nullopt);
}

TEST(Spelling, without_a_near_word_a_short_list_is_shown_whole) {
  const std::vector<std::string_view> two = {"tcp", "udp"}, many(17, "word");
  EXPECT_EQ(did_you_mean("tpc", two), "did you mean \"tcp\"?");
  EXPECT_EQ(did_you_mean("gre-tunnel", two), "use one of tcp, udp");
  EXPECT_EQ(did_you_mean("gre-tunnel", many, "add it"), "add it");
  EXPECT_EQ(did_you_mean("x", {}, "add it under pools"), "add it under pools");
}

}  // namespace
}  // namespace poise::config
