#include "config/path.hpp"

#include <gtest/gtest.h>

namespace poise::config {
namespace {

TEST(Path, names_are_joined_by_dots_and_quoted_when_they_could_be_mistaken) {
  const Path root, services = root / "services", web = services / "web";
  EXPECT_EQ(to_string(root), "");
  EXPECT_EQ(to_string(web), "services.web");
  const Path dotted = services / "web.pool", hop = root / "routes";
  EXPECT_EQ(to_string(dotted), "services[\"web.pool\"]");
  const Path third = hop / std::size_t(2);
  EXPECT_EQ(to_string(third / "prefix"), "routes[2].prefix");
  EXPECT_EQ(child("", "a\"b\n"), "[\"a\\\"b\\u000a\"]");
  EXPECT_EQ(child("x", ""), "x[\"\"]");
}

TEST(Path, every_way_to_write_a_path_gives_its_parts) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(segments(""), Parts{});
  EXPECT_EQ(segments("/"), Parts{});
  EXPECT_EQ(segments("services.web.pool"), (Parts{"services", "web", "pool"}));
  EXPECT_EQ(segments("services/web/pool"), (Parts{"services", "web", "pool"}));
  EXPECT_EQ(segments("/services/lan.100/"), (Parts{"services", "lan.100"}));
  EXPECT_EQ(segments("routes[2].via[0]"), (Parts{"routes", "2", "via", "0"}));
  EXPECT_EQ(segments("vlans[\"lan.100\"].mtu"), (Parts{"vlans", "lan.100", "mtu"}));
  EXPECT_EQ(segments("x[\"a\\\"b/c\"]"), (Parts{"x", "a\"b/c"}));
}

TEST(Path, a_malformed_path_is_an_error) {
  for (const char* path : {"a..b", ".a", "a.", "a[1", "a[\"x", "a[\"x\"", "a//b", "a[", "["}) {
    const auto parts = segments(path);
    ASSERT_FALSE(parts) << path;
    EXPECT_EQ(parts.error().path, path);
  }
}

TEST(Path, names_have_up_to_63_plain_characters) {
  for (const std::string& name : {std::string("a"), std::string("Lan-1.x_2"), std::string(63, 'a'), std::string("...")})
    EXPECT_TRUE(is_name(name)) << name;
  for (const std::string& name : {std::string(""), std::string(64, 'a'), std::string("a b"), std::string("a/b"),
                                  std::string("\xc3\xa4"), std::string("."), std::string(".."), std::string("a\0b", 3)})
    EXPECT_FALSE(is_name(name)) << name;
}

}  // namespace
}  // namespace poise::config
