#include "l7/rules/text_table.hpp"

#include <gtest/gtest.h>

namespace poise::l7::rules {
namespace {

TEST(TextTable, finds_whole_texts_and_the_longest_beginning_and_end) {
  TextTable table;
  for (const char* text : {"/a", "/a/b", ".org", "example.org", "/a"}) table.insert(text, std::uint32_t(table.size()));
  EXPECT_EQ(table.size(), 4u);
  EXPECT_EQ(table.find("/a"), 0u);
  EXPECT_EQ(table.find("/A"), std::nullopt);
  EXPECT_EQ(table.find_prefix_of("/a/b/c"), 1u);
  EXPECT_EQ(table.find_prefix_of("/a/c"), 0u);
  EXPECT_EQ(table.find_prefix_of("/"), std::nullopt);
  EXPECT_EQ(table.find_suffix_of("www.example.org"), 3u);
  EXPECT_EQ(table.find_suffix_of("www.org"), 2u);
  EXPECT_EQ(table.find_suffix_of("org"), std::nullopt);
}

TEST(TextTable, may_ignore_case) {
  TextTable table(true);
  table.insert("Example.ORG", 5);
  EXPECT_EQ(table.find("eXample.org"), 5u);
  EXPECT_EQ(table.find_suffix_of("www.EXAMPLE.org"), 5u);
}

TEST(TextTable, an_empty_one_finds_nothing) {
  EXPECT_EQ(TextTable().find(""), std::nullopt);
  EXPECT_EQ(TextTable().find_prefix_of("a"), std::nullopt);
}

}  // namespace
}  // namespace poise::l7::rules
