#include "config/import/keepalived_variables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "config/types/limits.hpp"

namespace poise::config::importing {
namespace {

constexpr std::size_t lines_max = 200'000, line_bytes_max = 65'536, replacements_max = 1000, depth_max = 32,
                      includes_max = 1000, steps_max = 400'000;
constexpr std::string_view blanks = " \t\r\v\f\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The name at the start of the text, or "".
std::string_view leading_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return {};
  return text.substr(0, std::size_t(std::find_if_not(text.begin(), text.end(), is_name_letter) - text.begin()));
}

std::vector<std::string_view> split(std::string_view text, char separator) {  // not inside of { }
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '{') ++depth;
    if (at < text.size() && text[at] == '}') --depth;
    if (at < text.size() && (text[at] != separator || depth > 0)) continue;
    parts.push_back(trimmed(text.substr(begin, at - begin)));
    begin = at + 1;
  }
  return parts;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return negative ? -std::int64_t(value) : std::int64_t(value);
}

std::string digits_of(std::int64_t value, int base) {
  std::array<char, 24> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, base);
  return {text.data(), end};
}

// ~SEQ(...) or ~LST(...) at the start of a line.
struct Block {
  enum class Kind { sequence, hex_sequence, list } kind;
  std::string arguments, rest;
};
std::optional<Block> leading_block(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Block::Kind>, 3> heads = {
      {{"~SEQ(", Block::Kind::sequence}, {"~SEQx(", Block::Kind::hex_sequence}, {"~LST(", Block::Kind::list}}};
  for (const auto& [head, kind] : heads) {
    const std::size_t end = text.find(')');
    if (!text.starts_with(head) || end == std::string_view::npos) continue;
    return Block{kind, std::string(text.substr(head.size(), end - head.size())), std::string(text.substr(end + 1))};
  }
  return std::nullopt;
}

// One round of a block: the names and what they stand for in it.
using Round = std::vector<std::pair<std::string, std::string>>;

std::optional<std::vector<Round>> sequence_rounds(const Block& block) {
  const auto parts = split(block.arguments, ',');
  if (parts.size() < 2 || parts.size() > 4 || leading_name(parts[0]) != parts[0] || parts[0].empty())
    return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto number = whole_number(parts[i]);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  const std::int64_t last = numbers.back();
  const std::int64_t first = numbers.size() > 1 ? numbers[0] : (last > 0 ? 1 : -1);
  const std::int64_t step = numbers.size() > 2 ? numbers[1] : (last >= first ? 1 : -1);
  if (step == 0) return std::nullopt;
  std::vector<Round> rounds;
  const int base = block.kind == Block::Kind::hex_sequence ? 16 : 10;
  for (std::int64_t value = first; step > 0 ? value <= last : value >= last; value += step) {
    if (rounds.size() >= lines_max) return std::nullopt;
    rounds.push_back({{std::string(parts[0]), digits_of(value, base)}});
  }
  return rounds;
}

std::vector<std::string_view> list_entry(std::string_view text) {  // "x" or "{x, y}"
  if (!text.starts_with('{') || !text.ends_with('}')) return {text};
  return split(text.substr(1, text.size() - 2), ',');
}

std::optional<std::vector<Round>> list_rounds(const Block& block) {
  const auto parts = split(block.arguments, ',');
  const auto names = list_entry(parts[0]);
  std::vector<Round> rounds;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto values = list_entry(parts[i]);
    if (values.size() != names.size()) return std::nullopt;
    Round round;
    for (std::size_t n = 0; n < names.size(); ++n) {
      if (names[n].empty() || leading_name(names[n]) != names[n]) return std::nullopt;
      round.emplace_back(names[n], values[n]);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

struct Include {
  std::string_view keyword, pattern;
};
std::optional<Include> leading_include(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(blanks), text.size());
  const std::string_view keyword = text.substr(0, end);
  for (const std::string_view known : {"include", "includer", "includem", "includew", "includeb", "includea"})
    if (keyword == known) return Include{known, trimmed(text.substr(end))};
  return std::nullopt;
}

class Expander {
 public:
  Expander(const ImportOptions& options, Report& report) : options_(options), report_(report) {
    values_ = {{"_INSTANCE", options.id}, {"_HASH", "#"}, {"_BANG", "!"}};
  }

  void file(const std::string& name, std::string_view text) {
    const std::uint32_t index = report_.add_file(name);
    const std::string folder_before = folder_;
    const std::size_t slash = name.rfind('/');
    folder_ = slash == std::string::npos ? "." : name.substr(0, slash);
    Place place{index, 0};
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      ++place.line;
      line(place, text.substr(at, end - at));
      at = end + 1;
    }
    end_definition();
    folder_ = folder_before;
  }

  std::vector<SourceLine> take_lines() { return std::move(lines_); }

 private:
  void line(Place place, std::string_view raw) {
    if (raw.size() > line_bytes_max)
      return report_.refuse(place, "", {"", "the line has more than 65536 bytes", "split it"});
    const std::string_view text = trimmed(without_comment(raw));
    if (defining_.empty()) return feed(place, std::string(text), 0);
    const bool goes_on = text.ends_with('\\');
    if (!text.empty()) report_.note(place, Note::Kind::taken, "$" + defining_, "a line of the definition");
    body_.append(trimmed(goes_on ? text.substr(0, text.size() - 1) : text)).append("\n");
    if (!goes_on) end_definition();
  }

  void end_definition() {
    if (!defining_.empty()) values_[defining_] = std::move(body_);
    defining_.clear();
    body_.clear();
  }

  // One line, or what a definition of several lines stands for.
  void feed(Place place, std::string text, std::size_t depth) {
    if (stopped_) return;
    if (++steps_ > steps_max) return stop(place, "definitions stand for too many lines");
    if (depth > depth_max) return stop(place, "definitions stand for each other, or are too deep");
    if (text.find('\n') != std::string::npos) return feed_lines(place, text, depth);
    text = trimmed(text);
    if (text.empty() || condition_fails(place, text)) return;
    if (const auto include = leading_include(text)) return read_include(place, *include, depth);
    if (define(place, text)) return;
    if (const auto block = leading_block(text)) return repeat(place, *block, depth);
    bool changed = false;
    text = replaced(place, std::move(text), changed);
    if (changed) return feed(place, std::move(text), depth + 1);
    if (lines_.size() >= lines_max) return stop(place, "there are more than 200000 lines");
    lines_.push_back({place, std::move(text)});
  }

  void feed_lines(Place place, std::string_view text, std::size_t depth) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      feed(place, std::string(text.substr(at, end - at)), depth + 1);
      at = end + 1;
    }
  }

  void stop(Place place, const std::string& problem) {
    if (!stopped_) report_.refuse(place, "", {"", problem, "write it without definitions"});
    stopped_ = true;
  }

  // @id and @^id: true when the line is for another node; else they are taken off.
  bool condition_fails(Place place, std::string& text) {
    while (text.starts_with('@')) {
      const std::size_t end = std::min(text.find_first_of(blanks), text.size());
      const std::string word = text.substr(0, end);
      const bool negated = word.starts_with("@^");
      const std::string_view id = std::string_view(word).substr(negated ? 2 : 1);
      if ((id == options_.id) == negated) {
        report_.note(place, Note::Kind::ignored, word,
                     "not for this node, whose id is \"" + options_.id + "\" (see --id)");
        return true;
      }
      report_.note(place, Note::Kind::taken, word, "for this node");
      text = trimmed(std::string_view(text).substr(end));
    }
    return text.empty();
  }

  bool define(Place place, std::string_view text) {
    if (!text.starts_with('$')) return false;
    const std::string_view name = leading_name(text.substr(1));
    if (name.empty() || !text.substr(1 + name.size()).starts_with('=')) return false;
    const std::string_view value = trimmed(text.substr(name.size() + 2));
    report_.note(place, Note::Kind::taken, "$" + std::string(name), "a definition, put in where it is used");
    if (value == "\\" && defining_.empty()) {
      defining_ = name;
      body_.clear();
    } else {
      values_[std::string(name)] = value;
    }
    return true;
  }

  void repeat(Place place, const Block& block, std::size_t depth) {
    bool changed = false;
    const Block filled{block.kind, replaced(place, block.arguments, changed), block.rest};
    const auto rounds = block.kind == Block::Kind::list ? list_rounds(filled) : sequence_rounds(filled);
    const std::string keyword = block.kind == Block::Kind::list ? "~LST" : "~SEQ";
    if (!rounds)
      return report_.refuse(place, keyword,
                            {"", "(" + filled.arguments + ") cannot be read",
                             "write ~SEQ(NAME, FIRST, STEP, LAST) or ~LST(NAME, VALUE, ...)"});
    report_.note(place, Note::Kind::taken, keyword, std::to_string(rounds->size()) + " times");
    for (const Round& round : *rounds) {
      for (const auto& [name, value] : round) values_[name] = value;
      feed(place, block.rest, depth + 1);
      if (stopped_) return;
    }
  }

  void read_include(Place place, const Include& include, std::size_t depth) {
    std::string pattern(include.pattern);
    if (pattern.size() > 1 && (pattern[0] == '"' || pattern[0] == '\'') && pattern.back() == pattern[0])
      pattern = pattern.substr(1, pattern.size() - 2);
    std::vector<IncludedFile> files;
    if (options_.include) files = options_.include(folder_, pattern);
    const std::string keyword(include.keyword);
    if (files.empty() && keyword != "include")
      return report_.leave_out(place, keyword, {"", "no file matches \"" + pattern + "\"", "correct the path"});
    if (files.empty()) return report_.note(place, Note::Kind::ignored, keyword, "no file matches \"" + pattern + "\"");
    if (report_.files() + files.size() > includes_max || depth > depth_max)
      return stop(place, "more than 1000 files are included, or files include each other");
    report_.note(place, Note::Kind::taken, keyword, std::to_string(files.size()) + " file(s)");
    for (const IncludedFile& each : files) {
      if (++open_files_ > depth_max) return stop(place, "files include each other");
      file(each.name, as_utf8(each.text));
      --open_files_;
    }
  }

  std::optional<std::string> value_of(Place place, const std::string& name) {
    if (name == "_PWD") return folder_;
    if (name.starts_with("_ENV") || name.starts_with("_RANDOM")) {
      report_.refuse(place, "${" + name + "}",
                     {"", "${" + name + "} is another value each time", "write the value into the file"});
      return "";
    }
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }

  // Puts in what $NAME (before a blank or the end) and ${NAME} stand for, and what that stands for. Stops at a value of
  // several lines: they are read one by one.
  std::string replaced(Place place, std::string text, bool& changed) {
    std::size_t count = 0;
    for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at)) {
      const bool braces = at + 1 < text.size() && text[at + 1] == '{';
      std::size_t end = at + 1;
      std::string name;
      if (braces) {
        const std::size_t close = text.find('}', at);
        if (close == std::string::npos) break;
        name = text.substr(at + 2, close - at - 2);
        end = close + 1;
      } else {
        name = leading_name(std::string_view(text).substr(at + 1));
        end = at + 1 + name.size();
        if (end < text.size() && blanks.find(text[end]) == std::string_view::npos) name.clear();
      }
      const auto value = name.empty() ? std::nullopt : value_of(place, name);
      if (!value) {
        ++at;
        continue;
      }
      if (++count > replacements_max || text.size() + value->size() > line_bytes_max) {
        stop(place, "what ${" + name + "} stands for never ends");
        return "";
      }
      text.replace(at, end - at, *value);
      changed = true;
      if (name == "_HASH" || name == "_BANG") ++at;
      if (value->find('\n') != std::string::npos) break;
    }
    return text;
  }

  const ImportOptions& options_;
  Report& report_;
  std::map<std::string, std::string> values_;
  std::string defining_, body_;  // the definition whose lines are being read
  std::string folder_ = ".";
  std::size_t open_files_ = 0, steps_ = 0;
  bool stopped_ = false;
  std::vector<SourceLine> lines_;
};

}  // namespace

std::vector<SourceLine> expand_lines(std::string_view text, const ImportOptions& options, Report& report) {
  Expander expander(options, report);
  expander.file(options.file, text);
  return expander.take_lines();
}

}  // namespace poise::config::importing
