#include "config/import/haproxy/sections.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

struct Read {
  std::vector<Section> sections;
  Errors errors;
};
Read read(std::string_view text) {
  Report report(false);
  Variables variables;
  Read found;
  found.sections = read_sections(read_lines(text, variables, {report.add_file("h.cfg"), 1}, report), report);
  found.errors = report.errors();
  return found;
}

TEST(HaproxySections, go_by_the_defaults_before_them_or_by_those_that_they_name) {
  const Read found =
      read("backend none\ndefaults\n mode http\nfrontend a\n bind :80\ndefaults two\nlisten b\nbackend c from one\n");
  ASSERT_EQ(found.errors.size(), 1u);
  EXPECT_EQ(found.errors[0].path, "h.cfg:8");
  EXPECT_NE(found.errors[0].problem.find("\"one\""), std::string::npos);
  ASSERT_EQ(found.sections.size(), 6u);
  EXPECT_FALSE(found.sections[0].has_defaults());
  EXPECT_EQ(found.sections[2].defaults, 1u);
  EXPECT_EQ(found.sections[2].name, "a");
  EXPECT_EQ(found.sections[2].lines.size(), 1u);
  EXPECT_EQ(found.sections[4].defaults, 3u);
  const Read named = read("defaults one\ndefaults two from one\ndefaults\nbackend a from two\nbackend b\n");
  EXPECT_TRUE(named.errors.empty());
  EXPECT_EQ(named.sections[1].defaults, 0u);
  EXPECT_FALSE(named.sections[2].has_defaults());
  EXPECT_EQ(named.sections[3].defaults, 1u);
  EXPECT_EQ(named.sections[4].defaults, 2u);
}

TEST(HaproxySections, a_name_is_one_frontends_and_one_backends) {
  EXPECT_TRUE(read("frontend a\nbackend a\nlisten b:c.d-e_f\n").errors.empty());
  for (const auto& [text, path] :
       {std::pair{"backend a\nbackend a", "h.cfg:2"}, std::pair{"frontend a\nlisten a", "h.cfg:2"},
        std::pair{"frontend", "h.cfg:1"}, std::pair{"backend a/b", "h.cfg:1"}, std::pair{"frontend a :80", "h.cfg:1"},
        std::pair{"backend a from", "h.cfg:1"}, std::pair{"mode http\nbackend a", "h.cfg:1"},
        std::pair{"fronted a", "h.cfg:1"}, std::pair{"defaults a\ndefaults a\nbackend b from a", "h.cfg:3"}}) {
    const Read found = read(text);
    ASSERT_EQ(found.errors.size(), 1u) << text;
    EXPECT_EQ(found.errors[0].path, path) << text;
    EXPECT_FALSE(found.errors[0].fix.empty()) << text;
  }
  EXPECT_EQ(read("fronted a").errors[0].fix, "did you mean \"frontend\"?");
}

TEST(HaproxySections, others_are_known_and_say_what_there_is_instead) {
  for (const char* kind : {"peers", "resolvers", "mailers", "userlist", "cache", "ring", "program", "http-errors"}) {
    EXPECT_TRUE(begins_section(kind));
    EXPECT_NE(why_not_section(kind), nullptr) << kind;
  }
  for (const char* kind : {"global", "defaults", "frontend"}) EXPECT_EQ(why_not_section(kind), nullptr) << kind;
  EXPECT_FALSE(begins_section("bind"));
  EXPECT_EQ(why_not_section("bind"), nullptr);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
