#include "config/import/haproxy/lines.hpp"

#include <algorithm>

#include "config/import/haproxy/conditions.hpp"
#include "config/import/texts.hpp"

namespace poise::config::importing::haproxy {
namespace {

constexpr std::size_t depth_max = 100;

// Branch - one .if: is what stands here in force, was another branch of it before.
struct Branch {
  Place place;
  bool is_live = false, was_taken = false, is_last = false, is_outer_live = true;
};

// Reader - goes through the lines and knows the section and the conditions around.
class Reader {
 public:
  Reader(Variables& variables, Report& report) : variables_(variables), report_(report) {}

  void read(std::string_view text, Place place) {
    if (trailing_backslash(text)) {
      report_.refuse(
          place, "",
          {"", "the line ends with a backslash: no line of HAProxy goes on in the next one", "write it as one line"});
      return;
    }
    const Scope scope{variables_, report_.file(place.file), section_, place};
    std::vector<std::string> words = words_of(text, scope, report_);
    if (words.empty()) return;
    if (words[0].starts_with('.')) return directive(words, place);
    if (!is_live()) return report_.note(place, Note::Kind::ignored, words[0], "its .if is not in force");
    take(std::move(words), place);
  }

  std::vector<Line> finish() {
    for (const Branch& branch : branches_)
      report_.refuse(branch.place, ".if", {"", ".endif is missing", "write it behind the last line of the block"});
    return std::move(lines_);
  }

 private:
  static bool trailing_backslash(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t')) text.remove_suffix(1);
    std::size_t count = 0;
    while (count < text.size() && text[text.size() - 1 - count] == '\\') ++count;
    return count % 2 == 1 && text.find('#') == std::string_view::npos;
  }

  bool is_live() const { return branches_.empty() || branches_.back().is_live; }

  std::optional<bool> condition(const std::vector<std::string>& words, Place place) {
    std::string text;
    for (std::size_t i = 1; i < words.size(); ++i) text += (i == 1 ? "" : " ") + words[i];
    const std::optional<bool> value = evaluate(text, variables_);
    if (!value)
      report_.refuse(place, words[0],
                     {"", "\"" + text + "\" asks what only HAProxy itself knows, or is no condition",
                      "write 1 or 0 instead, or leave only the lines that are to be used"});
    else
      report_.note(place, Note::Kind::taken, words[0], *value ? "in force" : "not in force");
    return value;
  }

  void open(const std::vector<std::string>& words, Place place) {
    Branch branch{.place = place, .is_outer_live = is_live()};
    if (branches_.size() >= depth_max)
      report_.refuse(place, ".if", {"", "there are more than 100 of them inside one another", "write fewer"});
    if (branch.is_outer_live) branch.is_live = branch.was_taken = condition(words, place).value_or(false);
    if (!branch.is_outer_live) report_.note(place, Note::Kind::ignored, ".if", "the .if around it is not in force");
    if (branches_.size() < 2 * depth_max) branches_.push_back(branch);
  }

  void turn(const std::vector<std::string>& words, Place place) {
    if (branches_.empty() || branches_.back().is_last)
      return report_.refuse(place, words[0], {"", "there is no .if for it", "write .if before it"});
    Branch& branch = branches_.back();
    branch.is_last = words[0] == ".else";
    branch.is_live = false;
    if (!branch.is_outer_live || branch.was_taken)
      return report_.note(place, Note::Kind::ignored, words[0], "not in force");
    branch.is_live = branch.is_last || condition(words, place).value_or(false);
    branch.was_taken = branch.is_live;
    if (branch.is_last) report_.note(place, Note::Kind::taken, words[0], "in force");
  }

  void directive(const std::vector<std::string>& words, Place place) {
    const std::string& name = words[0];
    if (name == ".if") return open(words, place);
    if (name == ".elif" || name == ".else") return turn(words, place);
    if (name == ".endif") {
      if (branches_.empty()) return report_.refuse(place, name, {"", "there is no .if for it", "remove it"});
      branches_.pop_back();
      return report_.note(place, Note::Kind::taken, name, "ends the block");
    }
    if (!is_live()) return report_.note(place, Note::Kind::ignored, name, "its .if is not in force");
    const std::string text = words.size() > 1 ? words[1] : "";
    if (name == ".alert") return report_.refuse(place, name, {"", text, "the file itself says this"});
    if (name == ".warning" || name == ".notice" || name == ".diag")
      return report_.note(place, Note::Kind::changed, name, "the file says: " + text);
    report_.refuse(place, name,
                   {"", "there is no directive \"" + name + "\"", "use .if, .elif, .else, .endif, .notice, .warning"});
  }

  void take(std::vector<std::string> words, Place place) {
    Line line{.place = place, .words = std::move(words)};
    const bool is_prefixed = line.words.size() > 1 && (line.words[0] == "no" || line.words[0] == "default");
    if (is_prefixed) {
      (line.words[0] == "no" ? line.is_negated : line.is_reset) = true;
      line.words.erase(line.words.begin());
    }
    if (begins_section(line.words[0])) {
      section_ = line.words.size() > 1 ? line.words[1] : line.words[0];
      is_global_ = line.words[0] == "global";
    } else if (is_global_ && set_variable(line)) {
      return;
    }
    lines_.push_back(std::move(line));
  }

  bool set_variable(const Line& line) {
    const std::string& keyword = line.words[0];
    if (keyword == "setenv" || keyword == "presetenv") {
      if (line.words.size() != 3) {
        report_.refuse(line.place, keyword, {"", "it takes a name and a value", "write " + keyword + " NAME VALUE"});
        return true;
      }
      if (keyword == "setenv")
        variables_[line.words[1]] = line.words[2];
      else
        variables_.try_emplace(line.words[1], line.words[2]);
    } else if (keyword == "unsetenv") {
      for (std::size_t i = 1; i < line.words.size(); ++i) variables_.erase(line.words[i]);
    } else if (keyword == "resetenv") {
      std::erase_if(variables_, [&](const auto& variable) {
        return std::find(line.words.begin() + 1, line.words.end(), variable.first) == line.words.end();
      });
    } else {
      return false;
    }
    report_.note(line.place, Note::Kind::taken, keyword, "for the lines below");
    return true;
  }

  Variables& variables_;
  Report& report_;
  std::vector<Branch> branches_;
  std::vector<Line> lines_;
  std::string section_;
  bool is_global_ = false;
};

}  // namespace

std::vector<Line> read_lines(std::string_view text, Variables& variables, Place first, Report& report) {
  Reader reader(variables, report);
  for (Place place = first; !text.empty(); ++place.line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.read(text.substr(0, end), place);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.finish();
}

}  // namespace poise::config::importing::haproxy
