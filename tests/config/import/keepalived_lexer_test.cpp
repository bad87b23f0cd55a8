#include "config/import/keepalived_lexer.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing {
namespace {

std::string words(const std::string& line, bool* refused = nullptr) {
  Report report(false);
  std::vector<Token> tokens;
  add_tokens({{report.add_file("a"), 1}, line}, tokens, report);
  std::string text;
  for (const Token& token : tokens)
    text += (token.kind == Token::Kind::word ? "[" + token.text + "]" : token.text) + (token.starts_line ? "^" : "");
  if (refused != nullptr) *refused = report.has_errors();
  return text;
}

TEST(KeepalivedLexer, words_end_at_blanks_and_braces_and_quotes_keep_them_together) {
  struct Row {
    const char *line, *want;
  };
  for (const Row& row :
       {Row{"state MASTER", "[state]^[MASTER]"}, Row{"\tgroup{VI_1}\r", "[group]^{[VI_1]}"},
        Row{"notification_email{a@b}", "[notification_email]^{[a@b]}"}, Row{"}", "}^"}, Row{"", ""},
        Row{"abcd\" efg h \"mnop", "[abcd efg h mnop]^"}, Row{"script \"/bin/x 'a b' c\"", "[script]^[/bin/x 'a b' c]"},
        Row{"'{' \"}\"", "[{]^[}]"}, Row{R"(a\"b "c\"d" \\)", R"([a"b]^[c"d][\])"},
        Row{R"("\x41\102\cA")", "[AB\x01]^"}, Row{"${NONE}x y", "[${NONE}x]^[y]"}, Row{"\"\" x", "[]^[x]"}}) {
    bool refused = true;
    EXPECT_EQ(words(row.line, &refused), row.want) << row.line;
    EXPECT_FALSE(refused) << row.line;
  }
}

TEST(KeepalivedLexer, an_open_quote_and_an_escape_that_is_not_utf8_are_refused) {
  for (const char* line : {"script \"/bin/x", "a 'b", "\"\\xff\"", "\\377"}) {
    bool refused = false;
    words(line, &refused);
    EXPECT_TRUE(refused) << line;
  }
}

TEST(KeepalivedLexer, comments_begin_outside_of_quotes) {
  struct Row {
    const char *line, *want;
  };
  for (const Row& row : {Row{"a # b", "a "}, Row{"! all", ""}, Row{"x \"#1!\" # c", "x \"#1!\" "},
                         Row{"auth_pass a\\#b", "auth_pass a\\#b"}, Row{"plain", "plain"}})
    EXPECT_EQ(without_comment(row.line), row.want);
}

TEST(KeepalivedLexer, what_is_not_utf8_is_read_as_latin_1) {
  EXPECT_EQ(as_utf8("gr\xfc\xdf"), "gr\u00fc\u00df");
  EXPECT_EQ(as_utf8("gr\u00fc\u00df \U0001f600"), "gr\u00fc\u00df \U0001f600");
  for (const char* broken : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_FALSE(is_utf8(broken));
}

}  // namespace
}  // namespace poise::config::importing
