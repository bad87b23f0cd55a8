#include "config/import/haproxy/mapping.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

struct Fixture {
  Fixture() { place.file = report.add_file("h.cfg"); }
  Line line(std::vector<std::string> words, std::uint32_t number = 1) {
    return {.place = {place.file, number}, .words = std::move(words)};
  }
  Options options;
  Report report{false};
  Mapping mapping{options, report};
  Place place;
};

TEST(HaproxyMapping, keywords_are_shown_with_their_second_word_and_with_no) {
  Fixture at;
  EXPECT_EQ(keyword_of(at.line({"timeout", "client", "5s"})), "timeout client");
  EXPECT_EQ(keyword_of(at.line({"server", "a", "b"})), "server");
  EXPECT_EQ(keyword_of(at.line({"option"})), "option");
  Line line = at.line({"option", "redispatch"});
  line.is_negated = true;
  EXPECT_EQ(keyword_of(line), "no option redispatch");
  line.is_negated = false;
  line.is_reset = true;
  EXPECT_EQ(keyword_of(line), "default option redispatch");
}

TEST(HaproxyMapping, the_same_is_said_once_of_a_line) {
  Fixture at;
  const Line line = at.line({"mode", "http"});
  for (int i = 0; i < 3; ++i) {
    at.mapping.taken(line, "x");
    at.mapping.refuse(line, "y", "z");
  }
  at.mapping.taken(line, "other");
  EXPECT_EQ(at.report.notes().size(), 3u);
  EXPECT_EQ(at.report.errors().size(), 1u);
}

TEST(HaproxyMapping, parts_know_where_they_come_from_and_how_they_are_shown) {
  Fixture at;
  Part timeouts =
      part_at(at.mapping, at.line({"timeout"}, 3), {"frontends", "a.b"}, "*").child(at.line({"x"}, 4), "timeouts");
  timeouts.take(at.line({"timeout", "client"}, 5), "client_ms", 7);
  timeouts.add(at.line({"y"}, 6), "list", "one");
  EXPECT_EQ(at.mapping.document.dump(), R"({"frontends":{"a.b":{"timeouts":{"client_ms":7,"list":["one"]}}}})");
  EXPECT_EQ(place_of(at.mapping.places, R"(frontends["a.b"].timeouts.client_ms)")->line, 5u);
  EXPECT_EQ(place_of(at.mapping.places, R"(frontends["a.b"].timeouts.list[0])")->line, 6u);
  EXPECT_EQ(place_of(at.mapping.places, R"(frontends["a.b"].mode)")->line, 3u);
  EXPECT_EQ(at.report.notes()[0].text, "frontends.*.timeouts.client_ms = 7");
}

TEST(HaproxyMapping, names_are_looked_up_once_or_refused) {
  Fixture at;
  at.options.resolve = [](const std::string& name) { return name == "here" ? parse_ip("192.0.2.1") : std::nullopt; };
  at.mapping.variables = {{"H", "here"}};
  const Line line = at.line({"server"});
  const auto found = at.mapping.address(line, "$H:80");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(at.mapping.host(line, *found), parse_ip("192.0.2.1"));
  EXPECT_EQ(at.mapping.host(line, *at.mapping.address(line, "192.0.2.2")), parse_ip("192.0.2.2"));
  EXPECT_TRUE(at.report.errors().empty());
  EXPECT_EQ(at.mapping.host(line, *at.mapping.address(line, "nowhere:80")), std::nullopt);
  EXPECT_FALSE(at.mapping.address(line, "192.0.2.1:0").has_value());
  EXPECT_EQ(at.report.errors().size(), 2u);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
