#include "config/import/keepalived_tree.hpp"

#include <algorithm>

#include "config/spelling.hpp"

namespace poise::config::importing {
namespace {

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, Report& report) : tokens_(tokens), report_(report) {}

  std::vector<Statement> document() {
    std::vector<Statement> all;
    while (!done()) {
      std::vector<Statement> some = block(Context::root);
      std::move(some.begin(), some.end(), std::back_inserter(all));
      if (done()) break;
      report_.refuse(peek().place, "}", {"", "this } closes nothing", "remove it, or open a block before it"});
      ++at_;
    }
    return all;
  }

 private:
  bool done() const { return at_ >= tokens_.size(); }
  const Token& peek() const { return tokens_[at_]; }
  bool is_word() const { return !done() && peek().kind == Token::Kind::word; }
  bool is_open() const { return !done() && peek().kind == Token::Kind::open; }
  bool word_on_this_line() const { return is_word() && !peek().starts_line; }

  // Statements up to the } that ends the block, which stays, or the end.
  std::vector<Statement> block(Context context) {
    std::vector<Statement> found;
    while (!done() && peek().kind != Token::Kind::close) {
      if (is_open()) {
        report_.refuse(peek().place, "{", {"", "this block has no keyword", "write one before it"});
        skip_block();
      } else if (is_list(context)) {
        found.push_back(entry(context));
      } else if (const Keyword* known = find_keyword(context, peek().text)) {
        found.push_back(statement(context, *known));
      } else {
        unknown(context);
      }
    }
    return found;
  }

  Statement statement(Context context, const Keyword& known) {
    Statement made{.keyword = peek().text, .place = peek().place, .known = &known};
    const bool own_line = peek().starts_line;
    ++at_;
    while (word_on_this_line() && made.arguments.size() < known.arguments_max) {
      const bool may_end = made.arguments.size() >= known.arguments_min;
      const bool takes_all = own_line && known.arguments_max == arguments_unlimited;
      if (may_end && !takes_all && find_keyword(context, peek().text)) break;
      made.arguments.push_back(peek().text);
      ++at_;
    }
    if (made.arguments.size() < known.arguments_min)
      report_.refuse(made.place, made.keyword, {"", made.keyword + " needs a value", "write one after it"});
    report_surplus(context, made);
    made.end = made.place;
    if (known.opens != Context::none) {
      children(made);
    } else if (is_open()) {
      report_.refuse(peek().place, made.keyword, {"", made.keyword + " has no block", "remove the block"});
      skip_block();
    }
    return made;
  }

  // Words after the last argument that begin nothing.
  void report_surplus(Context context, const Statement& made) {
    std::string extra;
    while (word_on_this_line() && !find_keyword(context, peek().text)) {
      extra += " " + peek().text;
      ++at_;
      if (!is_open()) continue;
      report_.refuse(made.place, made.keyword, {"", "the block after" + extra + " is not known", "remove it"});
      skip_block();
      return;
    }
    if (!extra.empty())
      report_.note(made.place, Note::Kind::ignored, made.keyword,
                   "keepalived does not read the words after it:" + extra);
  }

  void children(Statement& made) {
    if (!is_open())
      return report_.refuse(made.place, made.keyword, {"", made.keyword + " has no block", "write { ... } after it"});
    ++at_;
    made.children = block(made.known->opens);
    made.end = done() ? tokens_.back().place : peek().place;
    if (done())
      return report_.refuse(made.place, made.keyword,
                            {"", "the block of " + made.keyword + " never ends", "close it with }"});
    ++at_;
  }

  // An entry of a list: one main word with options before and after it.
  Statement entry(Context context) {
    Statement made{.keyword = "", .place = peek().place};
    bool first = true;
    while (is_word() && (first || !peek().starts_line)) {
      first = false;
      const Keyword* option = find_keyword(context, peek().text);
      if (option != nullptr || (takes_number(context) && !made.keyword.empty() && all_digits(peek().text))) {
        made.arguments.push_back(peek().text);
        ++at_;
        const std::size_t most = option != nullptr ? option->arguments_max : 0;
        for (std::size_t count = 0; count < most && word_on_this_line(); ++count, ++at_)
          made.arguments.push_back(peek().text);
      } else if (made.keyword.empty() || takes_line(context)) {
        (made.keyword.empty() ? made.keyword : made.arguments.emplace_back()) = peek().text;
        ++at_;
      } else {
        break;
      }
    }
    return made;
  }

  void unknown(Context context) {
    const Token& word = peek();
    std::string fix = "remove it, or import with --lenient";
    const std::vector<std::string_view> names = keywords_of(context);
    if (const auto near = nearest(word.text, names))
      fix = "did you mean \"" + *near + "\"?";
    else if (const auto where = where_known(word.text); !where.empty())
      fix = "its place is " + std::string(where);
    report_.leave_out(word.place, word.text,
                      {"", "\"" + word.text + "\" is not known " + std::string(name_of(context)), fix});
    ++at_;
    while (word_on_this_line() && !find_keyword(context, peek().text)) ++at_;
    if (is_open()) skip_block();
  }

  // The block at the { before us, whatever is in it.
  void skip_block() {
    std::size_t depth = 0;
    do {
      if (peek().kind == Token::Kind::open) ++depth;
      if (peek().kind == Token::Kind::close) --depth;
      if (is_word() && peek().starts_line)
        report_.note(peek().place, Note::Kind::ignored, peek().text, "inside of a block that is not known");
      ++at_;
    } while (!done() && depth > 0);
  }

  const std::vector<Token>& tokens_;
  Report& report_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Statement> parse_statements(const std::vector<Token>& tokens, Report& report) {
  return Parser(tokens, report).document();
}

}  // namespace poise::config::importing
