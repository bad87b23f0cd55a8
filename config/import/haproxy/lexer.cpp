#include "config/import/haproxy/lexer.hpp"

#include "config/types/limits.hpp"

namespace poise::config::importing::haproxy {
namespace {

constexpr std::size_t words_max = 64, line_bytes_max = 64 * 1024;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_of_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Lexer - walks along one line and gathers words.
class Lexer {
 public:
  Lexer(std::string_view text, const Scope& scope, Report& report) : text_(text), scope_(scope), report_(report) {}

  std::vector<std::string> words() {
    while (!done() && is_blank(peek())) ++at_;
    while (!done() && !failed_) step();
    if (quote_ != 0 && !failed_)
      fail("a quote is not closed", "close it on the same line, or write \\" + std::string(1, quote_));
    end_word();
    if (failed_) words_.clear();
    return std::move(words_);
  }

  std::string expanded() {
    knows_defaults_ = false;
    while (!done() && !failed_) {
      if (peek() == '$')
        take_variable();
      else
        put(text_[at_++]);
    }
    return failed_ ? "" : std::move(word_);
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void fail(const std::string& problem, const std::string& fix) {
    failed_ = true;
    report_.refuse(scope_.place, "", {"", problem, fix});
  }

  void put(char c) {
    in_word_ = true;
    word_ += c;
    if (++bytes_ > line_bytes_max) fail("the line is longer than 64 KiB", "split it");
  }

  void end_word() {
    if (!in_word_) return;
    in_word_ = false;
    words_.push_back(std::move(word_));
    word_.clear();
    if (words_.size() > words_max && !failed_) fail("the line has more than 64 words", "split it");
  }

  void step() {
    const char c = peek();
    if (quote_ != '\'' && c == '\\') return take_escape();
    if (quote_ != 0 && c == quote_) {
      quote_ = 0;
      ++at_;
    } else if (quote_ == 0 && (c == '"' || c == '\'')) {
      quote_ = c;
      in_word_ = true;  // '' is a word
      ++at_;
    } else if (quote_ == 0 && c == '#') {
      at_ = text_.size();
    } else if (quote_ == 0 && is_blank(c)) {
      end_word();
      ++at_;
    } else if (quote_ == '"' && c == '$') {
      take_variable();
    } else {
      put(c);
      ++at_;
    }
  }

  // Other letters than these keep their backslash.
  void take_escape() {
    const char next = peek(1);
    at_ += 2;
    switch (next) {
      case 't':
        return put('\t');
      case 'n':
        return put('\n');
      case 'r':
        return put('\r');
      case ' ':
      case '\\':
      case '#':
      case '\'':
      case '"':
        return put(next);
      case '$':
        if (quote_ != '"') put('\\');
        return put('$');
      case 'x':
        return take_hex();
      default:
        --at_;
        return put('\\');
    }
  }

  void take_hex() {
    const int high = hex_value(peek(0)), low = hex_value(peek(1));
    if (high < 0 || low < 0) return fail("\\x is not followed by two hex digits", "write \\x41, or \\\\x for itself");
    at_ += 2;
    const int value = high << 4 | low;
    if (value == 0 || value >= 0x80) return fail("an escape makes a byte that is no ASCII character", "leave it out");
    put(char(value));
  }

  std::optional<std::string> value_of(const std::string& name) const {
    if (name == ".LINE") return std::to_string(scope_.place.line);
    if (name == ".FILE") return scope_.file;
    if (name == ".SECTION") return scope_.section;
    const auto found = scope_.variables.find(name);
    if (found == scope_.variables.end()) return std::nullopt;
    return found->second;
  }

  // $NAME, ${NAME}, ${NAME-default}, ${NAME[*]}: the last is a word for each of its words.
  void take_variable() {
    ++at_;
    const bool in_braces = peek() == '{';
    if (in_braces) ++at_;
    if (!is_letter(peek()) && peek() != '_' && peek() != '.')
      return fail("what follows $ is no name of a variable", "write \\$ for the character itself");
    std::string name(1, text_[at_++]);
    while (!done() && is_of_name(peek())) name += text_[at_++];
    std::optional<std::string> value = value_of(name);
    bool are_words = false;
    if (in_braces && text_.substr(at_).starts_with("[*]")) {
      are_words = true;
      at_ += 3;
    }
    if (in_braces) {
      const std::size_t end = text_.find('}', at_);
      const bool has_default = knows_defaults_ && peek() == '-';
      if (end == std::string_view::npos || (!has_default && end != at_))
        return fail("${" + name + " is not closed", "write ${" + name + "} or ${" + name + "-default}");
      if (has_default && !value) value = std::string(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
    }
    if (!value)
      report_.note(scope_.place, Note::Kind::changed, "$" + name,
                   "the variable is not set: empty, as HAProxy takes it; give it with --variable " + name + "=VALUE");
    if (value) put_value(*value, are_words);
  }

  void put_value(const std::string& value, bool are_words) {
    for (std::size_t i = 0; i < value.size() && !failed_; ++i) {
      if (are_words && is_blank(value[i]))
        end_word();
      else
        put(value[i]);
    }
  }

  std::string_view text_;
  const Scope& scope_;
  Report& report_;
  std::size_t at_ = 0, bytes_ = 0;
  char quote_ = 0;
  bool in_word_ = false, failed_ = false, knows_defaults_ = true;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> words_of(std::string_view line, const Scope& scope, Report& report) {
  return Lexer(line, scope, report).words();
}

std::string expand(std::string_view text, const Scope& scope, Report& report) {
  return text.find('$') == std::string_view::npos ? std::string(text) : Lexer(text, scope, report).expanded();
}

}  // namespace poise::config::importing::haproxy
