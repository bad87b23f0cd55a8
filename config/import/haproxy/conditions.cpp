#include "config/import/haproxy/conditions.hpp"

#include <array>
#include <charconv>
#include <vector>

namespace poise::config::importing::haproxy {
namespace {

constexpr std::array<unsigned, 3> our_version = {3, 0, 0};  // what the importer reads as
constexpr int depth_max = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "2.4-dev19", "2.4.0": what is missing is 0.
std::array<unsigned, 3> version_of(std::string_view text) {
  std::array<unsigned, 3> version{};
  for (unsigned& part : version) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    std::from_chars(text.data(), text.data() + length, part);
    if (length >= text.size() || text[length] != '.') break;
    text.remove_prefix(length + 1);
  }
  return version;
}

// Evaluator - a condition from left to right; && binds closer than ||.
class Evaluator {
 public:
  Evaluator(std::string_view text, const Variables& variables) : text_(text), variables_(variables) {}

  std::optional<bool> whole() {
    skip_blanks();
    if (text_.empty()) return false;
    const auto value = either(0);
    skip_blanks();
    return text_.empty() ? value : std::nullopt;
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  std::optional<bool> either(int depth) {
    auto left = both(depth);
    while (left && take("||")) {
      const auto right = both(depth);
      left = right ? std::optional(*left || *right) : std::nullopt;
    }
    return left;
  }

  std::optional<bool> both(int depth) {
    auto left = term(depth);
    while (left && take("&&")) {
      const auto right = term(depth);
      left = right ? std::optional(*left && *right) : std::nullopt;
    }
    return left;
  }

  std::optional<bool> term(int depth) {
    if (depth > depth_max) return std::nullopt;
    if (take("!")) {
      const auto value = term(depth + 1);
      return value ? std::optional(!*value) : std::nullopt;
    }
    if (take("(")) {
      const auto value = either(depth + 1);
      return value && take(")") ? value : std::nullopt;
    }
    skip_blanks();
    if (!text_.empty() && is_digit(text_.front())) return number();
    return predicate();
  }

  std::optional<bool> number() {
    bool is_set = false;
    for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1)) is_set = is_set || text_.front() != '0';
    return is_set;
  }

  std::optional<bool> predicate() {
    const std::size_t open = text_.find('(');
    if (open == std::string_view::npos) return std::nullopt;
    const std::string_view name = text_.substr(0, open);
    text_.remove_prefix(open + 1);
    const std::vector<std::string> words = arguments();
    if (!take(")") || words.empty()) return std::nullopt;
    if (name == "defined") return variables_.contains(words[0]);
    if (name == "version_atleast") return our_version >= version_of(words[0]);
    if (name == "version_before") return our_version < version_of(words[0]);
    const std::string second = words.size() > 1 ? words[1] : "";
    if (name == "streq") return words[0] == second;
    if (name == "strneq") return words[0] != second;
    return std::nullopt;
  }

  // Up to the closing parenthesis; quotes keep commas and parentheses.
  std::vector<std::string> arguments() {
    std::vector<std::string> words(1);
    char quote = 0;
    for (; !text_.empty() && (quote != 0 || text_.front() != ')'); text_.remove_prefix(1)) {
      const char c = text_.front();
      if (quote != 0 && c == quote)
        quote = 0;
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (quote == 0 && c == ',')
        words.emplace_back();
      else
        words.back() += c;
    }
    return words;
  }

  std::string_view text_;
  const Variables& variables_;
};

}  // namespace

std::optional<bool> evaluate(std::string_view condition, const Variables& variables) {
  return Evaluator(condition, variables).whole();
}

}  // namespace poise::config::importing::haproxy
