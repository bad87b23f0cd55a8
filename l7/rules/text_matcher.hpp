#pragma once
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "l7/rules/text_table.hpp"

namespace poise::l7::rules {

// TextMatcher - whether a text is one of many, by whole, beginning, end, part, regular expression or as a number.
// Immutable once it is filled; any number of threads may ask. Time is linear in the text.
class TextMatcher {
 public:
  enum class Kind : std::uint8_t { exact, prefix, suffix, substring, regex };
  explicit TextMatcher(bool ignores_case = false);
  void add(Kind kind, std::string value);  // an expression must be one that RE2 takes
  void limit(std::optional<std::uint64_t> least, std::optional<std::uint64_t> most);
  bool is_empty() const;  // asks for nothing

  bool matches(std::string_view text) const;

 private:
  bool is_within_limits(std::string_view text) const;
  bool has_part(std::string_view text, std::string_view part) const;
  const bool ignores_case_;
  TextTable exact_, prefixes_, suffixes_;
  std::vector<std::string> parts_;
  std::vector<std::unique_ptr<re2::RE2>> expressions_;
  std::optional<std::uint64_t> least_, most_;
};

// An expression as rules use them: quiet, and with little memory of its own. Null: it is none.
std::unique_ptr<re2::RE2> make_expression(const std::string& pattern, bool ignores_case = false);

}  // namespace poise::l7::rules
