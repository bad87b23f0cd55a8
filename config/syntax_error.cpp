#include "config/syntax_error.hpp"

#include <algorithm>
#include <array>

namespace poise::config {
namespace {

struct Place {
  std::size_t line, column;
};

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line_break = before.rfind('\n');
  const std::string_view line = before.substr(line_break == std::string_view::npos ? 0 : line_break + 1);
  const auto characters =
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return {std::size_t(std::ranges::count(before, '\n')) + 1, std::size_t(characters) + 1};
}

// What the parser's message contains -> what we say. The first row that fits counts.
struct Wording {
  std::string_view contains, problem, fix;
};
constexpr std::array wordings = {
    Wording{"missing closing quote", "a string is not closed", "end it with \" on the same line"},
    Wording{"control character", "a string contains a line break, tab or other control character",
            "close the string, or write \\n or \\t"},
    Wording{"ill-formed UTF-8", "the text is not valid UTF-8", "save the file as UTF-8"},
    Wording{"invalid string: forbidden character after backslash",
            "a backslash is followed by a character that means nothing", "write \\\\ for a backslash"},
    Wording{"invalid string", "a string has a wrong \\u escape",
            "write \\u and four hex digits, or the character itself"},
    Wording{"invalid number", "a number is not complete or has a wrong form", "write it like 80 or -1"},
    Wording{"number overflow", "a number is too large", "use a smaller one"},
    Wording{"invalid comment; missing closing", "a comment is not closed", "end it with */"},
    Wording{"invalid comment", "a / begins a comment but no second / or * follows", "write // or /* */"},
    Wording{"unexpected end of input", "the document ends too early",
            "close what is open: look for a missing \", } or ]"},
    Wording{"; expected end of input", "something stands after the end of the document",
            "remove it: a document is one { ... }"},
    Wording{"unexpected '}'; expected string literal", "a name must follow the comma", "remove the comma before }"},
    Wording{"; expected string literal", "a name in double quotes must stand here",
            "write \"name\": value, or } to end the object"},
    Wording{"; expected ':'", "a colon must follow the name", "write \"name\": value"},
    Wording{"; expected '}'", "the object goes on without a comma",
            "write a comma between members, or } to end the object"},
    Wording{"unexpected ']'; expected '[', '{', or a literal", "a value must follow the comma",
            "remove the comma before ]"},
    Wording{"unexpected ']'", "a value must stand here", "remove the comma before ], or close the object with }"},
    Wording{"; expected ']'", "the list goes on without a comma",
            "write a comma between entries, or ] to end the list"},
    Wording{"unexpected '}'", "a value must follow the colon", "write \"name\": value"},
    Wording{"invalid literal", "this is no value", "use a number, true, false, null, or text in double quotes"},
    Wording{"", "a value must stand here", "use a number, true, false, null, \"text\", { ... } or [ ... ]"}};

Wording wording_for(const SyntaxProblem& problem, std::size_t offset) {
  if (problem.text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return {"", "the document is empty", "write at least {}"};
  const bool at_single_quote = offset < problem.text.size() && problem.text[offset] == '\'';
  if (at_single_quote && problem.message.find("invalid literal") != std::string_view::npos)
    return {"", "a single quote means nothing here", "use double quotes"};
  return *std::ranges::find_if(
      wordings, [&](const Wording& each) { return problem.message.find(each.contains) != std::string_view::npos; });
}

}  // namespace

Error at_place(std::string_view text, std::string_view source, std::size_t offset, Error error) {
  if (source.empty()) return error;
  const Place place = place_of(text, offset);
  const std::string where = std::string(source) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  error.path = error.path.empty() ? where : where + ": " + error.path;
  return error;
}

Error syntax_error(const SyntaxProblem& problem) {
  const std::size_t offset = problem.position == 0 ? 0 : problem.position - 1;
  const Wording wording = wording_for(problem, offset);
  Error error{"", std::string(wording.problem), std::string(wording.fix)};
  if (!problem.source.empty()) return at_place(problem.text, problem.source, offset, std::move(error));
  const Place place = place_of(problem.text, offset);
  error.path = "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
  return error;
}

}  // namespace poise::config
