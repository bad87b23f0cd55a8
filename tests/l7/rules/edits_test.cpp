#include "l7/rules/edits.hpp"

#include <gtest/gtest.h>

namespace poise::l7::rules {
namespace {

TEST(HeadEdits, keep_what_was_changed_until_they_are_cleared) {
  HeadEdits edits;
  EXPECT_TRUE(edits.is_empty());
  EXPECT_TRUE(edits.add("x-a", "1"));
  EXPECT_TRUE(edits.replace(3, "new"));
  edits.remove(4);
  EXPECT_TRUE(edits.set_path("/p") && edits.set_query("q") && edits.set_method("PUT") && edits.set_status(404, "No"));
  EXPECT_EQ(edits.text_of(edits.added(0).name), "x-a");
  EXPECT_EQ(edits.text_of(edits.added(0).value), "1");
  EXPECT_EQ(edits.replaced(3), "new");
  EXPECT_EQ(edits.replaced(2), std::nullopt);
  EXPECT_TRUE(edits.is_removed(4));
  EXPECT_EQ(edits.path(), "/p");
  EXPECT_EQ(edits.query(), "q");
  EXPECT_EQ(edits.method(), "PUT");
  EXPECT_EQ(edits.status(), 404);
  EXPECT_EQ(edits.reason(), "No");
  edits.clear();
  EXPECT_TRUE(edits.is_empty());
  EXPECT_EQ(edits.path(), std::nullopt);
  EXPECT_EQ(edits.added_count(), 0u);
  EXPECT_FALSE(edits.is_removed(4) || edits.replaced(3));
}

TEST(HeadEdits, only_taken_away_are_cleared_too) {
  HeadEdits edits;
  edits.remove(0);
  EXPECT_FALSE(edits.is_empty());
  edits.clear();
  EXPECT_FALSE(edits.is_removed(0));
}

TEST(HeadEdits, beyond_their_number_nothing_changes) {
  HeadEdits edits;
  for (std::size_t i = 0; i < limits::rule_edits; ++i) EXPECT_TRUE(edits.add("x", "y"));
  EXPECT_FALSE(edits.add("x", "y"));
  EXPECT_FALSE(edits.set_path("/"));
  EXPECT_FALSE(edits.replace(0, "z"));
  EXPECT_EQ(edits.added_count(), limits::rule_edits);
  EXPECT_EQ(edits.path(), std::nullopt);
}

TEST(HeadEdits, beyond_their_bytes_nothing_changes) {
  HeadEdits edits;
  const std::string long_text(limits::rule_edit_bytes - 1, 'a');
  EXPECT_TRUE(edits.add("x", long_text));
  EXPECT_FALSE(edits.set_query("b"));
  EXPECT_EQ(edits.query(), std::nullopt);
}

}  // namespace
}  // namespace poise::l7::rules
