#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace poise::control::health {

// Pattern - a regular expression over bytes, compiled once. Its time is linear in what it looks at.
class Pattern {
 public:
  Pattern() = default;  // none
  explicit Pattern(const std::optional<std::string>& text);

  explicit operator bool() const { return compiled_ != nullptr; }
  bool matches(std::string_view bytes) const;  // somewhere in them

 private:
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace poise::control::health
