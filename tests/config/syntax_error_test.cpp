#include "config/syntax_error.hpp"

#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(SyntaxError, says_in_plain_words_what_stands_where_and_what_to_write) {
  struct Row {
    const char *text, *error;
  };
  for (auto [text, error] :
       {Row{"", "f:1:1: the document is empty (write at least {})"},
        Row{" \n ", "f:2:2: the document is empty (write at least {})"},
        Row{"{", "f:1:2: the document ends too early (close what is open: look for a missing \", } or ])"},
        Row{"{\"a\":1,}", "f:1:8: a name must follow the comma (remove the comma before })"},
        Row{"[1,]", "f:1:4: a value must follow the comma (remove the comma before ])"},
        Row{"{\"a\" 1}", "f:1:6: a colon must follow the name (write \"name\": value)"},
        Row{"{\"a\":}", "f:1:6: a value must follow the colon (write \"name\": value)"},
        Row{"{\"a\":tru}", "f:1:9: this is no value (use a number, true, false, null, or text in double quotes)"},
        Row{"{'a':1}", "f:1:2: a single quote means nothing here (use double quotes)"},
        Row{"{\n}\nx", "f:3:1: something stands after the end of the document (remove it: a document is one { ... })"},
        Row{"{\"a\":\"x", "f:1:8: a string is not closed (end it with \" on the same line)"},
        Row{"{\"a\":\"x\n\"}",
            "f:1:8: a string contains a line break, tab or other control character (close the string, or write \\n or "
            "\\t)"},
        Row{"{\"a\":\"\\q\"}",
            "f:1:8: a backslash is followed by a character that means nothing (write \\\\ for a backslash)"},
        Row{"{\"a\":\"\\u12g4\"}",
            "f:1:11: a string has a wrong \\u escape (write \\u and four hex digits, or the character itself)"},
        Row{"{\"a\":\"\xff\"}", "f:1:7: the text is not valid UTF-8 (save the file as UTF-8)"},
        Row{"{\"a\":-}", "f:1:7: a number is not complete or has a wrong form (write it like 80 or -1)"},
        Row{"{\"a\":1e999}", "f:1:10: a number is too large (use a smaller one)"},
        Row{"{/}", "f:1:3: a / begins a comment but no second / or * follows (write // or /* */)"},
        Row{"{/*", "f:1:4: a comment is not closed (end it with */)"},
        Row{"[1 2]", "f:1:4: the list goes on without a comma (write a comma between entries, or ] to end the list)"},
        Row{"{\"a\":1 \"b\":2}",
            "f:1:10: the object goes on without a comma (write a comma between members, or } to end the object)"}}) {
    const auto config = parse(text, "f");
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(to_string(config.error().at(0)), error) << text;
  }
}

TEST(SyntaxError, without_a_source_the_place_is_in_words) {
  const auto config = parse("{\n  \"a\" 1}");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().at(0).path, "line 2, column 7");
}

TEST(SyntaxError, columns_count_characters_and_not_bytes) {
  EXPECT_EQ(at_place("{\"\xc3\xa4\xc3\xa4\": x", "f", 8, {"p", "q", ""}).path, "f:1:7: p");
  EXPECT_EQ(at_place("{}", "f", 999, {"", "q", ""}).path, "f:1:3");
  EXPECT_EQ(at_place("{}", "", 1, {"p", "q", ""}).path, "p");
}

}  // namespace
}  // namespace poise::config
