#include "control/cli/table.hpp"

#include <gtest/gtest.h>

namespace poise::control::cli {
namespace {

Table example() {
  Table table({{"NAME", false, true}, {"STATE"}, {"COUNT", true}});
  table.add({{"web"}, {"up", Tone::good}, {"7"}});
  table.add({{"a-rather-long-name"}, {"down", Tone::bad}, {"1.2 M"}});
  return table;
}

TEST(Table, columns_are_as_wide_as_their_widest_cell_and_numbers_stand_right) {
  EXPECT_EQ(example().render({}),
            "NAME                STATE  COUNT\n"
            "web                 up         7\n"
            "a-rather-long-name  down   1.2 M\n");
}

TEST(Table, a_narrow_terminal_cuts_the_columns_that_may_shrink) {
  EXPECT_EQ(example().render({.width = 24}),
            "NAME        STATE  COUNT\n"
            "web         up         7\n"
            "a-rather-…  down   1.2 M\n");
}

TEST(Table, a_column_never_shrinks_below_eight) {
  EXPECT_EQ(example().render({.width = 5}),
            "NAME      STATE  COUNT\n"
            "web       up         7\n"
            "a-rathe…  down   1.2 M\n");
}

TEST(Table, colour_does_not_move_columns) {
  EXPECT_EQ(example().render({.colour = true}),
            "\x1b[1mNAME\x1b[0m                \x1b[1mSTATE\x1b[0m  \x1b[1mCOUNT\x1b[0m\n"
            "web                 \x1b[32mup\x1b[0m         7\n"
            "a-rather-long-name  \x1b[31mdown\x1b[0m   1.2 M\n");
}

TEST(Table, wide_characters_keep_the_columns_straight_and_no_spaces_trail) {
  Table table({{"CITY"}, {"NOTE"}});
  table.add({{"東京"}, {""}});
  table.add({{"Zürich"}, {"x"}});
  EXPECT_EQ(table.render({}), "CITY    NOTE\n東京\nZürich  x\n");
}

TEST(StreamTable, a_column_grows_with_its_cells_and_stays_so) {
  StreamTable table({{"A", false, false, 3}, {"B"}}, {});
  EXPECT_EQ(table.header(), "A    B\n");
  EXPECT_EQ(table.row({{"xy"}, {"1"}}), "xy   1\n");
  EXPECT_EQ(table.row({{"wider"}, {"2"}}), "wider  2\n");
  EXPECT_EQ(table.row({{"xy"}, {"3"}}), "xy     3\n");
}

TEST(Table, known_states_have_their_colour) {
  EXPECT_EQ(tone_of_state("up"), Tone::good);
  EXPECT_EQ(tone_of_state("drain"), Tone::warning);
  EXPECT_EQ(tone_of_state("down"), Tone::bad);
  EXPECT_EQ(tone_of_state("whatever"), Tone::plain);
}

}  // namespace
}  // namespace poise::control::cli
