#include "config/import/report.hpp"

#include <gtest/gtest.h>

#include "config/types/limits.hpp"

namespace poise::config::importing {
namespace {

TEST(Report, notes_and_errors_come_in_the_order_of_their_places) {
  Report report(false);
  const std::uint32_t file = report.add_file("a.conf");
  report.note({file, 7}, Note::Kind::taken, "priority", "taken");
  report.refuse({file, 3}, "state", {"", "wrong", "right"});
  report.refuse({file, 2}, "x", {"vrrp.x", "bad", ""});
  ASSERT_EQ(report.notes().size(), 3u);
  EXPECT_EQ(report.notes()[0].text, "bad");
  EXPECT_EQ(report.notes()[1].text, "wrong (right)");
  EXPECT_EQ(report.notes()[2].line, 7u);
  EXPECT_EQ(report.errors(), (Errors{{"a.conf:2: vrrp.x", "bad", ""}, {"a.conf:3", "wrong", "right"}}));
  EXPECT_TRUE(report.has_error_in({file, 1}, {file, 2}));
  EXPECT_FALSE(report.has_error_in({file, 4}, {file, 9}));
}

TEST(Report, what_cannot_be_expressed_is_an_error_unless_lenient) {
  for (const bool lenient : {false, true}) {
    Report report(lenient);
    report.leave_out({report.add_file("a"), 1}, "vrf", {"", "there is none", "remove it"});
    EXPECT_EQ(report.has_errors(), !lenient);
    EXPECT_EQ(report.notes().at(0).kind, Note::Kind::problem);
  }
}

TEST(Report, errors_are_bounded) {
  Report report(false);
  const std::uint32_t file = report.add_file("a");
  for (std::uint32_t line = 0; line < 3 * limits::errors_reported; ++line)
    report.refuse({file, line}, "", {"", "x", ""});
  EXPECT_EQ(report.errors().size(), limits::errors_reported + 1);
  EXPECT_EQ(report.errors().back().problem, "there are more errors than these");
}

}  // namespace
}  // namespace poise::config::importing
