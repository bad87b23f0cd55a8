#include "l7/rules/text_matcher.hpp"

#include <algorithm>
#include <charconv>

#include "l7/http1/characters.hpp"

namespace poise::l7::rules {
namespace {

constexpr std::int64_t expression_bytes_max = 1 << 20;

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), http1::lower);
  return text;
}

}  // namespace

std::unique_ptr<re2::RE2> make_expression(const std::string& pattern, bool ignores_case) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(!ignores_case);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // what comes is bytes
  options.set_max_mem(expression_bytes_max);
  auto expression = std::make_unique<re2::RE2>(pattern, options);
  return expression->ok() ? std::move(expression) : nullptr;
}

TextMatcher::TextMatcher(bool ignores_case)
    : ignores_case_(ignores_case), exact_(ignores_case), prefixes_(ignores_case), suffixes_(ignores_case) {}

void TextMatcher::add(Kind kind, std::string value) {
  switch (kind) {
    case Kind::exact:
      return exact_.insert(std::move(value), 0);
    case Kind::prefix:
      return prefixes_.insert(std::move(value), 0);
    case Kind::suffix:
      return suffixes_.insert(std::move(value), 0);
    case Kind::substring:
      parts_.push_back(ignores_case_ ? in_lower_case(std::move(value)) : std::move(value));
      return;
    case Kind::regex:
      if (auto expression = make_expression(value, ignores_case_)) expressions_.push_back(std::move(expression));
      return;
  }
}

void TextMatcher::limit(std::optional<std::uint64_t> least, std::optional<std::uint64_t> most) {
  least_ = least;
  most_ = most;
}

bool TextMatcher::is_empty() const {
  return exact_.is_empty() && prefixes_.is_empty() && suffixes_.is_empty() && parts_.empty() && expressions_.empty() &&
         !least_ && !most_;
}

bool TextMatcher::is_within_limits(std::string_view text) const {
  if (!least_ && !most_) return false;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= least_.value_or(0) &&
         number <= most_.value_or(~std::uint64_t(0));
}

bool TextMatcher::has_part(std::string_view text, std::string_view part) const {
  if (!ignores_case_) return text.find(part) != std::string_view::npos;
  const auto same = [](char character, char lower_case) { return http1::lower(character) == lower_case; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() || part.empty();
}

bool TextMatcher::matches(std::string_view text) const {
  if (exact_.find(text) || prefixes_.find_prefix_of(text) || suffixes_.find_suffix_of(text)) return true;
  for (const std::string& part : parts_)
    if (has_part(text, part)) return true;
  for (const auto& expression : expressions_)
    if (re2::RE2::PartialMatch({text.data(), text.size()}, *expression)) return true;
  return is_within_limits(text);
}

}  // namespace poise::l7::rules
