#include "config/import/keepalived_keywords.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace poise::config::importing {
namespace {

TEST(KeepalivedKeywords, each_is_once_in_its_place_and_found_there) {
  std::set<std::pair<Context, std::string_view>> seen;
  for (const auto& rows : {rows_of_vrrp(), rows_of_servers()})
    for (const Keyword& row : rows) {
      EXPECT_TRUE(seen.emplace(row.where, row.name).second) << row.name << " " << name_of(row.where);
      EXPECT_LE(row.arguments_min, row.arguments_max) << row.name;
      ASSERT_NE(find_keyword(row.where, row.name), nullptr);
      EXPECT_EQ(find_keyword(row.where, row.name)->arguments_max, row.arguments_max);
    }
  EXPECT_GT(seen.size(), 350u);
  EXPECT_EQ(find_keyword(Context::root, "priority"), nullptr);
}

// The parser recurses as deep as blocks nest.
TEST(KeepalivedKeywords, blocks_nest_at_most_five_deep) {
  const std::function<int(Context)> depth = [&](Context context) {
    int deepest = 0;
    for (const std::string_view name : keywords_of(context)) {
      const Context opens = find_keyword(context, name)->opens;
      if (opens == Context::none) continue;
      EXPECT_GT(opens, Context::root);
      EXPECT_NE(opens, context) << name;
      if (opens != context) deepest = std::max(deepest, 1 + depth(opens));
    }
    return deepest;
  };
  EXPECT_LE(depth(Context::root), 5);
}

TEST(KeepalivedKeywords, a_misplaced_one_is_told_where_it_belongs) {
  EXPECT_EQ(where_known("router_id"), "in global_defs");
  EXPECT_EQ(where_known("advert_int"), "in vrrp_instance");
  EXPECT_EQ(where_known("nonsense"), "");
  EXPECT_TRUE(is_list(Context::addresses));
  EXPECT_FALSE(is_list(Context::instance));
  EXPECT_TRUE(takes_number(Context::server_group));
  EXPECT_TRUE(takes_line(Context::lines));
}

}  // namespace
}  // namespace poise::config::importing
