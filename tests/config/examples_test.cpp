#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/config/support.hpp"

namespace poise::config {
namespace {

namespace fs = std::filesystem;

TEST(Examples, every_example_is_read_breaks_no_rule_and_comes_back_the_same) {
  int examples = 0;
  for (const auto& entry : fs::directory_iterator(POISE_SOURCE_ROOT "/config/examples")) {
    ++examples;
    const std::string name = entry.path().filename().string();
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto config = parse(text, name);
    ASSERT_TRUE(config) << text_of(config.error());
    EXPECT_EQ(text_of(with_places(validate(*config), text, name)), "");
    EXPECT_EQ(*parse(to_json_brief(*config).dump()), *config) << name;
    EXPECT_TRUE(text.starts_with("//")) << name << " does not say what it shows";
  }
  EXPECT_GE(examples, 5);
}

}  // namespace
}  // namespace poise::config
