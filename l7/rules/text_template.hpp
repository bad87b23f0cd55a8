#pragma once
#include <re2/re2.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/placeholders.hpp"
#include "l7/rules/subject.hpp"

namespace poise::l7::rules {

// TextTemplate - a text whose placeholders are filled for each request. Immutable.
class TextTemplate {
 public:
  TextTemplate() = default;
  explicit TextTemplate(std::string_view text);  // one that config::parse_placeholders takes
  void append_to(std::string& to, const Subject& subject) const;

 private:
  std::vector<config::TextPiece> pieces_;
};

// Replacement - what stands in place of a text that an expression matches: a template with groups of the expression.
class Replacement {
 public:
  Replacement(std::string_view pattern, std::string_view with);  // both good
  // False: the text stays as it is.
  bool append_to(std::string& to, std::string_view text, const Subject& subject) const;

 private:
  struct Piece {
    TextTemplate text;
    int group = -1;
  };
  std::unique_ptr<re2::RE2> expression_;
  std::vector<Piece> pieces_;
};

}  // namespace poise::l7::rules
