#include "config/import/haproxy/lexer.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

using Words = std::vector<std::string>;
const Variables variables = {{"A", "one"}, {"B", "two words"}, {"E", ""}, {"_x9", "y"}};

struct Read {
  Words words;
  Errors errors;
  std::vector<Note> notes;
};
Read read(std::string_view line) {
  Report report(false);
  const Place place{report.add_file("h.cfg"), 7};
  Words words = words_of(line, {variables, "h.cfg", "web", place}, report);
  return {std::move(words), report.errors(), report.notes()};
}

// Each row was looked up with Debian's haproxy 2.6 (haproxy -c).
TEST(HaproxyLexer, words_are_those_of_haproxy) {
  struct Row {
    std::string_view line;
    Words words;
  };
  for (const Row& row : {Row{"", {}},
                         Row{"  \t\r", {}},
                         Row{"# all", {}},
                         Row{" bind\t*:80  name  x\r", {"bind", "*:80", "name", "x"}},
                         Row{"bind :80#x", {"bind", ":80"}},
                         Row{R"(a\#b \# c\ d)", {"a#b", "#", "c d"}},
                         Row{R"(a\\b \'x\' \"y\")", {"a\\b", "'x'", "\"y\""}},
                         Row{R"(a\nb\tc\rd)", {"a\nb\tc\rd"}},
                         Row{R"(\x41\x2f)", {"A/"}},
                         Row{R"(^/a\.b\d+$)", {R"(^/a\.b\d+$)"}},
                         Row{R"(\$A $A)", {"\\$A", "$A"}},
                         Row{R"("a b" 'c d' e" f "g)", {"a b", "c d", "e f g"}},
                         Row{R"('a\n$A"#')", {R"(a\n$A"#)"}},
                         Row{R"("a\"b'c#d\$A")", {R"(a"b'c#d$A)"}},
                         Row{R"(x "" '' y)", {"x", "", "", "y"}},
                         Row{R"("$A" "${A}" "x${A}y" "$_x9/")", {"one", "one", "xoney", "y/"}},
                         Row{R"("$B" "${B[*]}")", {"two words", "two", "words"}},
                         Row{R"("${A-no}" "${N-a b}" "${E-x}")", {"one", "a b", ""}},
                         Row{R"("${.LINE}:${.FILE}:${.SECTION}")", {"7:h.cfg:web"}},
                         Row{"a \\", {"a", "\\"}}}) {
    const Read found = read(row.line);
    EXPECT_EQ(found.words, row.words) << row.line;
    EXPECT_TRUE(found.errors.empty()) << row.line;
  }
}

TEST(HaproxyLexer, what_haproxy_cannot_read_is_refused_and_is_no_word) {
  for (const char* line : {"a 'b", "a \"b", R"(a \xZZ)", R"(a \x4)", R"("${A")", R"("$9")", R"("$")", R"("${A b}")",
                           R"(\x00)", R"(\xff)"}) {
    const Read found = read(line);
    EXPECT_TRUE(found.words.empty()) << line;
    ASSERT_EQ(found.errors.size(), 1u) << line;
    EXPECT_EQ(found.errors[0].path, "h.cfg:7");
    EXPECT_FALSE(found.errors[0].fix.empty());
  }
  EXPECT_FALSE(read(std::string(200, 'a') + std::string(70 * 1024, 'b')).errors.empty());
  std::string many;
  for (int i = 0; i < 70; ++i) many += "a ";
  EXPECT_FALSE(read(many).errors.empty());
}

TEST(HaproxyLexer, variables_that_are_not_set_are_empty_and_have_a_note) {
  const Read found = read(R"(a "x$NOPE" "$NOPE" b)");
  EXPECT_EQ(found.words, (Words{"a", "x", "", "b"}));
  ASSERT_EQ(found.notes.size(), 2u);
  EXPECT_EQ(found.notes[0].keyword, "$NOPE");
  EXPECT_NE(found.notes[0].text.find("not set"), std::string::npos);
}

TEST(HaproxyLexer, addresses_know_variables_outside_of_quotes) {
  Report report(false);
  const Scope scope{variables, "h.cfg", "", {report.add_file("h.cfg"), 1}};
  EXPECT_EQ(expand("$A:80", scope, report), "one:80");
  EXPECT_EQ(expand("${A}:${E}81", scope, report), "one:81");
  EXPECT_EQ(expand("plain", scope, report), "plain");
  EXPECT_TRUE(report.errors().empty());
  EXPECT_EQ(expand("${A", scope, report), "");
  EXPECT_EQ(expand("${A-b}", scope, report), "");
  EXPECT_EQ(report.errors().size(), 2u);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
