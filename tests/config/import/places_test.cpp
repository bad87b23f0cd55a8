#include "config/import/places.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing {
namespace {

TEST(Places, a_path_comes_from_where_its_longest_known_part_does) {
  const Places places = {{"a", {0, 1}}, {"a.b", {0, 2}}, {"a.b[0]", {0, 3}}};
  EXPECT_EQ(place_of(places, "a.b[0].c")->line, 3u);
  EXPECT_EQ(place_of(places, "a.b[1]")->line, 2u);
  EXPECT_EQ(place_of(places, "a.x.y")->line, 1u);
  EXPECT_FALSE(place_of(places, "x").has_value());
}

TEST(Places, errors_stand_at_their_lines_but_not_in_a_block_that_has_one_already) {
  Report report(false);
  const std::uint32_t file = report.add_file("f");
  report.refuse({file, 5}, "x", {"", "known", "fix"});
  const Places places = {{"a", {file, 4}}, {"b", {file, 7}}};
  Errors nowhere;
  place_errors(report, places, {{{file, 4}, {file, 6}}}, {{"a.x", "one", ""}, {"b", "two", ""}, {"c", "three", ""}},
               nowhere);
  ASSERT_EQ(report.errors().size(), 2u);
  EXPECT_EQ(report.errors()[1].path, "f:7: b");
  ASSERT_EQ(nowhere.size(), 1u);
  EXPECT_EQ(nowhere[0].problem, "three");
}

}  // namespace
}  // namespace poise::config::importing
