#include "config/import/texts.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/path.hpp"

namespace poise::config::importing {
namespace {

TEST(Texts, show_values_and_words) {
  EXPECT_EQ(text_of(nlohmann::json{{"a", 1}}), "{\"a\":1}");
  EXPECT_EQ(text_of("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(joined({"a", "b c"}), "a b c");
  EXPECT_EQ(joined({}), "");
}

TEST(Texts, any_text_becomes_a_name) {
  for (const char* text : {"", "..", "a b", "a:b", "/"}) EXPECT_TRUE(is_name(valid_name(text))) << text;
  EXPECT_EQ(valid_name("a:b c"), "a_b_c");
  EXPECT_EQ(valid_name("web.1-x_y"), "web.1-x_y");
  EXPECT_TRUE(is_name(valid_name(std::string(200, 'x'))));
}

}  // namespace
}  // namespace poise::config::importing
