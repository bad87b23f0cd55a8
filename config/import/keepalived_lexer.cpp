#include "config/import/keepalived_lexer.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace poise::config::importing {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_octal(char c) { return c >= '0' && c <= '7'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reader - walks along one line.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return text_[at_]; }
  char next() { return text_[at_++]; }
  void skip_blanks() {
    while (!done() && is_blank(peek())) ++at_;
  }

  // What follows a backslash.
  char escaped() {
    const char c = next();
    constexpr std::array<std::pair<char, char>, 8> known = {
        {{'a', '\a'}, {'b', '\b'}, {'E', '\x1b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', '\v'}}};
    for (const auto& [letter, meaning] : known)
      if (letter == c) return meaning;
    unsigned value = 0;
    if (is_octal(c)) {
      value = unsigned(c - '0');
      for (int more = 0; more < 2 && !done() && is_octal(peek()); ++more) value = value * 8 + unsigned(next() - '0');
      return char(std::uint8_t(value));
    }
    if (c == 'x' && !done() && hex_value(peek()) >= 0) {
      while (!done() && hex_value(peek()) >= 0) value = value * 16 + unsigned(hex_value(next()));
      return char(std::uint8_t(value));
    }
    if (c == 'c' && !done()) return char(next() & 0x1f);
    return c;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// One word: quoted and other parts until a blank or a brace. ${NAME} that nobody defined stays one word.
std::string read_word(Reader& reader, bool& unclosed) {
  std::string word;
  char quote = 0;
  bool in_parameter = false;
  while (!reader.done()) {
    const char c = reader.peek();
    if (quote == 0 && !in_parameter && (is_blank(c) || c == '{' || c == '}')) break;
    reader.next();
    if (c == '\\' && !reader.done()) {
      word += reader.escaped();
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      word += c;
      if (quote == 0 && c == '$' && !reader.done() && reader.peek() == '{') in_parameter = true;
      if (in_parameter && (c == '}' || is_blank(c))) in_parameter = false;
    }
  }
  unclosed = quote != 0;
  return word;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = std::uint8_t(text[at++]);
    if (lead < 0x80) continue;
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || at + more > text.size()) return false;
    std::uint32_t code = lead & (0x3fu >> more);
    for (std::size_t i = 0; i < more; ++i) {
      const auto next = std::uint8_t(text[at++]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3fu);
    }
    const std::uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string converted;
  for (const char c : text) {
    const auto byte = std::uint8_t(c);
    if (byte < 0x80) {
      converted += c;
    } else {
      converted += char(0xc0 | byte >> 6);
      converted += char(0x80 | (byte & 0x3f));
    }
  }
  return converted;
}

std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '\\') {
      ++at;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '!' || c == '#') {
      return line.substr(0, at);
    }
  }
  return line;
}

void add_tokens(const SourceLine& line, std::vector<Token>& tokens, Report& report) {
  Reader reader(line.text);
  bool starts_line = true;
  while (true) {
    reader.skip_blanks();
    if (reader.done()) return;
    Token token{.place = line.place, .starts_line = starts_line};
    starts_line = false;
    if (reader.peek() == '{' || reader.peek() == '}') {
      token.kind = reader.peek() == '{' ? Token::Kind::open : Token::Kind::close;
      token.text = reader.next();
    } else {
      bool unclosed = false;
      token.text = read_word(reader, unclosed);
      if (!is_utf8(token.text)) {
        report.refuse(line.place, "", {"", "an escape makes what is not UTF-8", "write the characters themselves"});
        token.text.assign(1, '?');
      }
      if (unclosed)
        report.refuse(line.place, token.text, {"", "a quote is not closed in its line", "close it on the same line"});
    }
    tokens.push_back(std::move(token));
  }
}

}  // namespace poise::config::importing
