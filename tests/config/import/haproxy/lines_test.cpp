#include "config/import/haproxy/lines.hpp"

#include <gtest/gtest.h>

#include "config/import/texts.hpp"

namespace poise::config::importing::haproxy {
namespace {

struct Read {
  std::string lines;  // "3 bind :80|..."
  Errors errors;
  std::vector<Note> notes;
};
Read read(std::string_view text) {
  Report report(false);
  Variables variables = {{"A", "x"}};
  Read found;
  for (const Line& line : read_lines(text, variables, {report.add_file("h.cfg"), 1}, report))
    found.lines += (found.lines.empty() ? "" : "|") + std::to_string(line.place.line) + (line.is_negated ? " no" : "") +
                   (line.is_reset ? " default" : "") + " " + joined(line.words);
  found.errors = report.errors();
  found.notes = report.notes();
  return found;
}

TEST(HaproxyLines, have_numbers_and_know_no_and_default) {
  EXPECT_EQ(read("a\n\n# b\n no option c\ndefault option d\r\nno\nlast").lines,
            "1 a|4 no option c|5 default option d|6 no|7 last");
}

TEST(HaproxyLines, conditions_choose_which_are_in_force) {
  for (const auto& [text, lines] :
       {std::pair{".if 1\na\n.else\nb\n.endif\nc", "2 a|6 c"}, std::pair{".if 0\na\n.else\nb\n.endif", "4 b"},
        std::pair{".if 0\na\n.elif 1\nb\n.elif 1\nc\n.else\nd\n.endif", "4 b"},
        std::pair{".if 0\n.if 1\na\n.else\nb\n.endif\n.endif", ""}, std::pair{".if defined(A)\na\n.endif", "2 a"},
        std::pair{".if streq(\"$A\",x) # why\na\n.endif", "2 a"}, std::pair{".if \"$N\"\na\n.endif", ""}}) {
    const Read found = read(text);
    EXPECT_EQ(found.lines, lines) << text;
    EXPECT_TRUE(found.errors.empty()) << text;
  }
  const Read found = read(".if 0\na\n.endif\n.notice \"hello\"");
  ASSERT_EQ(found.notes.size(), 4u);
  EXPECT_EQ(found.notes[1].text, "its .if is not in force");
  EXPECT_EQ(found.notes[3].text, "the file says: hello");
}

TEST(HaproxyLines, broken_conditions_are_refused_where_they_stand) {
  for (const auto& [text, path] :
       {std::pair{"a\n.if 1\nb", "h.cfg:2"}, std::pair{".else", "h.cfg:1"}, std::pair{".endif", "h.cfg:1"},
        std::pair{".if 1\n.else\n.else\n.endif", "h.cfg:3"}, std::pair{".if feature(X)\n.endif", "h.cfg:1"},
        std::pair{".fi", "h.cfg:1"}, std::pair{".alert \"no\"", "h.cfg:1"}}) {
    const Read found = read(text);
    ASSERT_EQ(found.errors.size(), 1u) << text;
    EXPECT_EQ(found.errors[0].path, path) << text;
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += ".if 1\n";
  EXPECT_FALSE(read(deep).errors.empty());
}

TEST(HaproxyLines, a_backslash_at_the_end_continues_nothing_and_is_refused) {
  for (const char* text : {"bind :80 name \\\n foo", "bind :80\\\r\n"}) {
    const Read found = read(text);
    ASSERT_EQ(found.errors.size(), 1u) << text;
    EXPECT_NE(found.errors[0].problem.find("backslash"), std::string::npos);
  }
  EXPECT_TRUE(read("# a comment \\\nb").errors.empty());
  EXPECT_TRUE(read("a \\\\\nb").errors.empty());
}

TEST(HaproxyLines, global_sets_the_variables_of_the_lines_below) {
  EXPECT_EQ(read("global\n setenv B y\n presetenv A z\nb \"$A$B\"").lines, "1 global|4 b xy");
  EXPECT_EQ(read("global\n unsetenv A\nb \"${A-none}\"").lines, "1 global|3 b none");
  EXPECT_EQ(read("global\n setenv B y\n resetenv B\nb \"${A-none}$B\"").lines, "1 global|4 b noney");
  EXPECT_EQ(read("setenv B y\nb").lines, "1 setenv B y|2 b");
  EXPECT_FALSE(read("global\n setenv B").errors.empty());
}

}  // namespace
}  // namespace poise::config::importing::haproxy
